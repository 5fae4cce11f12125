"""Site profiles on a page: fit one, look at what it changes, keep it, put it in use, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.measure.operating_points import SENSITIVITY
from cxr.model.released import is_version_in
from cxr.model.site_profile import ProfileError, SiteProfile
from cxr.site.fit_profile import fit_profile
from cxr.site.local_profile import Change, below_promise, changes, keep_profile
from cxr.triage.words import POPULATION_WORDS
from cxr.ui.acceptance_test import from_findings
from cxr.ui.escape import literal
from cxr.ui.look import badge
from cxr.ui.rights import may
from cxr.ui.service import bundle_folder, screener, settings, worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.reader import recorded_name
from cxr.ui.widgets.share_choice import choose_share
from cxr.ui.widgets.times import moment
from cxr.ui.words import N_, _, percent, said, written
from cxr.worklist.reading.desk import NOTE_LENGTH
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.site.profiles import KeptProfile

REASON, WANTED = "profile-reason", "profile-sensitivity"
BY_SETTING = N_(
    "CXR_SITE_PROFILE names a file, which comes before the profiles here. Remove the setting, and restart, "
    "to use one of these."
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A profile that was fitted and is not kept yet, and what it changes on its own films."""

    profile: SiteProfile
    changes: tuple[Change, ...]


def show_profiles() -> None:
    """Show the profiles of this site, and fit another."""
    if settings().site_profile:
        st.info(_(BY_SETTING), icon=":material/settings:")
    try:
        kept = worklist().profiles.all()
    except ProfileError as error:
        st.error(said(error), icon=":material/error:")
        if may(Right.USE_PROFILE):
            st.button(_("Take back"), icon=":material/undo:", on_click=_take_back)
        return
    if not settings().site_profile and not any(one.in_use and _fits(one) for one in kept):
        st.markdown(_("The model's own calibration and operating points are in use."))
    for one in kept:
        _show_kept(one)
    _offer_fit()
    if (fitted := session().fitted) is not None:
        _show_fitted(fitted)


def _show_kept(one: KeptProfile) -> None:
    profile = one.profile
    with st.container(border=True):
        st.markdown(f"**{profile.version}**{_state(one)}")
        st.caption(
            _(
                "By {name}, {moment}, for {bundle}",
                name=literal(profile.made_by),
                moment=moment(profile.made_at),
                bundle=profile.bundle,
            )
        )
        st.markdown("\n".join(f"- {line}" for line in _points(profile)))
        if one.reason:
            st.markdown(
                _("Below the sensitivity that the model promises: “{reason}”", reason=literal(one.reason))
            )
        if may(Right.USE_PROFILE):
            label, icon = (
                (_("Take back"), ":material/undo:") if one.in_use else (_("Put in use"), ":material/check:")
            )
            act = partial(_take_back) if one.in_use else partial(_use, one.number)
            # One for another version can be taken back, and is of no use otherwise.
            useless = _by_setting() or not (one.in_use or _fits(one))
            st.button(label, icon=icon, on_click=act, key=f"profile-{one.number}", disabled=useless)


def _fits(one: KeptProfile) -> bool:
    """Whether a profile was made for the model that the settings name, or there is none to compare with."""
    return is_version_in(one.profile.bundle, bundle_folder()) is not False


def _state(one: KeptProfile) -> str:
    """Write behind a profile's version whether films are scored with it."""
    if not _fits(one):
        words = _("Made for another version of the model; not in use")
        return f" {badge('orange', ':material/warning:', words)}"
    if not one.in_use:
        return ""
    if _by_setting():
        return f" {badge('gray', ':material/settings:', _('Not in use: CXR_SITE_PROFILE overrides it'))}"
    return f" {badge('green', ':material/check:', _('In use'))}"


