"""The objects as dcmtk and dicom3tools read them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from made_films import made_film
from pydicom.uid import ComprehensiveSRStorage
from report.reported_cases import (
    dicom_film,
    heat,
    identity,
    read_case,
    refused_case,
    routine_case,
    scored_case,
)
from waiting import PATIENCE
from wanting import missing

from cxr.explain.overlay import display
from cxr.film import Adjusted, Film, FilmError, read_film
from cxr.film.identity import Identity, identity_of
from cxr.report.objects import dicom_results
from cxr.report.original import MAY_BE_EMPTY
from cxr.report.presentation_state import presentation_state
from cxr.triage.words import in_percent
from cxr.worklist.case import Case

FILM = made_film(0, 240, 320)
CASES = {
    "urgent": scored_case(),
    "routine": routine_case(),
    "refused": refused_case(),
    "read": read_case(),
    "refused, read": refused_case(reader="Ada", report=read_case().report),
    "turned": scored_case(inverted=True),
    "corner": scored_case(heat=heat(row=13, column=0)),
}
FILMS = {
    "whole": identity(BodyPartExamined="CHEST", PatientOrientation=["L", "F"], BurnedInAnnotation="NO"),
    "bare": identity(**dict.fromkeys((*MAY_BE_EMPTY, "SpecificCharacterSet"))),
    "cyrillic": identity(SpecificCharacterSet="ISO_IR 144", PatientName="ИВАНОВА^АННА"),
    "private": identity(SOPClassUID="1.3.46.670589.2.5.1.1"),
    "with frames": identity(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.2", WindowCenter="120", WindowWidth="150"),
    "chinese": identity(SpecificCharacterSet="GB18030", PatientName="Wang^XiaoDong=王^小东"),
}
# The film's own table, taken over as it is: it says 16 bits and has values of 10.
FAULTS_OF_FILMS = {"Registration__cxr.dcm": ("LookupTableData bad - Modality LUT - LUT Descriptor",)}


def output_of(program: str, *arguments: str | Path) -> str:
    """Output of a program from Debian's packages."""
    # The virtual environment has programs of the same names.
    path = shutil.which(program, path="/usr/bin:/usr/local/bin")
    if path is None:
        missing(f"no {program}: install Debian's packages (apt-get install dcmtk dicom3tools)")
    done = subprocess.run([path, *arguments], capture_output=True, check=False, timeout=PATIENCE)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0 or program == "dciodvfy", text
    return text


def check(case: Case, film: Film | None, who: Identity, folder: Path, **more: Any) -> list[tuple[str, str]]:
    """Write all results of a case, have them read, and give the modality and line of each error."""
    errors = []
    for result in dicom_results(case, film, who, prevalence=0.2, **more).objects:
        path = folder / f"{result.Modality}.dcm"
        result.save_as(path, enforce_file_format=True)
        output_of("dcmdump", "-q", path)
        if result.Modality == "SR":
            assert "Imaging Measurement Report" in output_of("dsrdump", path)
            shown = output_of("dsr2html", path)
            assert case.probability is None or f"{in_percent(case.probability)} %" in shown
        lines = output_of("dciodvfy", path).splitlines()
        errors += [(result.Modality, line) for line in lines if line.startswith("Error")]
    return errors


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("case", CASES)
def test_no_validator_finds_an_error(case: str, film: str, tmp_path: Path) -> None:
    assert check(CASES[case], FILM, FILMS[film], tmp_path) == []


@pytest.mark.parametrize("case", CASES)
def test_no_validator_finds_an_error_in_a_report_for_a_pacs_without_comprehensive_3d_sr(
    case: str, tmp_path: Path
) -> None:
    assert check(CASES[case], None, FILMS["whole"], tmp_path, report_class=ComprehensiveSRStorage) == []
    assert "Comprehensive SR Document" in output_of("dsrdump", tmp_path / "SR.dcm")


@pytest.mark.parametrize(
    "name",
    [
        "Registration__cxr.dcm",
        "dwv__gdcm-CR-MONO1-10-chest.dcm",
        "pydicom__6154.dcm",
        "AIHCND_C2_Starter__test1.dcm",
        "torchxrayvision__Fake_MONOHR1.dcm",
        "pydicom__SC_ybr_full_422_uncompressed.dcm",
    ],
)
@pytest.mark.parametrize("case", [scored_case(), refused_case()], ids=["urgent", "refused"])
def test_no_validator_finds_an_error_in_the_results_of_a_hospitals_film(
    case: Case, name: str, data_dir: Path, tmp_path: Path
) -> None:
    content = (data_dir / "dicom" / name).read_bytes()
    try:
        film = read_film(content)
    except FilmError:
        film = None
    errors = check(case, film, identity_of(content), tmp_path)
    own = [line for _, line in errors if not any(fault in line for fault in FAULTS_OF_FILMS.get(name, ()))]
    assert own == []


def test_dsrdump_shows_what_a_reader_wrote_in_any_alphabet(tmp_path: Path) -> None:
    check(read_case(), FILM, FILMS["chinese"], tmp_path)
    report = output_of("dsrdump", "+U8", "+Pl", tmp_path / "SR.dcm")
    assert "Rechts unten; справа, 肺炎." in report


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("kind", [{}, {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2", "NumberOfFrames": 1}])
def test_dcmtk_shows_the_film_through_the_presentation_state_as_the_app_does(
    kind: dict[str, Any], photometric: str, turned: bool, tmp_path: Path
) -> None:
    shown_by = {"PhotometricInterpretation": photometric, "WindowCenter": "120", "WindowWidth": "150"}
    content = dicom_film(**kind | shown_by)
    film = read_film(Adjusted(content, inverted=True) if turned else content)
    state = presentation_state(scored_case(inverted=turned), identity_of(content))
    assert state
    state.save_as(tmp_path / "state.dcm", enforce_file_format=True)
    (tmp_path / "film.dcm").write_bytes(content)

    output_of("dcmp2pgm", "-p", tmp_path / "state.dcm", tmp_path / "film.dcm", tmp_path / "shown.pgm")

    shown = cv2.imread(str(tmp_path / "shown.pgm"), cv2.IMREAD_GRAYSCALE).astype(int)
    assert shown.shape == film.pixels.shape
    assert np.abs(shown - display(film)).max() <= 2
