"""The script that tells the browser the language of the page, and keeps it where a person chose it."""

from cxr.language.language import COOKIE

KEEP_SECONDS = 365 * 24 * 3600
# Always the same text, so that the Content-Security-Policy can name it by its hash.
LANGUAGE_SCRIPT = (
    "(({ tag, kept }) => { document.documentElement.lang = tag; if (kept) "
    f"document.cookie = `{COOKIE}=${{kept}}; path=/; max-age={KEEP_SECONDS}; SameSite=Strict`; "
    "})(document.currentScript.previousElementSibling.dataset)"
)
