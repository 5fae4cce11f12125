"""Monitoring of films and findings that are known."""

import csv
import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest
from film.film_files import dicom_file
from made_films import grey_level, png

from cxr.film import Population, Sex
from cxr.film.examination import Examination, examination_of
from cxr.measure.drift import Verdict
from cxr.site.agreement import agreement
from cxr.site.monitor import Monitoring, Queue, monitor
from cxr.site.monitor_text import monitoring_text
from cxr.site.period import Period, last_days
from cxr.site.reference import (
    UnusableReferenceError,
    latest_network,
    read_reference,
    reference_of,
    save_reference,
)
from cxr.site.registry import as_registry
from cxr.triage.flag import Flag
from cxr.worklist.case import Finding
from cxr.worklist.reading.monitored import MonitoredFilm, ReadCase

UNTIL = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
PERIOD = Period.before(UNTIL, 28)
DAY = datetime.timedelta(days=1)
ILL, HEALTHY = Finding.PNEUMONIA, Finding.NO_PNEUMONIA


def film(number: int = 1, **values: Any) -> MonitoredFilm:
    arrived = values.pop("arrived_at", UNTIL - DAY)
    defaults: dict[str, Any] = {
        "case": number,
        "sha256": f"{number:064x}",
        "scored_at": arrived + datetime.timedelta(seconds=10),
        "waits": False,
        "flag": Flag.ROUTINE,
        "reasons": (),
        "logit": -2.0,
        "probability": 0.1,
        "prevalence": 0.2,
        "population": Population.CHILD,
        "age_years": 4.0,
        "bundle_version": "a-1",
        "finding": None,
        "agrees": None,
    }
    return MonitoredFilm(number=number, arrived_at=arrived, **defaults | values)


def read(flag: Flag | None, finding: Finding, count: int = 1, **values: Any) -> list[ReadCase]:
    case = {"number": 1, "read_at": UNTIL - DAY, "population": Population.CHILD, "agrees": None} | values
    return [ReadCase(flag=flag, finding=finding, **case)] * count


def measured(films: list[MonitoredFilm], cases: list[ReadCase] | None = None, **named: Any) -> Monitoring:
    network = latest_network(films)
    before = [film(number, logit=number / 25 - 3) for number in range(100)]
    reference = reference_of(before, network, Period.before(PERIOD.since, 90)) if network else None
    return monitor(PERIOD, films, cases or [], Queue(0, 0.0), network, reference, **named)


def test_films_flags_refusals_and_times_are_counted() -> None:
    films = [
        *(film(number) for number in range(20)),
        film(20, flag=Flag.URGENT, scored_at=UNTIL - DAY + datetime.timedelta(seconds=1000)),
        *(film(n, flag=Flag.REFUSED, logit=None, reasons=("inverted",)) for n in (21, 22)),
        # Refused as it arrived, by no worker: it says nothing of the time that scoring takes.
        film(23, flag=Flag.REFUSED, logit=None, reasons=("damaged",), scored_at=UNTIL - DAY),
        *(film(n, flag=None, logit=None, scored_at=None, waits=n == 24) for n in (24, 25)),
    ]
    inflow = measured(films).inflow

    assert (inflow.films, inflow.scored, inflow.waiting) == (26, 24, 1)
    assert inflow.films_a_day == pytest.approx(26 / 28)
    assert inflow.flags == {Flag.URGENT: 1, Flag.REVIEW: 0, Flag.ROUTINE: 20, Flag.REFUSED: 3}
    assert inflow.refusals == {"inverted": 2, "damaged": 1}
    assert inflow.median_seconds == 10 and inflow.late_seconds == 10
    assert "urgent 1 (4.2 %)" in monitoring_text(measured(films))


