"""The pages This site and Monitoring, and the warnings in the sidebar, for each role."""

import datetime
from pathlib import Path

import pytest
import streamlit as st
from cheap_passwords import cheap_passwords
from site_films import profile_for
from streamlit.testing.v1 import AppTest
from ui.shown_cases import ADA, now, shown, worklist_in
from worklist.made_cases import CHILD, made_row

from cxr.access.rights import Right, allows
from cxr.language.language import Language
from cxr.model.bundle import load_bundle
from cxr.model.released import digest_in, version_of
from cxr.ui.widgets.site_state import LEAST, REASON
from cxr.ui.widgets.site_warnings import AGREEMENT, QUEUE
from cxr.worklist.accounts.role import Role
from cxr.worklist.accounts.sessions import key_of
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.site.mode import Mode
from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist

__all__ = ["cheap_passwords"]
pytestmark = pytest.mark.usefixtures("cheap_passwords")

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
SITE, MONITORING = "cxr/ui/pages/this_site.py", "cxr/ui/pages/monitoring.py"


@pytest.fixture
def worklist(app_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Worklist:
    """A worklist with accounts, in an app that asks who is there."""
    monkeypatch.setenv("CXR_SIGN_IN", "local")
    worklist = worklist_in(app_folder)
    for role in (Role.READER, Role.LEAD, Role.ADMIN):
        worklist.accounts.add(role.title(), role, "four words of mine", "root")
    return worklist


def opened(worklist: Worklist, role: Role, path: str = SITE) -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    app.user = {"session": key_of(worklist.sessions.open(role.title()))}
    app.switch_page(path).run()
    assert not app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def disagree(worklist: Worklist, count: int = 20) -> None:
    for seed in range(count):
        claimed = worklist.desk.claim(shown(worklist, seed), ADA)
        worklist.desk.report(claimed, ADA, Finding.NO_PNEUMONIA)


def test_only_administrators_may_change_the_state_or_use_a_profile() -> None:
    for right in (Right.CHANGE_SITE, Right.USE_PROFILE):
        assert [allows(role, right) for role in (Role.READER, Role.LEAD, Role.ADMIN)] == [False, False, True]
    for right in (Right.SEE_SITE, Right.SEE_MONITORING, Right.TEST_SITE):
        assert [allows(role, right) for role in (Role.READER, Role.LEAD, Role.ADMIN)] == [False, True, True]


def test_a_lead_sees_what_holds_and_cannot_change_it(worklist: Worklist) -> None:
    app = opened(worklist, Role.LEAD)

    offered = {button.label for button in app.button}
    assert "Run the test" in offered and "Fit a profile from findings" in offered
    assert not {"Go silent", "Stop", "Set the limit"} & offered


def test_an_administrator_goes_silent_and_live_and_the_trail_names_them(worklist: Worklist) -> None:
    app = opened(worklist, Role.ADMIN)

    click(app, "Go silent")
    assert worklist.site.state().mode is Mode.SILENT
    click(app, "Go live")
    assert worklist.site.state().mode is Mode.LIVE
    lines = worklist.audit.lines(action=Action.SITE_STATE)
    assert [(line.who, line.details["to"]) for line in lines] == [("Admin", "live"), ("Admin", "silent")]


def test_a_stop_without_a_reason_is_explained_and_not_made(worklist: Worklist) -> None:
    app = click(opened(worklist, Role.ADMIN), "Stop")
    assert any("Enter a reason" in warning.value for warning in app.warning)
    assert worklist.site.state().mode is Mode.LIVE

    app.text_input(key=REASON).set_value("new machine")
    click(app, "Stop")
    assert worklist.site.state().reason == "new machine"


def test_the_limit_of_the_stop_rule_is_set_and_removed(worklist: Worklist) -> None:
    app = opened(worklist, Role.ADMIN)
    app.selectbox(key=LEAST).set_value(0.55)
    click(app, "Set the limit")
    assert worklist.site.state().least_agreement == 0.55

    click(app, "Remove the rule")
    assert worklist.site.state().least_agreement is None


@pytest.mark.parametrize(
    ("assumed", "with_it", "without", "says", "to_set"),
    [
        (0.2, 20, 40, "**33.3 %** of 60 scored films", "CXR_PREVALENCE=0.33"),
        (0.5, 6, 54, "**10.0 %** of 60 scored films", "CXR_PREVALENCE=0.10"),
        (0.2, 9, 40, "49 scored films; 50 are needed", None),
    ],
)
def test_the_prevalence_is_estimated_from_scores_and_offered(
    worklist: Worklist,
    app_folder: Path,
    assumed: float,
    with_it: int,
    without: int,
    says: str,
    to_set: str | None,
) -> None:
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    with Database(f"sqlite:///{app_folder / 'worklist.sqlite3'}").writing() as session:
        for number in range(with_it + without):
            probability = 0.9999 if number < with_it else 0.0001
            scores = {"scored_at": moment, "probability": probability, "prevalence": assumed}
            session.add(made_row(1000 + number, moment, population=CHILD, **scores))

    app = opened(worklist, Role.LEAD)

    assert any(says in text.value for text in app.markdown)
    assert to_set in [code.value for code in app.code] if to_set else not app.code
    assert worklist.site.state().mode is Mode.LIVE


@pytest.mark.parametrize(("language", "written"), [(Language.ENGLISH, "0.55"), (Language.SPANISH, "0,55")])
def test_shares_are_chosen_in_the_notation_of_the_page(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch, language: Language, written: str
) -> None:
    monkeypatch.setenv("CXR_LANGUAGE", language.value)
    worklist.site.set_stop_rule(0.55, "root")

    app = opened(worklist, Role.ADMIN)

    field = app.selectbox(key=LEAST).proto
    assert field.options[field.default] == written
    assert any(f"**{written}**" in markdown.value for markdown in app.markdown)
    assert [one.label for one in app.number_input if one.value != int(one.value)] == []


def test_measured_shares_have_the_decimal_comma_of_the_page(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_LANGUAGE", Language.FRENCH.value)
    disagree(worklist, 2)

    site, monitoring = (opened(worklist, Role.LEAD, path) for path in (SITE, MONITORING))

    assert any("**0,000 (0,000-" in markdown.value for markdown in site.markdown)
    weeks = monitoring.dataframe[-1].value
    assert [cell for cell in weeks.astype(str).to_numpy().ravel() if "0.000" in cell] == []
    assert any("0,000 (" in cell for cell in weeks.astype(str).to_numpy().ravel())


def test_the_monitoring_page_applies_the_stop_rule(worklist: Worklist) -> None:
    disagree(worklist)
    worklist.site.set_stop_rule(0.6, "root")

    app = opened(worklist, Role.LEAD, MONITORING)

    assert worklist.site.state().mode is Mode.STOPPED
    assert any("Agreement of readers with flags is 0.000" in warning.value for warning in app.warning)
    assert now(worklist, 1).flag is None


@pytest.mark.parametrize(("role", "warned"), [(Role.READER, False), (Role.LEAD, True), (Role.ADMIN, True)])
def test_leads_and_administrators_are_warned_in_the_sidebar(
    worklist: Worklist, role: Role, warned: bool
) -> None:
    disagree(worklist)
    worklist.site.set_stop_rule(0.6, "root")

    app = opened(worklist, role, "cxr/ui/pages/evidence.py")

    links = [link.proto.label for link in app.sidebar.get("page_link")]
    assert (f":red[{AGREEMENT}]" in links) == warned


def test_a_queue_that_stands_and_nothing_else_is_warned_of(worklist: Worklist) -> None:
    from cxr.ui.widgets.site_warnings import warnings

    moment = datetime.datetime.now(datetime.UTC)
    shown(worklist, 1)

    assert warnings(moment) == ()
    assert QUEUE == "Films wait to be scored"


def test_a_profile_is_in_use_only_where_films_are_scored_with_it(
    worklist: Worklist, small_bundle: Path, monkeypatch: pytest.MonkeyPatch, app_folder: Path
) -> None:
    other = profile_for(load_bundle(small_bundle))
    ours = other.model_copy(update={"bundle": version_of("cxr-joint", digest_in(ROOT / "models/cxr-joint"))})
    kept = [worklist.profiles.keep(profile, ADA) for profile in (ours, other)]
    shown_for = {}
    for one in kept:
        worklist.profiles.use(one.number, "root")
        app = opened(worklist, Role.ADMIN)
        disabled = {button.key: button.disabled for button in app.button if button.label == "Put in use"}
        shown_for[one.number] = (" ".join(text.value for text in app.markdown), disabled)
    monkeypatch.setenv("CXR_SITE_PROFILE", str(app_folder / "profile.json"))
    (app_folder / "profile.json").write_text(ours.model_dump_json())
    st.cache_resource.clear()
    worklist.profiles.use(1, "root")
    by_setting = " ".join(text.value for text in opened(worklist, Role.ADMIN).markdown)

    fits, unfit = shown_for[1], shown_for[2]
    own = "The model's own calibration and operating points are in use."
    assert ":material/check: In use" in fits[0] and own not in fits[0]
    assert "Made for another version of the model; not in use" in fits[0]
    assert fits[1] == {"profile-2": True}
    assert ":material/check: In use" not in unfit[0] and own in unfit[0]
    assert unfit[1] == {"profile-1": False}
    assert "Not in use: CXR_SITE_PROFILE overrides it" in by_setting and own not in by_setting
