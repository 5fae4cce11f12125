"""The cookie that keeps whether keys of one character act, and the script that writes it."""

COOKIE, OFF = "cxr_keys", "off"
KEEP_SECONDS = 365 * 24 * 3600
# Always the same text, so that the Content-Security-Policy can name it by its hash. `held_keys.js` obeys the
# mark that it leaves on the page.
LETTER_KEYS_SCRIPT = (
    "(({ keys }) => { document.documentElement.dataset.letterKeys = keys; "
    f"document.cookie = `{COOKIE}=${{keys}}; path=/; max-age={KEEP_SECONDS}; SameSite=Strict`; "
    "})(document.currentScript.previousElementSibling.dataset)"
)
