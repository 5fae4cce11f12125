"""Icons and colours, in one place. A colour never carries a meaning without a word and an icon."""

from collections.abc import Mapping
from typing import Literal

from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS
from cxr.ui.words import said

BadgeColour = Literal["red", "orange", "green", "violet", "gray", "blue"]

FLAG_ORDER = (Flag.URGENT, Flag.REFUSED, Flag.REVIEW, Flag.ROUTINE, None)
"""The order in which the worklist reads the flags."""
FLAG_ICONS: Mapping[Flag | None, str] = {
    Flag.URGENT: ":material/priority_high:",
    Flag.REVIEW: ":material/visibility:",
    Flag.ROUTINE: ":material/check:",
    Flag.REFUSED: ":material/block:",
    None: ":material/hourglass_top:",
}
BADGE_COLOURS: Mapping[Flag | None, BadgeColour] = {
    Flag.URGENT: "red",
    Flag.REVIEW: "orange",
    Flag.ROUTINE: "green",
    Flag.REFUSED: "violet",
    None: "gray",
}
# Table cells hold no icons of the font.
FLAG_SYMBOLS: Mapping[Flag | None, str] = {
    Flag.URGENT: "▲",
    Flag.REVIEW: "◆",
    Flag.ROUTINE: "●",
    Flag.REFUSED: "✕",
    None: "…",
}
# Chart colours that stand out on a light page and on a dark one.
ACCENT, FAINT, CHART_TEXT = "#2f97a5", "#8a979c", "#728087"


def badge(colour: BadgeColour, icon: str, words: str) -> str:
    """Write a badge in Markdown."""
    return f":{colour}-badge[{icon} {words}]"


def flag_badge(flag: Flag | None, count: int | None = None) -> str:
    """Write a flag as a badge, with a count behind its word if there is one."""
    word = said(FLAG_WORDS[flag])
    return badge(BADGE_COLOURS[flag], FLAG_ICONS[flag], word if count is None else f"{word} {count}")


def flag_badges(counts: Mapping[Flag, int]) -> str:
    """Write the flags that occur as badges in a row."""
    return " ".join(flag_badge(flag, count) for flag, count in counts.items() if count)
