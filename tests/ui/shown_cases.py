"""Scored cases for the tests of the pages, with made-up results instead of a network."""

from pathlib import Path

from film.film_files import dicom_file, picture_file
from made_films import grey_level, png
from PIL import Image
from worklist.made_cases import CHILD, WORKER, now, reading

from cxr.worklist.case import Case
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

ADA, BEN = "Ada", "Ben"


def worklist_in(folder: Path) -> Worklist:
    """The worklist of an app that has it in a folder."""
    return Worklist(f"sqlite:///{folder / 'worklist.sqlite3'}", folder / "films")


def waiting(worklist: Worklist, seed: int) -> Case:
    """A film that is not scored yet."""
    return now(worklist, worklist.intake.accept(f"film-{seed}.png", png(seed), CHILD, ADA).number)


def shown(worklist: Worklist, seed: int, probability: float = 0.9, patient: str | None = None) -> Case:
    """A film that was scored."""
    film = png(seed) if patient is None else dicom_file(grey_level(seed), PatientID=patient)
    case = now(worklist, worklist.intake.accept(f"film-{seed}.png", film, CHILD, ADA).number)
    worklist.scoring.claim(WORKER, 1000)
    small = picture_file(Image.fromarray(grey_level(seed, 96, 96)), "JPEG")
    scored = Scored(case, reading(probability), small)
    assert worklist.scoring.record(WORKER, [scored]) == 1
    worklist.scoring.release(WORKER)
    return now(worklist, case.number)