def _points(profile: SiteProfile) -> list[str]:
    return [
        _(
            "{population}: review from {low}, urgent from {high}; fitted on {ill} patients with pneumonia "
            "and {healthy} without; sensitivity {sensitivity}, specificity {specificity} on these",
            population=said(POPULATION_WORDS[population]).capitalize(),
            low=percent(points.fitted.operating_points.low),
            high=percent(points.fitted.operating_points.high),
            ill=points.patients_with_pneumonia,
            healthy=points.patients_without,
            sensitivity=said(points.sensitivity),
            specificity=said(points.specificity),
        )
        for population, points in profile.populations.items()
    ]


def _offer_fit() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_share(
            _("Minimum sensitivity"),
            0.80,
            0.99,
            SENSITIVITY,
            WANTED,
            width=180,
            help=_(
                "The model promises {promised}. A lower value needs a written reason.",
                promised=written(SENSITIVITY, 2),
            ),
        )
        st.button(_("Fit a profile from findings"), icon=":material/tune:", on_click=_fit)


def _show_fitted(fitted: Fitted) -> None:
    """Show what the new profile changes, and ask for a reason where it finds less than promised."""
    profile = fitted.profile
    with st.container(border=True):
        st.markdown(_("**New profile {version}**, not kept yet", version=profile.version))
        st.markdown("\n".join(f"- {line}" for line in _points(profile)))
        st.dataframe(
            {
                _("Age group"): [said(POPULATION_WORDS[one.population]) for one in fitted.changes],
                _("Measure"): [said(one.measure) for one in fitted.changes],
                _("Before"): [said(one.before or "–") for one in fitted.changes],
                _("With this profile"): [said(one.after or "–") for one in fitted.changes],
            },
            hide_index=True,
        )
        st.caption(
            _(
                "Measured on the films it was fitted on, where a profile looks better than it is: test "
                "it on later films."
            )
        )
        if below := below_promise(profile):
            named = _(" and ").join(said(POPULATION_WORDS[population]) for population in below)
            st.warning(
                _(
                    "It finds fewer than {promised} in 100 films with pneumonia, which is less than the "
                    "model promises (age group: {named}).",
                    promised=f"{100 * SENSITIVITY:.0f}",
                    named=named,
                ),
                icon=":material/warning:",
            )
            st.text_input(_("Reason for less than the model promises"), key=REASON, max_chars=NOTE_LENGTH)
        with st.container(horizontal=True):
            st.button(_("Keep the profile"), type="primary", icon=":material/save:", on_click=_keep)
            st.button(_("Discard"), type="tertiary", icon=":material/close:", on_click=_discard)


def _by_setting() -> bool:
    return settings().site_profile is not None


def _fit() -> None:
    sensitivity = float(st.session_state[WANTED])

    def fit() -> Fitted:
        model, lists = screener(), worklist()
        films = from_findings(lists, model)
        try:
            profile = fit_profile(list(films.values()), model, recorded_name(), sensitivity)
        except ProfileError as error:
            raise NotPossibleError(str(error)) from None
        return Fitted(profile, changes(films.values(), profile))

    session().fitted = attempt(Right.TEST_SITE, fit)


def _keep() -> None:
    fitted = session().fitted
    if fitted is None:
        return
    reason = st.session_state.get(REASON) or ""

    def keep() -> KeptProfile:
        try:
            return keep_profile(worklist(), fitted.profile, recorded_name(), reason)
        except ProfileError as error:
            raise NotPossibleError(str(error)) from None

    if attempt(Right.TEST_SITE, keep):
        session().fitted, session().done = None, _("The profile is kept. It is not in use yet.")


def _discard() -> None:
    session().fitted = None


def _use(number: int) -> None:
    def use() -> bool:
        worklist().profiles.use(number, recorded_name())
        return True

    if attempt(Right.USE_PROFILE, use):
        session().done = _("The profile applies from the next film on.")


def _take_back() -> None:
    def take_back() -> bool:
        worklist().profiles.take_back(recorded_name())
        return True

    if attempt(Right.USE_PROFILE, take_back):
        session().done = _("The model's own operating points apply from the next film on.")
