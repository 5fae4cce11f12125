"""Text from files and people, made safe to show."""

import re

from cxr.film.printable import printable


def literal(text: str) -> str:
    """Escape text for Markdown, so that it shows as it is; unprintable characters become spaces."""
    # Markdown links addresses even where their punctuation is escaped; a word joiner prevents that.
    text = re.sub(r"(?i)(https?|ftp|mailto|www|(?=@))", "\\1\u2060", printable(text))
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text)


def one_line(text: str) -> str:
    """Collapse all white space, and whatever cannot be printed, into single spaces."""
    return " ".join(printable(text).split())
