"""A profile in the database: fitted, held against the promise, kept, used and taken back."""

import datetime
from pathlib import Path

import pytest
from site_films import films_of_site as films
from site_films import profile_for as profile
from worklist.made_cases import ADA, hand_in, now

from cxr.film import Population
from cxr.model.bundle import Bundle, load_bundle
from cxr.model.site_profile import ProfileError
from cxr.screening import Screener
from cxr.site.local_profile import below_promise, changes, keep_profile
from cxr.worklist.audit.action import Action
from cxr.worklist.queue.worker import score_waiting
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.site_schema import SiteProfileRow
from cxr.worklist.worklist import Worklist

CHILD = Population.CHILD
WHO = "Dr Rossi"


@pytest.fixture
def made(small_bundle: Path) -> Bundle:
    """The small bundle."""
    return load_bundle(small_bundle)


def test_before_and_after_are_measured_on_the_same_films(made: Bundle) -> None:
    new = profile(made)

    found = {(one.population, one.measure): one for one in changes(films(100), new)}

    routine = found[CHILD, "specificity (routine)"]
    assert routine.before and routine.after and routine.after.value > routine.before.value + 0.2
    assert routine.after == new.populations[CHILD].specificity
    assert routine.before == new.populations[CHILD].specificity_before
    assert len(found) == 4


def test_a_profile_below_the_promise_is_kept_only_with_a_reason(worklist: Worklist, made: Bundle) -> None:
    # Of labels that are far apart the point of the other promise finds more than is asked for.
    new = profile(made, sensitivity=0.85, apart=0.7)
    assert below_promise(new) == (CHILD,) and below_promise(profile(made)) == ()

    with pytest.raises(ProfileError, match="fewer than 95 in 100"):
        keep_profile(worklist, new, WHO, "  ")
    assert worklist.profiles.all() == []

    kept = keep_profile(worklist, new, WHO, "we read every film within the hour")
    assert kept.reason == "we read every film within the hour" and not kept.in_use
    (line,) = worklist.audit.lines(action=Action.SITE_PROFILE)
    assert (line.who, line.text, line.details["change"]) == (WHO, kept.reason, "fitted")


def test_profiles_are_versions_of_which_one_is_in_use_and_each_step_is_recorded(
    worklist: Worklist, made: Bundle
) -> None:
    first = keep_profile(worklist, profile(made), WHO)
    second = keep_profile(worklist, profile(made, 0.97), WHO)

    worklist.profiles.use(first.number, ADA)
    worklist.profiles.use(second.number, ADA)
    assert [(one.number, one.in_use) for one in worklist.profiles.all()] == [(2, True), (1, False)]
    worklist.profiles.take_back(WHO)
    assert worklist.profiles.in_use() is None
    worklist.profiles.take_back(WHO)

    lines = worklist.audit.lines(action=Action.SITE_PROFILE)
    assert [(line.who, line.details["change"], line.details["number"]) for line in reversed(lines)] == [
        *((WHO, "fitted", 1), (WHO, "fitted", 2)),
        *((ADA, "put in use", 1), (ADA, "put in use", 2), (WHO, "took back", 2)),
    ]
    with pytest.raises(NotPossibleError, match="no site profile 9"):
        worklist.profiles.use(9, ADA)


def test_every_result_names_the_profile_in_use_and_none_once_it_is_taken_back(
    worklist: Worklist, made: Bundle
) -> None:
    plain = Screener(made)
    kept = keep_profile(worklist, profile(made), WHO)
    versions = []
    for seed, step in enumerate((None, lambda: worklist.profiles.use(kept.number, WHO), None)):
        if step:
            step()
        case = hand_in(worklist, seed)
        assert score_waiting(worklist, plain, 8, "worker") == 1
        versions.append(now(worklist, case.number).bundle_version)
    worklist.profiles.take_back(WHO)
    case = hand_in(worklist, 9)
    score_waiting(worklist, plain, 8, "worker")

    named = f"{made.version}+site-{kept.profile.version}"
    assert versions == [made.version, named, named]
    assert now(worklist, case.number).bundle_version == made.version
    assert plain.version == made.version


def test_a_profile_that_a_setting_names_precedes_the_database(worklist: Worklist, made: Bundle) -> None:
    kept = keep_profile(worklist, profile(made), WHO)
    worklist.profiles.use(kept.number, WHO)
    by_file = Screener(made).using(made.card, f"{made.version}+site-89abcdef")

    assert worklist.profiles.applied(by_file) is by_file


def test_a_profile_of_another_version_of_the_model_is_not_used(worklist: Worklist, made: Bundle) -> None:
    other = profile(made).model_copy(update={"bundle": "other-1"})
    worklist.profiles.use(keep_profile(worklist, other, WHO).number, WHO)
    plain = Screener(made)

    assert worklist.profiles.applied(plain) is plain


def test_the_version_of_a_profile_is_that_of_its_content(worklist: Worklist, made: Bundle) -> None:
    new = profile(made).model_copy(update={"made_at": datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)})
    kept = keep_profile(worklist, new, WHO)

    (stored,) = worklist.profiles.all()
    assert stored.profile == new and stored.profile.version == kept.profile.version == new.version


def test_a_profile_that_somebody_changed_in_the_database_is_not_used(
    worklist: Worklist, made: Bundle, small_screener: Screener
) -> None:
    kept = keep_profile(worklist, profile(made), WHO)
    worklist.profiles.use(kept.number, ADA)
    with worklist._database.writing() as session:
        row = session.get_one(SiteProfileRow, kept.number)
        row.profile = row.profile.replace('"patients_without":100', '"patients_without":900')
        assert "900" in row.profile

    with pytest.raises(ProfileError, match="was changed after it was kept"):
        worklist.profiles.in_use()
    assert worklist.profiles.applied(small_screener) is small_screener
    worklist.profiles.take_back(ADA)
    assert worklist.profiles.in_use() is None
