"""However often and in whatever order films are sent: one row each, scored again only for a reason."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from film.film_files import dicom_file
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import ADA, UNKNOWN, WORKER, now, reading
from made_films import grey_level
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import read_film
from cxr.worklist.case import Finding
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

AGES = {"007Y": 7.0, "042Y": 42.0, "006M": 0.5, "": 0}
TOO_SMALL = 3
"""A film that is refused for its size."""


@dataclass(frozen=True)
class Sent:
    """One film as it is sent once."""

    film: int
    age: str
    name: str
    view: str
    implicit: bool

    @property
    def needs(self) -> tuple[str, str]:
        """What a score depends on; no view makes a film large enough."""
        return self.age, "" if self.film == TOO_SMALL else self.view

    @property
    def content(self) -> bytes:
        return dicom_file(
            grey_level(self.film, 24 if self.film == TOO_SMALL else 240, 320),
            transfer_syntax=ImplicitVRLittleEndian if self.implicit else ExplicitVRLittleEndian,
            PatientID="MRN-4711",
            PatientName=self.name,
            PatientAge=self.age,
            ViewPosition=self.view,
            StudyDate="20240503",
            StudyInstanceUID="1.2.3.1",
            SOPInstanceUID=f"1.2.3.4.{self.film}",
        )


SENT = st.builds(
    Sent,
    film=st.integers(1, 3),
    age=st.sampled_from(sorted(AGES)),
    name=st.sampled_from(["ROSSI^ADA", "ROSSI^EVA"]),
    view=st.sampled_from(["PA", "AP"]),
    implicit=st.booleans(),
)


@given(st.lists(SENT, min_size=1, max_size=6))
@settings(max_examples=8, deadline=None)
def test_a_film_sent_again_stays_one_film_and_is_scored_again_only_if_age_or_view_changed(
    sent: list[Sent],
) -> None:
    with TemporaryDirectory() as folder:
        worklist = Worklist(f"sqlite:///{folder}/worklist.sqlite3", Path(folder) / "films")
        latest: dict[int, Sent] = {}
        for one in sent:
            accepted = worklist.intake.accept("PACS", one.content, UNKNOWN, "pacs CT1")
            assert accepted.number == 1
            waiting = worklist.scoring.claim(WORKER, 100)
            known = latest.get(one.film)
            assert len(waiting) == (known is None or known.needs != one.needs)
            scored = [Scored(case, reading(0.5), b"jpeg") for case in waiting]
            assert worklist.scoring.record(WORKER, scored) == len(waiting)
            latest[one.film] = one
            case = worklist.ranked.case(1)
            assert case and len(case.films) == len(latest)
        assert sorted(round(film.age_years or 0, 1) for film in case.films) == sorted(
            AGES[one.age] for one in latest.values()
        )


def test_a_film_that_changed_while_a_reader_had_it_is_scored_again_once_the_finding_is_undone(
    worklist: Worklist,
) -> None:
    sent = Sent(1, "042Y", "ROSSI^ADA", "PA", implicit=False)
    number = accept(worklist, sent)
    score(worklist)
    read = worklist.desk.report(worklist.desk.claim(now(worklist, number), ADA), ADA, Finding.OTHER)

    accept(worklist, replace(sent, age="007Y"))
    accept(worklist, replace(sent, age="007Y", implicit=True))

    kept = now(worklist, number)
    assert (kept.probability, kept.age_years) == (read.probability, 42)
    assert [reason.code for reason in kept.reasons].count("changed_since") == 1
    worklist.desk.undo_report(kept, ADA)
    assert now(worklist, number).flag is None and worklist.scoring.waiting() == 1
    score(worklist)
    again = now(worklist, number)
    assert again.probability is not None and again.age_years == 7
    assert "changed_since" not in [reason.code for reason in again.reasons]


def test_a_film_that_comes_again_as_it_is_keeps_its_score_when_the_finding_is_undone(
    worklist: Worklist,
) -> None:
    sent = Sent(1, "042Y", "ROSSI^ADA", "PA", implicit=False)
    number = accept(worklist, sent)
    score(worklist)
    worklist.desk.report(worklist.desk.claim(now(worklist, number), ADA), ADA, Finding.OTHER)

    accept(worklist, replace(sent, name="ROSSI^EVA", implicit=True))

    worklist.desk.undo_report(now(worklist, number), ADA)
    assert worklist.scoring.waiting() == 0


def accept(worklist: Worklist, sent: Sent) -> int:
    return worklist.intake.accept("a.dcm", sent.content, UNKNOWN, ADA).number


def score(worklist: Worklist) -> None:
    for one in worklist.scoring.claim(WORKER, 10):
        age = read_film(worklist.film_path(one), any_view=True).age_years
        worklist.scoring.record(WORKER, [Scored(one, reading(0.5), b"thumbnail", age_years=age)])
