"""Replace the characters of a name or text that a terminal, a page or a database cannot hold."""


def printable(text: str, instead: str = " ", keep: str = "") -> str:
    """Replace each character that is not printable: control characters, lone surrogates, line ends.

    Parameters
    ----------
    instead
        The replacement.
    keep
        Characters to leave as they are although they are not printable.
    """
    return "".join(c if c in keep or c.isprintable() else instead for c in text)
