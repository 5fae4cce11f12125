"""At a click: the estimate without the outlined region, and other maps than the standard one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from cxr.explain.other_maps import Method, NoMapError
from cxr.explain.overlay import OPACITY, overlay
from cxr.explain.region import hottest_region
from cxr.film import FilmError
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.ui.service import screener
from cxr.ui.session import session
from cxr.ui.widgets.film_view import NOT_NOW
from cxr.ui.widgets.site_notice import require_shown
from cxr.ui.words import N_, _, percent, said, written
from cxr.worklist.reading.not_possible import NotPossibleError

if TYPE_CHECKING:
    from cxr.screening import Screener
    from cxr.ui.widgets.film_view import FilmView

FALLS = N_("With the outlined region blanked, the estimate falls from {before} to {after}.")
RISES = N_("With the outlined region blanked, the estimate rises from {before} to {after}.")
STAYS = N_("With the outlined region blanked, the estimate stays at {before}.")
CAVEAT = N_(
    "Blanking makes a film unlike any that the model has seen, so this is a hint and no proof. Small falls "
    "are usual: the model also reads the rest of the film. Flag and report stay as they are."
)
OTHER_MODEL = N_("This film was scored by another model than the one in use, which cannot repeat its result.")
FAILED = N_("The map could not be computed. Try again when the server is less busy.")
ABOUT = {
    Method.HIRESCAM: N_("With this network it is the standard map on another scale."),
    Method.GRAD_CAM_PLUS_PLUS: N_("It counts only channels that speak for pneumonia, strong ones most."),
    Method.EIGENCAM: N_("It shows where features vary most, whether they speak for pneumonia or not."),
}

Found = TypeVar("Found")


def offer_tests(view: FilmView) -> None:
    """Offer to blank the outlined region and score the film again, and to show another map."""
    if view.heat is None or not view.heat.shown or view.probability is None or view.source is None:
        return
    with st.popover(_("Test the heat map"), icon=":material/ink_eraser:", type="tertiary"):
        # What a result depends on: a film that was scored again since is another one here.
        key = (view.sha256, view.version, view.prevalence, view.probability)
        if hottest_region(view.heat):
            _offer_blanking(view, key)
        _offer_map(view, key)


def _offer_blanking(view: FilmView, key: tuple[object, ...]) -> None:
    assert view.heat and view.probability and view.points_for and view.source is not None
    source, heat, population, prevalence = view.source, view.heat, view.points_for, view.prevalence
    st.caption(_("Covers the outlined region with the grey of the lungs and scores the film again."))
    if st.button(_("Blank and score"), key=f"blank-{view.key}"):
        score = _computed(view, lambda model: model.score_blanked(source, heat, population, prevalence))
        if score:
            session().blanked[key] = score.probability
    if (after := session().blanked.get(key)) is not None:
        st.markdown(f"**{_fall(view.probability, after)}**")
        st.caption(_(CAVEAT))


def _offer_map(view: FilmView, key: tuple[object, ...]) -> None:
    assert view.source is not None
    source = view.source
    method = st.selectbox(
        _("Another map"), list(Method), index=None, placeholder=_("Choose a method"), key=f"map-{view.key}"
    )
    if st.button(_("Compute the map"), key=f"compute-{view.key}", disabled=method is None) and method:
        with st.spinner(_("Computing the map. This takes some seconds.")):
            made = _computed(view, lambda model: model.other_map(source, method))
        if made:
            session().other_maps[*key, method] = made
    if method and view.grey is not None and (shown := session().other_maps.get((*key, method))):
        st.image(overlay(view.grey, shown.heat, OPACITY), width="stretch", alt=method)
        st.caption(
            _(
                "{method}, computed in {seconds} s, on a scale of its own.",
                method=method,
                seconds=written(shown.seconds, 1),
            )
            + f" {_(ABOUT[method])} "
            + _("The standard map (Grad-CAM) stays: result and reports use that one alone.")
        )


def _computed(view: FilmView, compute: Callable[[Screener], Found]) -> Found | None:
    """Compute with the model that scored the film; say why where that is not possible."""
    try:
        require_shown()
        model = screener()
        if model.version == view.version:
            return compute(model)
        st.info(_(OTHER_MODEL), icon=":material/info:")
    except (FilmError, DecodingUnavailableError):
        st.warning(_(NOT_NOW), icon=":material/broken_image:")
    except NoMapError:
        st.warning(_(FAILED), icon=":material/error:")
    except NotPossibleError as error:
        st.warning(said(error), icon=":material/visibility_off:")
    return None


def _fall(before: float, after: float) -> str:
    if percent(before) == percent(after):
        return _(STAYS, before=percent(before))
    return _(FALLS if after < before else RISES, before=percent(before), after=percent(after))
