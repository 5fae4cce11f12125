"""At a click: the estimate without the outlined region, and other maps than the standard one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr.explain.other_maps import Method, NoMapError, OtherMap
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
    from cxr.ui.widgets.film_view import FilmView

WHAT_IT_DOES = N_(
    "*Blank and score* covers the outlined region with the grey of the lungs and scores the film again. "
    "The others show another map than the standard one."
)
FALLS = N_("With the outlined region blanked, the estimate falls from {before} to {after}.")
RISES = N_("With the outlined region blanked, the estimate rises from {before} to {after}.")
STAYS = N_("With the outlined region blanked, the estimate stays at {before}.")
CAVEAT = N_(
    "Blanking makes a film unlike any that the model has seen, so this is a hint and no proof. Small falls "
    "are usual: the model also reads the rest of the film. Flag and report stay as they are."
)
OTHER_MODEL = N_("This film was scored by another model than the one in use, which cannot repeat its result.")
FAILED = N_("The test failed. Try again when the server is less busy.")
ABOUT = {
    Method.HIRESCAM: N_("With this network it is the standard map on another scale."),
    Method.GRAD_CAM_PLUS_PLUS: N_(
        "It uses only channels that raise the probability, and weights strong ones most."
    ),
    Method.EIGENCAM: N_("It shows where features vary most, whether they raise the probability or not."),
}

BLANKING = "blanking"
PICTURE_PX, WORDS_PX = 170, 140
"""Width of another map and of the words beside it: they are seen at once, on a phone too."""


@dataclass(frozen=True, slots=True)
class NotTested:
    """Why a test had no result, and the icon beside it."""

    why: str
    icon: str


def offer_tests(view: FilmView) -> None:
    """Offer to blank the outlined region and score the film again, and to show another map."""
    if view.heat is None or not view.heat.shown or view.probability is None or view.source is None:
        return
    with st.popover(_("Test the heat map"), icon=":material/ink_eraser:", type="tertiary"):
        tests = {BLANKING: _("Blank and score")} if hottest_region(view.heat) else {}
        tests |= {method: method.value for method in Method}
        chosen = session().heat_tests.get(_of(view))
        with st.container(horizontal=True, gap="small"):
            for test, label in tests.items():
                st.button(
                    label,
                    key=f"{test}-{view.key}",
                    type="primary" if test == chosen else "secondary",
                    on_click=partial(_choose, view, test),
                )
        if chosen in tests:
            _show(view, chosen)
        else:
            st.caption(_(WHAT_IT_DOES))


def _of(view: FilmView) -> tuple[object, ...]:
    """Return what results depend on: a film that was scored again since is another one here."""
    return view.sha256, view.version, view.prevalence, view.probability


def _choose(view: FilmView, test: str) -> None:
    session().heat_tests[_of(view)] = test
    if isinstance(session().tested.get((*_of(view), test)), NotTested):
        del session().tested[*_of(view), test]


def _show(view: FilmView, test: str) -> None:
    """Show the result of a test, which is run if it was not yet: a refresh in between loses nothing."""
    if (found := session().tested.get((*_of(view), test))) is None:
        with st.spinner(_("Computing. This takes some seconds.")):
            found = session().tested[*_of(view), test] = _run(view, test)
    if isinstance(found, NotTested):
        st.warning(found.why, icon=found.icon)
    elif isinstance(found, OtherMap):
        with st.container(horizontal=True, gap="small"):
            if view.grey is not None:
                st.image(overlay(view.grey, found.heat, OPACITY), width=PICTURE_PX, alt=test)
            st.caption(
                _(
                    "{method}, computed in {seconds} s, on a scale of its own.",
                    method=test,
                    seconds=written(found.seconds, 1),
                )
                + f" {_(ABOUT[Method(test)])} "
                + _("The result and the reports always use the standard map (Grad-CAM)."),
                width=WORDS_PX,
            )
    elif view.probability is not None:
        st.markdown(f"**{_fall(view.probability, found)}**")
        st.caption(_(CAVEAT))


def _run(view: FilmView, test: str) -> float | OtherMap | NotTested:
    """Run a test with the model that scored the film; say why where that is not possible."""
    assert view.source is not None and view.heat is not None and view.points_for is not None
    try:
        require_shown()
        model = screener()
        if model.version != view.version:
            return NotTested(_(OTHER_MODEL), ":material/info:")
        if test != BLANKING:
            return model.other_map(view.source, Method(test))
        score = model.score_blanked(view.source, view.heat, view.points_for, view.prevalence)
        return score.probability if score else NotTested(_(FAILED), ":material/error:")
    except (FilmError, DecodingUnavailableError):
        return NotTested(_(NOT_NOW), ":material/broken_image:")
    except NoMapError:
        return NotTested(_(FAILED), ":material/error:")
    except NotPossibleError as error:
        return NotTested(said(error), ":material/visibility_off:")


def _fall(before: float, after: float) -> str:
    if percent(before) == percent(after):
        return _(STAYS, before=percent(before))
    return _(FALLS if after < before else RISES, before=percent(before), after=percent(after))