def test_a_flag_fits_pneumonia_unless_it_is_routine_and_the_rest_only_if_it_is() -> None:
    cases = [
        *(read(Flag.URGENT, ILL, 15) + read(Flag.REVIEW, ILL, 4) + read(Flag.ROUTINE, ILL, 1)),
        *(read(Flag.ROUTINE, HEALTHY, 18) + read(Flag.REVIEW, HEALTHY, 9) + read(Flag.URGENT, HEALTHY, 3)),
        *(read(Flag.REFUSED, ILL, 2) + read(None, HEALTHY) + read(Flag.URGENT, Finding.OTHER, agrees=True)),
        *read(Flag.URGENT, Finding.CANNOT_JUDGE, agrees=False),
    ]
    found = agreement(cases)

    assert found.share and found.sensitivity and found.specificity and found.urgent_specificity
    assert (found.cases, found.with_pneumonia, found.without, found.fitting) == (55, 20, 30, 37)
    assert found.share.value == 37 / 50
    # Wilson's interval of 37 in 50.
    assert (found.share.low, found.share.high) == pytest.approx((0.604, 0.841), abs=0.001)
    assert (found.sensitivity.value, found.specificity.value) == (0.95, 0.6)
    assert found.urgent_specificity.value == 0.9
    assert found.left_out == {"not scored": 3, "other": 1, "cannot judge": 1}
    assert (found.said_agree, found.said_disagree) == (1, 1)


def test_few_cases_of_a_finding_give_no_sensitivity() -> None:
    found = agreement(read(Flag.URGENT, ILL, 19) + read(Flag.ROUTINE, HEALTHY, 20))

    assert found.sensitivity is None and found.specificity
    assert agreement([]).share is None


def test_agreement_raises_an_alarm_once_its_whole_interval_lies_under_the_limit() -> None:
    cases = read(Flag.URGENT, ILL, 37) + read(Flag.ROUTINE, ILL, 13)

    assert measured([], cases).alarms == ()
    assert measured([], cases, least_agreement=0.84).alarms == ()
    (alarm,) = measured([], cases, least_agreement=0.85).alarms
    assert "0.740 (0.604-0.841)" in alarm and "under 0.85" in alarm


def test_weeks_are_counted_back_from_the_end_and_hold_each_film_once() -> None:
    weeks = list(Period.before(UNTIL, 10).weeks())
    assert [week.days for week in weeks] == [3, 7]
    assert weeks[0].until == weeks[1].since and weeks[1].until == UNTIL

    films = [film(n, arrived_at=UNTIL - n * DAY) for n in range(1, 29)]
    cases = read(Flag.ROUTINE, HEALTHY) + read(Flag.ROUTINE, ILL, 2, read_at=PERIOD.since)
    found = measured(films, cases).weeks
    assert [week.films for week in found] == [7, 7, 7, 7]
    assert [week.agreement.cases for week in found] == [2, 0, 0, 1]


def test_drift_is_measured_by_age_group_and_only_on_films_of_the_latest_model() -> None:
    later = UNTIL - DAY / 2
    films = [
        *(film(n, logit=5.0, scored_at=later) for n in range(60)),
        *(film(n, logit=-9.0, bundle_version="a-0") for n in range(60, 70)),
        *(film(n, population=Population.ADULT, scored_at=later) for n in range(70, 80)),
    ]
    found = measured(films)

    assert found.network == "a-1" and found.other_networks == 10
    assert found.drift[Population.CHILD].verdict is Verdict.DRIFTED
    assert found.drift[Population.CHILD].films == 60
    assert found.drift[Population.ADULT].verdict is Verdict.TOO_FEW
    (alarm,) = found.alarms
    assert "child" in alarm
    text = monitoring_text(found)
    assert "10 films against 0" in text
    assert "10 films of the period were scored by another model, and not compared" in text


def test_a_site_profile_changes_no_logit_and_so_no_network() -> None:
    films = [film(1, bundle_version="a-1+site-2"), film(2, bundle_version="a-1")]

    assert latest_network(films) == "a-1"
    assert len(reference_of(films, "a-1", PERIOD).of(Population.CHILD)) == 2
    assert latest_network([film(1, bundle_version="a-2", scored_at=UNTIL), film(2)]) == "a-2"
    assert latest_network([film(flag=None, logit=None, scored_at=None)]) is None


