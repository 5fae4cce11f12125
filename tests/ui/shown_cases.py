"""Scored cases for the tests of the pages, with made-up results instead of a network."""

from pathlib import Path

import pytest
from empty_worklist import empty_database
from film.film_files import dicom_file, picture_file
from made_films import grey_level, png
from PIL import Image
from worklist.made_cases import CHILD, WORKER, now, reading

from cxr.model.bundle import save_bundle
from cxr.model.card import Card
from cxr.model.network import CxrNet
from cxr.model.released import digest_in
from cxr.quality.head import QualityHead
from cxr.worklist.case import Case
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.worklist import Worklist

ADA, BEN = "Ada", "Ben"


def worklist_in(folder: Path) -> Worklist:
    """The worklist of an app that has it in a folder."""
    return Worklist(empty_database(folder), folder / "films")


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


def set_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: CxrNet, head: QualityHead, card: Card
) -> Path:
    """Let the settings name and trust a model that is made of these, and give its folder."""
    folder = tmp_path / "models" / "made"
    save_bundle(folder, network, head, card)
    monkeypatch.setenv("CXR_MODELS", str(folder.parent))
    monkeypatch.setenv("CXR_BUNDLE", folder.name)
    monkeypatch.setenv("CXR_BUNDLE_DIGEST", digest_in(folder))
    return folder
