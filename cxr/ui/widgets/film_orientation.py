"""Rotate or mirror a film that is not upright, and have it scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import streamlit as st

from cxr.film import AS_STORED, Orientation
from cxr.quality.check import RefusalCode
from cxr.ui.words import N_, _

if TYPE_CHECKING:
    from cxr.ui.widgets.film_view import FilmView

Offer = tuple[str, str, Callable[[Orientation], Orientation]]
"""A button's text, its icon, and what it makes of the film's orientation."""

ANSWERS: dict[RefusalCode, tuple[Offer, ...]] = {
    RefusalCode.UPSIDE_DOWN: (
        (N_("Rotate by 180° and score"), ":material/autorenew:", lambda now: now.rotated(2)),
    ),
    RefusalCode.ROTATED: (
        (N_("Rotate left and score"), ":material/rotate_left:", lambda now: now.rotated(3)),
        (N_("Rotate right and score"), ":material/rotate_right:", lambda now: now.rotated(1)),
    ),
}
"""What corrects a film that the quality check refuses for its orientation."""

CORRECTIONS: tuple[Offer, ...] = (
    (N_("Rotate left"), ":material/rotate_left:", lambda now: now.rotated(3)),
    (N_("Rotate right"), ":material/rotate_right:", lambda now: now.rotated(1)),
    (N_("Mirror"), ":material/flip:", Orientation.flipped),
)
UNDO: Offer = (N_("As stored"), ":material/undo:", lambda _now: AS_STORED)


def offer_orientation(view: FilmView, orient: Callable[[Orientation], None]) -> None:
    """Offer what corrects a film refused for its orientation, and every correction in a menu."""
    _show(ANSWERS.get(view.refused_as, ()) if view.refused_as else (), view, orient, "primary")
    with st.popover(_("Orientation"), icon=":material/screen_rotation_alt:", type="tertiary"):
        st.caption(
            _(
                "Corrects the film for everybody, and scores it again. To rotate only what you see, use the "
                "viewer."
            )
        )
        undo = (UNDO,) if view.orientation != AS_STORED else ()
        _show((*CORRECTIONS, *undo), view, orient, "secondary")


def _show(offers: Iterable[Offer], view: FilmView, orient: Callable[[Orientation], None], kind: str) -> None:
    for text, icon, change in offers:
        key = f"orient-{text}-{view.key}"
        if st.button(_(text), icon=icon, key=key, type="primary" if kind == "primary" else "secondary"):
            orient(change(view.orientation))
            st.rerun()
