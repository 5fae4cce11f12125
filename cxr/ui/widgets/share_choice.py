"""The choice of a share, in the notation of the page's language.

A field for numbers would show a decimal point or comma by the browser's language, whatever the page's is.
"""

from __future__ import annotations

import streamlit as st

from cxr.ui.words import written

DIGITS, STEP = 2, 0.01


def choose_share(
    label: str,
    least: float,
    most: float,
    usual: float,
    key: str,
    width: int | None = None,
    help: str | None = None,
) -> float:
    """Let a person choose a share from `least` to `most`, in steps; typing narrows the list."""
    count = round((most - least) / STEP) + 1
    shares = sorted({*(round(least + place * STEP, DIGITS) for place in range(count)), usual})
    chosen: float = st.selectbox(
        label,
        shares,
        index=shares.index(usual),
        format_func=lambda share: written(share, DIGITS),
        key=key,
        width=width or "stretch",
        help=help,
    )
    return chosen
