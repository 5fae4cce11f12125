"""What a browser keeps for the app, and the scripts that write it.

Each script is always the same text, so that the Content-Security-Policy can name it by its hash.
"""

from cxr.language.language import COOKIE as LANGUAGE_COOKIE

READER_COOKIE, KEYS_COOKIE, KEYS_OFF = "cxr_reader", "cxr_keys", "off"
KEEP_SECONDS = 365 * 24 * 3600
READER_SCRIPT = (
    f"document.cookie = `{READER_COOKIE}=${{document.currentScript.previousElementSibling.dataset.reader}}; "
    "path=/; SameSite=Strict`"
)
# Also tells the browser the language of the page.
LANGUAGE_SCRIPT = (
    "(({ tag, kept }) => { document.documentElement.lang = tag; if (kept) "
    f"document.cookie = `{LANGUAGE_COOKIE}=${{kept}}; path=/; max-age={KEEP_SECONDS}; SameSite=Strict`; "
    "})(document.currentScript.previousElementSibling.dataset)"
)
# `held_keys.js` obeys the mark that it leaves on the page.
KEYS_SCRIPT = (
    "(({ keys }) => { document.documentElement.dataset.letterKeys = keys; "
    f"document.cookie = `{KEYS_COOKIE}=${{keys}}; path=/; max-age={KEEP_SECONDS}; SameSite=Strict`; "
    "})(document.currentScript.previousElementSibling.dataset)"
)
