"""The cookie in which a browser keeps the reader's name, and the script that writes it."""

COOKIE = "cxr_reader"
# Always the same text, so that the Content-Security-Policy can name it by its hash.
COOKIE_SCRIPT = (
    f"document.cookie = `{COOKIE}=${{document.currentScript.previousElementSibling.dataset.reader}}; "
    "path=/; SameSite=Strict`"
)
