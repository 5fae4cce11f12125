"""Counts in words."""

from __future__ import annotations

from cxr.ui.words import _n


def films(count: int) -> str:
    """Write a number of films: '1 film', '1,200 films'."""
    return _n("{count} film", "{count} films", count)


def cases(count: int) -> str:
    """Write a number of cases: '1 case', '1,200 cases'."""
    return _n("{count} case", "{count} cases", count)
