"""Silent mode and a stop: results are stored as ever, and nobody gets any out of the database."""

import datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from film.film_files import dicom_file
from made_cases import ADA, BEN, CHILD, hand_in, in_order, now, reading, refusal, scored
from made_films import grey_level
from sent_results import delivery_of, waiting_results

from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case, Finding
from cxr.worklist.reading.export import as_csv
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.not_possible import ChangedError, NotPossibleError
from cxr.worklist.site.mode import Mode, SiteState
from cxr.worklist.worklist import Worklist

KEY = Fernet.generate_key().decode()
ROOT = "root"
HIDING = pytest.mark.parametrize("mode", [Mode.SILENT, Mode.STOPPED])


@pytest.fixture
def worklist(url: str, tmp_path: Path) -> Worklist:
    """A worklist that keeps identifiers, once on each database."""
    return Worklist(url, tmp_path / "films", identity_key=KEY)


def withhold(worklist: Worklist, mode: Mode = Mode.SILENT) -> SiteState:
    return worklist.site.change(mode, ROOT, "because")


def received(worklist: Worklist, seed: int) -> Case:
    content = dicom_file(grey_level(seed), SOPInstanceUID=f"1.2.{seed}")
    return now(worklist, worklist.intake.accept("film", content, CHILD, ADA, True).number)


def test_a_new_site_is_live_and_nobody_has_changed_that(worklist: Worklist) -> None:
    assert worklist.site.state() == SiteState(Mode.LIVE, None, None, "", None)


@HIDING
def test_a_case_looks_as_if_it_had_no_result(worklist: Worklist, mode: Mode) -> None:
    number = scored(worklist, hand_in(worklist, 1)).number
    withhold(worklist, mode)

    case = now(worklist, number)
    ranked = worklist.ranked.ranked(number)

    assert case.withheld and case.scored_at and ranked and ranked.case.withheld
    for one in (case, *case.films):
        assert one.flag is one.probability is one.operating_points is one.heat is one.bundle_version is None
        assert one.reasons == ()
    assert ranked.why == "First come, first served: results are withheld."


def test_results_come_back_unchanged_when_the_site_goes_live(worklist: Worklist) -> None:
    before = scored(worklist, hand_in(worklist, 1))
    withhold(worklist)
    worklist.site.change(Mode.LIVE, ROOT)

    case = now(worklist, before.number)

    assert (case.flag, case.probability) == (before.flag, before.probability) == (Flag.URGENT, 0.9)
    assert not case.withheld and case.heat is not None


def test_the_list_is_first_come_first_served_and_only_what_people_raised_goes_ahead(
    worklist: Worklist,
) -> None:
    cases = [
        scored(worklist, hand_in(worklist, seed), reading(probability))
        for seed, probability in enumerate((0.1, 0.5, 0.9, 0.3))
    ]
    numbers = [case.number for case in cases]
    assert in_order(worklist) == [numbers[2], numbers[1], numbers[3], numbers[0]]
    withhold(worklist)

    assert in_order(worklist) == numbers
    following = worklist.ranked.next_to_read()
    assert following and following.number == numbers[0]
    worklist.desk.raise_priority(now(worklist, numbers[3]), ADA, Urgency.HIGH, "he is blue")
    worklist.desk.raise_priority(now(worklist, numbers[2]), ADA, Urgency.STAT, "she is blue")

    order = [numbers[2], numbers[3], numbers[0], numbers[1]]
    assert in_order(worklist) == order
    for place, number in enumerate(order):
        ranked = worklist.ranked.ranked(number)
        assert ranked and ranked.rank == place + 1
        around = order[place - 1] if place else None, order[place + 1] if place < 3 else None
        assert worklist.ranked.neighbours(number) == around
    pages = [worklist.ranked.page(offset=offset, limit=1).rows[0].case.number for offset in range(4)]
    assert pages == order
    found = worklist.ranked.page(Filter(text=".png"))
    assert [row.case.number for row in found.rows] == order
    assert [row.rank for row in found.rows] == [1, 2, 3, 4]


def test_a_case_that_waited_longer_than_the_cap_still_comes_first(url: str, tmp_path: Path) -> None:
    worklist = Worklist(url, tmp_path / "films", cap=datetime.timedelta(hours=1))
    first, second = hand_in(worklist, 1), hand_in(worklist, 2)
    withhold(worklist)
    worklist.desk.raise_priority(second, ADA, Urgency.STAT, "blue")
    late = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)

    assert in_order(worklist) == [second.number, first.number]
    rows = worklist.ranked.page(now=late).rows
    assert [row.case.number for row in rows] == [first.number, second.number]


def test_counts_filters_and_exports_tell_no_flag(worklist: Worklist) -> None:
    urgent = scored(worklist, hand_in(worklist, 1))
    refused = scored(worklist, hand_in(worklist, 2), refusal())
    withhold(worklist)

    counts = worklist.ranked.counts()
    assert counts.withheld and counts.to_read == 2
    assert {flag: count for flag, count in counts.flags.items() if count} == {None: 2}
    assert worklist.ranked.page(Filter(flags=frozenset({Flag.URGENT}))).total == 2
    assert worklist.ranked.refused([refused.number]) == []
    text, count = as_csv(worklist.ranked.every(Filter(flags=frozenset({Flag.REFUSED}))))
    assert count == 2 and "urgent" not in text and "0.9" not in text
    shown = {row.case.flag for row in worklist.ranked.every(Filter(), results=True)}
    assert shown == {urgent.flag, Flag.REFUSED}


