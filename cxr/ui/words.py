"""The texts of the pages in the language of whoever looks at them.

Every text of a page is English in the code and goes through `_`; one that stands in a table of a module is
marked by `N_` and goes through `_` where it is shown. What other rooms wrote in English goes through `said`.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cxr.language import formats
from cxr.language.catalogue import N_, counted, translated
from cxr.language.language import COOKIE, Language, chosen_language
from cxr.language.sentences import in_language
from cxr.triage import words as english
from cxr.ui.session import session

__all__ = ["N_", "_", "_n", "language", "number_in", "percent", "percentage", "said", "said_each", "written"]


def language() -> Language:
    """Return the language of the session; outside a page, as in a download, the program speaks English."""
    if get_script_run_ctx() is None:
        return Language.ENGLISH
    from cxr.ui.service import settings

    kept = session()
    if kept.language is None:
        headers, cookies = st.context.headers, st.context.cookies
        kept.language = chosen_language(
            cookies.get(COOKIE), settings().language, headers.get("Accept-Language")
        )
    return kept.language


def _(text: str, /, **values: object) -> str:
    """Translate a text of a page, and fill its placeholders."""
    return translated(language(), text, **values)


def _n(one: str, many: str, /, count: int, **values: object) -> str:
    """Translate a text that depends on a number, which fills `{count}`."""
    return counted(language(), one, many, count, **values)


def said(sentence: object) -> str:
    """Say what another room wrote in English: a reason, a refusal, an error with its remedy."""
    return in_language(language(), str(sentence))


def said_each(list_of_words: str) -> str:
    """Say each of the words that a comma parts."""
    return formats.listed(language(), map(said, list_of_words.split(", ")))


def written(value: float, digits: int = 0) -> str:
    """Write a number, with so many digits after the point."""
    return formats.number(language(), value, digits)


def number_in(text: str) -> float:
    """Read a number that a person typed; the `ValueError` says what to type where it is none."""
    return formats.number_in(language(), text)


def percentage(share: float, digits: int = 1) -> str:
    """Write a measured share in per cent."""
    return formats.percentage(language(), share, digits)


def percent(share: float) -> str:
    """Write a probability or a threshold: never 0 or 100 %."""
    return said(english.percent(share))
