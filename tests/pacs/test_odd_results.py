"""Odd films of hospitals: sent by Orthanc to the storage SCP, scored, and their results back in Orthanc."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from empty_worklist import empty_database
from orthanc import TITLE, Orthanc, orthanc
from peers import KEY, LOCALHOST, US, listening
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from sent_results import delivery_of
from waiting import until
from wanting import missing

from cxr.pacs.application_entity import Destination
from cxr.pacs.result_sender import ResultSender
from cxr.pacs.storage_scu import StorageScu
from cxr.report.objects import Results, dicom_results
from cxr.screening import Screener
from cxr.triage.flag import Flag
from cxr.worklist.case import Case
from cxr.worklist.queue.outbox import Delivery
from cxr.worklist.queue.worker import score_waiting
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

CARRIED = ("PatientID", "AccessionNumber", "PatientName", "StudyInstanceUID")
KINDS = ("R1", "R2", "N1")
"""Kinds of `expected.csv` that are about results in the PACS."""
WINDOWS: dict[str, tuple[float, float] | None] = {
    "dx_voi_lut_and_window.dcm": None,
    "dx_voi_lut_function_empty.dcm": (2048, 4096),
    "dx_window_two_centers_one_width.dcm": (2048, 4096),
    "window_width_zero.dcm": None,
}
"""The window of the presentation state; `None` where a VOI LUT or nothing is shown instead."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A film after the round trip: its case and delivery, and its results as Orthanc holds them."""

    film: Dataset
    case: Case
    delivery: Delivery
    results: list[Dataset]

    def of(self, modality: str) -> list[Dataset]:
        return [one for one in self.results if one.Modality == modality]


def results(*given: Any) -> Results:
    case, film, identity, sent, report_class = given
    return dicom_results(case, film, identity, 0.2, sent, report_class=report_class)


@pytest.fixture(scope="module")
def odd(data_dir: Path) -> Path:
    folder = data_dir / "odd"
    return folder if (folder / "expected.csv").exists() else missing("no folder of odd films")


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("pacs") / "orthanc") as one:
        one.start()
        yield one


@pytest.fixture(scope="module")
def returned(
    odd: Path, pacs: Orthanc, screener: Screener, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Returned]:
    """Each odd film that Orthanc could store and send, by file, in a worklist and a PACS of its own."""
    found = {}
    for path in sorted(odd.glob("*.dcm")):
        folder = tmp_path_factory.mktemp("odd")
        worklist = Worklist(empty_database(folder), folder / "films", identity_key=KEY)
        with listening(worklist, TITLE, wants_result=True) as storage_scp:
            pacs.call(storage_scp.port)
            pacs.empty()
            try:
                pacs.send([pacs.keep(path.read_bytes())])
            except (HTTPError, AssertionError):
                continue
        score_waiting(worklist, screener, 10, "worker")
        if one := _sent_back(worklist, pacs, path):
            found[path.name] = one
    return found


def _sent_back(worklist: Worklist, pacs: Orthanc, path: Path) -> Returned | None:
    cases = [ranked.case for ranked in worklist.ranked.page(limit=10).rows]
    if not cases:
        return None
    sending = ResultSender(worklist, StorageScu(Destination(LOCALHOST, pacs.port, TITLE, US)), results)
    until(lambda: not sending.send_next(), "results")
    sending.release()
    delivery = delivery_of(worklist, cases[0].number)
    if delivery is None:  # nothing of the film could be kept
        return None
    with config.disable_value_validation():
        film = dcmread(path, stop_before_pixels=True, force=True)
    sent = [dcmread(BytesIO(content)) for content in pacs.files()]
    kept = [one for one in sent if one.SOPInstanceUID != film.get("SOPInstanceUID")]
    return Returned(film, cases[0], delivery, kept)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "expected.csv").open() as file:
        return list(csv.DictReader(file))


def test_every_film_gets_its_report_and_its_overlay_and_its_outline(returned: dict[str, Returned]) -> None:
    assert len(returned) > 20
    for name, one in returned.items():
        if not one.film.get("StudyInstanceUID"):
            continue
        assert one.delivery.failure is None and one.delivery.next_try is None, name
        assert len(one.of("SR")) == 1, name
        is_drawn = one.case.thumbnail is not None
        assert len(one.of("OT")) == is_drawn, name
        is_outlined = any(item.ValueType == "SCOORD" for item in _items(one.of("SR")[0]))
        is_grey = one.film.get("PhotometricInterpretation") in ("MONOCHROME1", "MONOCHROME2")
        assert len(one.of("PR")) == (is_outlined and is_grey), name


def test_results_carry_the_identifiers_of_their_film(returned: dict[str, Returned]) -> None:
    for name, one in returned.items():
        for result in one.results:
            for tag in CARRIED:
                assert str(result.get(tag, "")) == str(one.film.get(tag, "") or ""), (name, tag)


def test_the_films_about_results_are_among_those_that_came_back(
    odd: Path, returned: dict[str, Returned]
) -> None:
    about = [row["file"] for row in rows(odd) if row["kind"].split()[0] in KINDS]
    assert about
    assert [name for name in about if not returned[name].of("SR")] == []


@pytest.mark.parametrize(("name", "window"), WINDOWS.items())
def test_the_presentation_state_has_the_window_of_the_display(
    name: str, window: tuple[float, float] | None, returned: dict[str, Returned]
) -> None:
    if name not in returned:
        missing(f"no {name}")
    assert returned[name].case.flag is Flag.URGENT
    for state in returned[name].of("PR"):
        [voi] = state.get("SoftcopyVOILUTSequence") or [Dataset()]
        shown = (voi.WindowCenter, voi.WindowWidth) if "WindowCenter" in voi else None
        assert shown == window


def _items(node: Dataset) -> Iterator[Dataset]:
    for item in node.get("ContentSequence", []):
        yield item
        yield from _items(item)