def test_the_audit_trail_tells_no_result_and_stays_whole(worklist: Worklist) -> None:
    case = scored(worklist, hand_in(worklist, 1))
    refused = scored(worklist, hand_in(worklist, 2), refusal())
    claimed = worklist.desk.claim(case, ADA)
    worklist.desk.report(claimed, ADA, Finding.PNEUMONIA, agrees=True)
    withhold(worklist)

    lines = worklist.audit.lines()

    assert not {"flag", "probability", "reasons", "agrees"} & {
        name for line in lines for name in line.details
    }
    assert worklist.audit.lines(refused.number)[0].action is Action.SCORED
    assert worklist.audit.lines(action=Action.REFUSED) == []
    assert not worklist.audit.verify().faults
    report = now(worklist, case.number).report
    assert report and report.finding is Finding.PNEUMONIA and report.agrees is None
    worklist.site.change(Mode.LIVE, ROOT, "good")
    assert worklist.audit.lines(refused.number)[0].action is Action.REFUSED


def test_a_finding_is_recorded_without_an_answer_on_the_flag_that_nobody_saw(worklist: Worklist) -> None:
    case = scored(worklist, hand_in(worklist, 1))
    withhold(worklist)

    claimed = worklist.desk.claim(now(worklist, case.number), BEN)
    shown = worklist.desk.report(claimed, BEN, Finding.NO_PNEUMONIA, agrees=True)

    assert claimed.withheld and shown.withheld and shown.flag is None
    worklist.site.change(Mode.LIVE, ROOT)
    read = now(worklist, case.number)
    assert read.report and (read.report.finding, read.report.agrees) == (Finding.NO_PNEUMONIA, None)
    assert read.flag is Flag.URGENT


def test_a_finding_on_a_flag_that_changed_meanwhile_is_still_refused_at_a_live_site(
    worklist: Worklist,
) -> None:
    case = worklist.desk.claim(hand_in(worklist, 1), ADA)
    scored(worklist, case)

    with pytest.raises(ChangedError):
        worklist.desk.report(case, ADA, Finding.OTHER)


@HIDING
def test_nothing_is_sent_and_nothing_scored_meanwhile_is_sent_later(worklist: Worklist, mode: Mode) -> None:
    waiting = scored(worklist, received(worklist, 1))
    withhold(worklist, mode)
    meanwhile = scored(worklist, received(worklist, 2))
    read = worklist.desk.claim(now(worklist, meanwhile.number), ADA)
    worklist.desk.report(read, ADA, Finding.OTHER)

    assert worklist.outbox.claim("first") is None
    assert waiting_results(worklist) == 1
    worklist.site.change(Mode.LIVE, ROOT, "good")

    due = worklist.outbox.claim("first")
    assert due and due.case == waiting.number
    assert delivery_of(worklist, meanwhile.number) is None
    assert worklist.outbox.claim("first") is None


def test_every_change_of_the_state_is_recorded_with_who_and_why(worklist: Worklist) -> None:
    worklist.site.change(Mode.SILENT, "Ada", "first week")
    worklist.site.change(Mode.SILENT, "Ben", "again")
    live = worklist.site.change(Mode.LIVE, "Ben")

    assert (live.mode, live.who, live.reason) == (Mode.LIVE, "Ben", "") and live.since
    lines = worklist.audit.lines(action=Action.SITE_STATE)
    assert [(line.who, dict(line.details), line.text) for line in lines] == [
        ("Ben", {"from": "silent", "to": "live"}, None),
        ("Ada", {"from": "live", "to": "silent"}, "first week"),
    ]


def test_a_stop_begins_and_ends_only_with_a_reason(worklist: Worklist) -> None:
    with pytest.raises(NotPossibleError, match="reason for stopping"):
        worklist.site.change(Mode.STOPPED, ROOT)
    worklist.site.change(Mode.STOPPED, ROOT, "new machine")

    with pytest.raises(NotPossibleError, match="reason for ending the stop"):
        worklist.site.change(Mode.LIVE, ROOT, "  ")
    assert worklist.site.state().mode is Mode.STOPPED


def test_the_stop_rule_leaves_alone_what_somebody_changed_since(worklist: Worklist) -> None:
    seen = worklist.site.state()
    worklist.site.change(Mode.SILENT, ROOT)

    assert not worklist.site.stop_live("stop rule", "agreement", seen)
    assert worklist.site.state().mode is Mode.SILENT
    live = worklist.site.change(Mode.LIVE, ROOT)
    assert worklist.site.stop_live("stop rule", "agreement", live)
    assert worklist.site.state().mode is Mode.STOPPED


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_stop_rule_needs_a_share(worklist: Worklist, share: float) -> None:
    with pytest.raises(NotPossibleError, match="is not a share"):
        worklist.site.set_stop_rule(share, ROOT)


def test_a_stop_rule_is_kept_recorded_and_removed(worklist: Worklist) -> None:
    worklist.site.set_stop_rule(0.6, ROOT)
    assert worklist.site.state().least_agreement == 0.6
    worklist.site.set_stop_rule(None, ROOT)

    assert worklist.site.state().least_agreement is None
    lines = worklist.audit.lines(action=Action.STOP_RULE)
    assert [line.details["to"] for line in lines] == [None, 0.6]


def test_all_processes_agree_at_once(url: str, tmp_path: Path) -> None:
    one, other = (Worklist(url, tmp_path / "films") for _ in range(2))
    number = scored(one, hand_in(one, 1)).number
    assert now(other, number).flag is Flag.URGENT

    one.site.change(Mode.SILENT, ROOT)

    assert now(other, number).flag is None
    assert other.ranked.page(Filter(ListView.TO_READ)).rows[0].case.withheld
