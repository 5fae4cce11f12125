from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, ramp
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cxr.film import Population, RequestedPriority, read_film
from cxr.film.dicom import read_header

UNCOMPRESSED = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian]


@pytest.mark.parametrize(
    ("header", "population", "age_years"),
    [
        ({"PatientAge": "012Y"}, Population.CHILD, 12.0),
        ({"PatientAge": "006M"}, Population.CHILD, 0.5),
        (
            {"PatientAge": "045Y", "PatientBirthDate": "20200101", "StudyDate": "20210101"},
            Population.CHILD,
            1.0,
        ),
        (
            {"PatientBirthDate": "20000615", "StudyDate": "20180614"},
            Population.CHILD,
            17 + 11 / 12,
        ),
        ({"PatientBirthDate": "20000615", "StudyDate": "20180615"}, Population.ADULT, 18.0),
        ({}, Population.UNKNOWN, None),
    ],
)
def test_the_population_comes_from_the_header(
    header: dict[str, str], population: Population, age_years: Any
) -> None:
    film = read_film(dicom_file(ramp(), **header))

    assert film.population is population
    assert film.age_years == age_years


def request(priority: str | None) -> Dataset:
    """A request that a film fulfils."""
    dataset = Dataset()
    dataset.RequestedProcedureID = "1"
    if priority is not None:
        dataset.RequestedProcedurePriority = priority
    return dataset


@pytest.mark.parametrize(
    ("said", "requests", "requested"),
    [
        (None, [], None),
        ("STAT", [], RequestedPriority.STAT),
        (" stat", [], RequestedPriority.STAT),
        ("HIGH", [], RequestedPriority.HIGH),
        ("MEDIUM", [], None),
        ("LOW", [], None),
        ("", [None, "ROUTINE"], None),
        (None, ["LOW", "HIGH"], RequestedPriority.HIGH),
        (None, ["HIGH", "STAT"], RequestedPriority.STAT),
        ("STAT", ["LOW"], RequestedPriority.STAT),
        ("HIGH", ["STAT"], RequestedPriority.STAT),
    ],
)
@pytest.mark.parametrize("transfer_syntax", UNCOMPRESSED)
def test_the_highest_priority_of_film_and_requests_applies(
    said: str | None, requests: list[str | None], requested: RequestedPriority | None, transfer_syntax: UID
) -> None:
    header: dict[str, Any] = {"RequestedProcedurePriority": said} if said is not None else {}
    if requests:
        header["RequestAttributesSequence"] = [request(priority) for priority in requests]

    header_read = read_header(dicom_file(ramp(), transfer_syntax=transfer_syntax, **header))

    assert header_read.requested is requested


@pytest.mark.parametrize("representation", [b"LO", b"US", b"IS"])
def test_a_film_with_an_unreadable_request_is_still_read(representation: bytes) -> None:
    data = dicom_file(ramp(), RequestAttributesSequence=[request("STAT")])
    tag, header = b"\x40\x00\x75\x02", 12
    start = data.index(tag + b"SQ")
    length = int.from_bytes(data[start + 8 : start + header], "little")
    broken = tag + representation + length.to_bytes(2, "little")

    data = data[:start] + broken + data[start + header :]

    assert read_header(data).requested is None
    np.testing.assert_array_equal(read_film(data).pixels, ramp())
