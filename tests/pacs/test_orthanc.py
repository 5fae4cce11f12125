"""A real PACS at the other end: films out of Orthanc, results back into their studies."""

import shutil
import time
from pathlib import Path

import pytest
from orthanc import TITLE, Orthanc, orthanc
from peers import LOCALHOST, US, listed
from pydicom.dataset import Dataset
from pydicom.uid import (
    Comprehensive3DSRStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)
from real_films import RealFilm, real_films
from receiving import environment, receiving, worklist_of
from sent_results import waiting_results
from waiting import output_of, until
from wanting import missing

from cxr.triage.flag import Flag
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Case

pytestmark = pytest.mark.long

FILMS = 20
LATE = 6
"""Films that storescu sends while Orthanc is stopped."""
PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def storescu(port: int, folder: Path, films: list[RealFilm]) -> None:
    """Send films with dcmtk's storescu, in one association; its name is taken by pynetdicom too."""
    program = shutil.which("storescu", path="/usr/bin") or missing(
        "no storescu: install Debian's package (apt-get install dcmtk)"
    )
    folder.mkdir()
    for i, film in enumerate(films):
        (folder / f"{i}.dcm").write_bytes(film.content)
    command = [
        program,
        "-aet",
        "MODALITY",
        "-aec",
        US,
        "+sd",
        "--required",
        LOCALHOST,
        str(port),
        str(folder),
    ]
    output_of(*command)


def about(report: Dataset) -> str:
    """Which film a structured report is about."""
    [study] = report.CurrentRequestedProcedureEvidenceSequence
    [series] = study.ReferencedSeriesSequence
    [film] = series.ReferencedSOPSequence
    uid: str = film.ReferencedSOPInstanceUID
    return uid


def test_films_go_round_and_nothing_is_lost_while_the_pacs_is_away(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    films = [*real_films(data_dir, FILMS - LATE), *real_films(data_dir, FILMS, PLAIN)[-LATE:]]
    worklist = worklist_of(tmp_path)
    with orthanc(tmp_path / "orthanc") as pacs:
        settings = environment(
            *(tmp_path, pacs.port),
            PACS_AET=TITLE,
            PACS_RETRY_SECONDS=1,
            RECEIVE_FROM=f"{TITLE},MODALITY",
        )
        with receiving(settings) as program:
            pacs.start(program.port)
            numbers = {film.instance: pacs.keep(film.content) for film in films}

            def is_back(count: int) -> bool:
                return waiting_results(worklist) == 0 and len(worklist.outbox.deliveries()) == count

            began = time.monotonic()
            pacs.send([numbers[films[0].instance]])
            until(lambda: len(pacs.instances(films[0].study)) > 2, "the first result")
            single = time.monotonic() - began

            began = time.monotonic()
            pacs.send([numbers[film.instance] for film in films[1:-LATE]])
            until(lambda: is_back(FILMS - LATE), "results")
            many = time.monotonic() - began

            pacs.stop()
            storescu(program.port, tmp_path / "late", films[-LATE:])
            until(lambda: waiting_results(worklist) == LATE, "results that wait")
            until(lambda: any(one.attempts > 1 for one in worklist.outbox.deliveries()), "second attempts")
            assert worklist.outbox.deliveries()[0].failure == f"{TITLE} cannot be reached"
            pacs.start(program.port)
            began = time.monotonic()
            until(lambda: is_back(FILMS), "results after the restart")
            after = time.monotonic() - began
            said = program.stop()

        cases = listed(worklist)
        assert len(cases) == len({film.study for film in films})
        assert {one.number for case in cases for one in case.films} == set(range(1, FILMS + 1))
        check_ranking(cases, [ranked.case for ranked in worklist.ranked.page(limit=100).rows])
        results = check_results(pacs, films)

    sent = [line for line in worklist.audit.lines(limit=1000) if line.action is Action.SENT]
    assert len(sent) == FILMS and sum(int(line.details["objects"] or 0) for line in sent) == results
    assert {line.who for line in worklist.audit.lines(limit=1000) if line.action is Action.ACCEPTED} == {
        *(f"pacs {TITLE}", "pacs MODALITY")
    }
    assert not worklist.audit.verify().faults
    assert not [mark for mark in ("MÜLLER", "4711-", "1.2.826.") if mark in said]
    with capsys.disabled():
        print(
            f"\nFrom C-STORE to the result in Orthanc: {single:.1f} s for one film, {many:.1f} s for "
            f"{FILMS - LATE - 1} more ({results} objects in all); {after:.1f} s after a restart for {LATE}."
        )


def check_ranking(arrived: list[Case], ranked: list[Case]) -> None:
    """The list is in order of flags, not of arrival."""
    lanes = [case.flag for case in ranked]
    assert None not in lanes and len(ranked) == len(arrived)
    order = {Flag.URGENT: 0, Flag.REFUSED: 1, Flag.REVIEW: 2, Flag.ROUTINE: 3}
    assert [order[flag] for flag in lanes if flag] == sorted(order[flag] for flag in lanes if flag)
    assert len({case.flag for case in arrived}) > 1 and ranked != arrived


def check_results(pacs: Orthanc, films: list[RealFilm]) -> int:
    """Each film has a report and an overlay in its own study, and no study has more; count the results."""
    count = 0
    for study in {film.study for film in films}:
        own = {film.instance: film.patient for film in films if film.study == study}
        kinds = {uid: kind for uid, kind in pacs.instances(study).items() if uid not in own}
        reports = [pacs.read(uid) for uid, kind in kinds.items() if kind == Comprehensive3DSRStorage]
        assert {about(report): report.PatientID for report in reports} == own
        assert len(reports) == len(own)
        assert list(kinds.values()).count(SecondaryCaptureImageStorage) == len(own)
        count += len(kinds)
    return count
