"""At a click: what the estimate falls to when the outlined region is blanked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr.explain.region import hottest_region
from cxr.film import FilmError
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.ui.service import screener
from cxr.ui.session import session
from cxr.ui.widgets.film_view import NOT_NOW
from cxr.ui.widgets.site_notice import require_shown
from cxr.ui.words import N_, _, percent, said
from cxr.worklist.reading.not_possible import NotPossibleError

if TYPE_CHECKING:
    from cxr.ui.widgets.film_view import FilmView

FALLS = N_("With the outlined region blanked, the estimate falls from {before} to {after}.")
RISES = N_("With the outlined region blanked, the estimate rises from {before} to {after}.")
STAYS = N_("With the outlined region blanked, the estimate stays at {before}.")
CAVEAT = N_(
    "Blanking makes a film unlike any that the model has seen, so this is a hint and no proof. Small falls "
    "are usual: the model also reads the rest of the film. Flag and report stay as they are."
)
OTHER_MODEL = N_("This film was scored by another model than the one in use, which cannot repeat its result.")


def offer_blanking(view: FilmView) -> None:
    """Offer to blank the outlined region and score the film again; show what came of it."""
    if view.heat is None or view.probability is None or hottest_region(view.heat) is None:
        return
    # What the score depends on: a film that was scored again since is another one here.
    key = (view.sha256, view.version, view.prevalence, view.probability)
    with st.popover(_("Test the heat map"), icon=":material/ink_eraser:", type="tertiary"):
        st.caption(_("Covers the outlined region with the grey of the lungs and scores the film again."))
        if st.button(_("Blank and score"), key=f"blank-{view.key}"):
            _blank(view, key)
        if (after := session().blanked.get(key)) is not None:
            st.markdown(f"**{_fall(view.probability, after)}**")
            st.caption(_(CAVEAT))


def _blank(view: FilmView, key: tuple[object, ...]) -> None:
    assert view.heat and view.source is not None and view.points_for
    try:
        require_shown()
        model = screener()
        if model.version != view.version:
            st.info(_(OTHER_MODEL), icon=":material/info:")
            return
        score = model.score_blanked(view.source, view.heat, view.points_for, view.prevalence)
    except (FilmError, DecodingUnavailableError):
        st.warning(_(NOT_NOW), icon=":material/broken_image:")
    except NotPossibleError as error:
        st.warning(said(error), icon=":material/visibility_off:")
    else:
        assert score
        session().blanked[key] = score.probability


def _fall(before: float, after: float) -> str:
    if percent(before) == percent(after):
        return _(STAYS, before=percent(before))
    return _(FALLS if after < before else RISES, before=percent(before), after=percent(after))
