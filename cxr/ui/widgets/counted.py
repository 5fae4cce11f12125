"""Counts in words."""

from __future__ import annotations


def films(count: int) -> str:
    """Write a number of films: '1 film', '1,200 films'."""
    return f"{count:,} film" if count == 1 else f"{count:,} films"


def cases(count: int) -> str:
    """Write a number of cases: '1 case', '1,200 cases'."""
    return f"{count:,} case" if count == 1 else f"{count:,} cases"
