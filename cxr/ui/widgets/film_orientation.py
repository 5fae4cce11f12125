"""Rotate or mirror a film that is not upright, and have it scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Literal

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


def offer_upright(view: FilmView, orient: Callable[[Orientation], None]) -> None:
    """Offer what corrects a film that was refused for its orientation."""
    if view.refused_as:
        _show(ANSWERS.get(view.refused_as, ()), view, orient, "primary")


def offer_orientation(view: FilmView, orient: Callable[[Orientation], None]) -> None:
    """Offer every correction, in a menu."""
    with st.popover(_("Orientation"), icon=":material/screen_rotation_alt:", type="tertiary"):
        with st.container(horizontal=True):
            undo = (UNDO,) if view.orientation != AS_STORED else ()
            _show((*CORRECTIONS, *undo), view, orient, "secondary")
        st.caption(
            _("Corrects the film and scores it again. To rotate only what you see, use the viewer's buttons.")
        )


def _show(
    offers: Iterable[Offer],
    view: FilmView,
    orient: Callable[[Orientation], None],
    kind: Literal["primary", "secondary"],
) -> None:
    for text, icon, change in offers:
        # By a callback: a page that finds its case changed starts again before it comes to its buttons.
        clicked = partial(orient, change(view.orientation))
        st.button(_(text), icon=icon, key=f"orient-{text}-{view.key}", type=kind, on_click=clicked, wrap=True)
