"""The languages of the pages, and which of them a person reads."""

from __future__ import annotations

from enum import StrEnum

AUTO = "auto"
"""The setting by which the browser's language decides."""
COOKIE = "cxr_language"
"""The cookie in which a browser keeps the language that a person chose."""


class Language(StrEnum):
    """A language of the pages; the values are what HTML and catalogues call it."""

    ENGLISH = "en"
    SPANISH = "es"
    FRENCH = "fr"
    CHINESE = "zh"

    @property
    def own_name(self) -> str:
        """What the language is called by those who speak it."""
        return OWN_NAMES[self]

    @property
    def tag(self) -> str:
        """The language as the `lang` attribute of a page states it."""
        return "zh-Hans" if self is Language.CHINESE else str(self)


OWN_NAMES = {
    Language.ENGLISH: "English",
    Language.SPANISH: "Español",
    Language.FRENCH: "Français",
    Language.CHINESE: "简体中文",
}


def chosen_language(kept: str | None, setting: str, accepted: str | None) -> Language:
    """Decide which language a person reads.

    Parameters
    ----------
    kept
        What the person chose, as the cookie has it; it counts before all else.
    setting
        `CXR_LANGUAGE`, one language for all who chose none, or `auto`.
    accepted
        The browser's `Accept-Language`, which counts where the setting is `auto`.
    """
    if kept in set(Language):
        return Language(kept)
    return Language(setting) if setting != AUTO else accepted_language(accepted or "")


def accepted_language(header: str) -> Language:
    """Return the language of a browser's `Accept-Language` that it prefers; English if none is here."""
    ranges = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        primary = tag.strip().lower().partition("-")[0]
        if primary in set(Language) and weight > 0:
            ranges.append((-weight, place, primary))
    return Language(min(ranges)[2]) if ranges else Language.ENGLISH
