"""Numbers, percentages and dates as people of a language write them."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberFormatError, format_decimal, format_percent, parse_decimal

from cxr.language.language import Language

LOCALES = {
    # The program's English is British: 3 May 2024.
    Language.ENGLISH: Locale.parse("en_GB"),
    Language.SPANISH: Locale.parse("es"),
    Language.FRENCH: Locale.parse("fr"),
    Language.CHINESE: Locale.parse("zh_CN"),
}

DECIMALS = re.compile(r"[+-]?\d+[.,]\d+")


def number(language: Language, value: float, digits: int = 0) -> str:
    """Write a number with so many digits after the point: '1,200', '1.200', '1 200'."""
    decimals = f".{'0' * digits}" if digits else ""
    return format_decimal(value, f"#,##0{decimals}", LOCALES[language])


def number_in(language: Language, text: str) -> float:
    """Read a number that a person typed; a decimal sign of another language counts where nothing else fits.

    Raises
    ------
    ValueError
        If the text is not a number.
    """
    typed = text.strip()
    try:
        value = float(parse_decimal(typed, LOCALES[language], strict=True))
    except NumberFormatError:
        value = float(typed.replace(",", ".")) if DECIMALS.fullmatch(typed) else math.nan
    if not math.isfinite(value):
        example = number(language, 6.5, 1)
        raise ValueError(f"“{typed}” is not a number. Write it like {example}.")
    return value


def percentage(language: Language, share: float, digits: int = 1) -> str:
    """Write a share in per cent: '42.0 %' in English, as everywhere in the program, '42,0 %', '42.0%'."""
    if language is Language.ENGLISH:
        return f"{100 * share:.{digits}f} %"
    locale = LOCALES[language]
    space = "" if language is Language.CHINESE else "\u00a0"
    return format_percent(share, f"#,##0{'.' + '0' * digits if digits else ''}{space}%", locale)


def listed(language: Language, words: Iterable[str]) -> str:
    """Write words one after the other: 'left, lower', '左、下'."""
    return ("、" if language is Language.CHINESE else ", ").join(words)


def day(language: Language, at: datetime.date) -> str:
    """Write a date: '3 May 2024', '3 de mayo de 2024', '2024年5月3日'."""
    return format_date(at, "long", LOCALES[language])


def moment(language: Language, at: datetime.datetime, today: datetime.date) -> str:
    """Write a time: '10:05' if it is today, else with the date before it."""
    clock = f"{at:%H:%M}"
    if at.date() == today:
        return clock
    return f"{day(language, at)}{' ' if language is Language.CHINESE else ', '}{clock}"
