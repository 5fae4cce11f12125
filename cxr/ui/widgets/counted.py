"""Counts in words."""

from __future__ import annotations

from cxr.ui.words import _n, written


def films(count: int) -> str:
    """Write a number of films: '1 film', '1,200 films'."""
    return _n("{count} film", "{count} films", count)


def scored(done: int, total: int) -> str:
    """Write how far scoring is: 'Scored 1 of 1 film', 'Scored 200 of 1,200 films'."""
    return _n("Scored {done} of {count} film", "Scored {done} of {count} films", total, done=written(done))


def cases(count: int) -> str:
    """Write a number of cases: '1 case', '1,200 cases'."""
    return _n("{count} case", "{count} cases", count)