def test_a_reference_keeps_sorted_logits_and_is_not_overwritten(tmp_path: Path) -> None:
    made = reference_of([film(n, logit=float(-n)) for n in range(60)], "a-1", PERIOD)
    save_reference(tmp_path / "reference.json", made)

    assert read_reference(tmp_path / "reference.json") == made
    assert made.logits[Population.CHILD][0] == -59
    with pytest.raises(UnusableReferenceError, match="exists already"):
        save_reference(tmp_path / "reference.json", made)
    with pytest.raises(UnusableReferenceError, match="1 scored film of"):
        save_reference(tmp_path / "few.json", reference_of([film()], "a-1", PERIOD))
    with pytest.raises(UnusableReferenceError, match="cannot be written"):
        save_reference(tmp_path / "missing" / "reference.json", made)


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"network": "a", "logits": {"child": [NaN]}}'])
def test_a_file_that_is_no_reference_is_named(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "it").write_bytes(content)

    with pytest.raises(UnusableReferenceError, match=r"it .*--save-reference"):
        read_reference(tmp_path / "it")


def test_the_last_day_counts_to_its_end_and_not_into_the_future() -> None:
    noon = datetime.datetime(2026, 3, 5, 12).astimezone()
    ended = last_days(7, datetime.date(2026, 3, 4), noon)
    assert ended.until == datetime.datetime(2026, 3, 5).astimezone() and ended.days == 7
    assert last_days(7, datetime.date(2026, 3, 5), noon).until == noon
    assert last_days(7, None, noon).until == noon
    with pytest.raises(ValueError, match="2026-03-06 has not begun"):
        last_days(7, datetime.date(2026, 3, 6), noon)


def test_the_registry_has_each_film_and_neither_date_nor_identifier_nor_a_rare_machine() -> None:
    films = [
        *(film(n, finding=ILL, agrees=True, flag=Flag.URGENT, reasons=("a", "b")) for n in range(1, 6)),
        film(
            6, age_years=None, population=Population.ADULT, flag=None, probability=None, bundle_version=None
        ),
    ]
    taken = {n: Examination("DX", "PA", "=Maker", "Model 1", Sex.FEMALE) for n in range(1, 6)}
    lines = list(
        csv.DictReader(io.StringIO(as_registry(films, taken | {6: Examination("CR", "", "Doe^Jane")})))
    )

    assert len(lines) == 6
    assert lines[0] | {"use": ""} == {
        **{"case": "1", "film": "1", "year": "2026", "modality": "DX", "view": "PA"},
        **{"manufacturer": "'=Maker", "model_name": "Model 1", "ai_model": "a-1", "ai_score": "0.1000"},
        **{"ai_prevalence": "0.2", "ai_flag": "urgent", "ai_reasons": "a b", "age_group": "1 to 4 years"},
        **{"sex": "female", "finding": "pneumonia", "reader_agrees": "True", "use": ""},
    }
    assert lines[5]["manufacturer"] == "" and lines[5]["age_group"] == "adult"
    text = as_registry(films, taken)
    assert films[0].sha256 not in text and "2026-02" not in text


@pytest.mark.filterwarnings("ignore:The value length")
def test_the_machine_is_read_from_the_header_of_a_stored_film(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(
        dicom_file(
            grey_level(0),
            **{"Manufacturer": "Maker\x07", "ManufacturerModelName": "X" * 70, "PatientSex": "M"},
            **{"ViewPosition": "AP", "Modality": "DX"},
        )
    )
    (tmp_path / "picture").write_bytes(png(0))

    assert examination_of(tmp_path / "film") == Examination("DX", "AP", "Maker", "X" * 64, Sex.MALE)
    assert examination_of(tmp_path / "picture") == examination_of(tmp_path / "purged") == Examination()


def test_the_json_can_be_read_by_a_machine() -> None:
    found = json.loads(measured([film(n) for n in range(60)], read(Flag.ROUTINE, HEALTHY, 3)).to_json())

    assert found["inflow"]["films"] == 60
    assert found["drift"]["child"]["verdict"] == "drifted"
    assert found["agreement"]["share"]["value"] == 1
    assert found["period"]["until"] == "2026-03-01T00:00:00Z"
