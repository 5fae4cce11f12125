"""A header that describes anything but a frontal chest film is a reason to refuse; a missing tag is not."""

from typing import Any

import numpy as np
import pytest
from film_files import dicom_file, ramp
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
    XRayRadiofluoroscopicImageStorage,
)

from cxr.film import FilmError, FilmErrorCode, read_film

FILM = ramp(top=4095, dtype=np.uint16)
LATERAL_CODE = Dataset()
LATERAL_CODE.CodeMeaning = "left lateral"
FRONTAL_CODE = Dataset()
FRONTAL_CODE.CodeMeaning = "postero-anterior"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"Modality": "CT"}, FilmErrorCode.WRONG_MODALITY),
        ({"Modality": "OT", "SOPClassUID": XRayRadiofluoroscopicImageStorage}, FilmErrorCode.WRONG_MODALITY),
        ({"Modality": "RF"}, FilmErrorCode.WRONG_MODALITY),
        ({"Modality": "PX"}, FilmErrorCode.WRONG_MODALITY),
        ({"Modality": None, "SOPClassUID": CTImageStorage}, FilmErrorCode.WRONG_MODALITY),
        (
            {"Modality": "", "SOPClassUID": DigitalMammographyXRayImageStorageForPresentation},
            FilmErrorCode.WRONG_MODALITY,
        ),
        ({"Modality": "MG", "SOPClassUID": SecondaryCaptureImageStorage}, FilmErrorCode.WRONG_MODALITY),
        ({"BodyPartExamined": "HAND"}, FilmErrorCode.WRONG_BODY_PART),
        ({"BodyPartExamined": "CSPINE"}, FilmErrorCode.WRONG_BODY_PART),
        ({"ViewPosition": "LL"}, FilmErrorCode.LATERAL),
        ({"ViewPosition": "RLO"}, FilmErrorCode.LATERAL),
        ({"ViewPosition": "lateral"}, FilmErrorCode.LATERAL),
        ({"ViewPosition": "LEFT LATERAL"}, FilmErrorCode.LATERAL),
        ({"ViewPosition": "UNKNOWN", "PatientOrientation": ["A", "F"]}, FilmErrorCode.LATERAL),
        ({"ViewCodeSequence": [LATERAL_CODE]}, FilmErrorCode.LATERAL),
        ({"PatientOrientation": ["A", "F"]}, FilmErrorCode.LATERAL),
        ({"PatientOrientation": ["PL", "F"]}, FilmErrorCode.LATERAL),
        ({"PresentationIntentType": "FOR PROCESSING"}, FilmErrorCode.FOR_PROCESSING),
        ({"SOPClassUID": DigitalXRayImageStorageForProcessing}, FilmErrorCode.FOR_PROCESSING),
        # The most helpful reason comes first: a small image of another modality is not a small film.
        ({"Modality": "US", "Rows": 20}, FilmErrorCode.WRONG_MODALITY),
    ],
)
def test_anything_but_a_frontal_chest_film_is_refused(header: dict[str, Any], code: FilmErrorCode) -> None:
    with pytest.raises(FilmError) as caught:
        read_film(dicom_file(FILM, **header))

    assert caught.value.code is code


@pytest.mark.parametrize(
    "header",
    [
        {"Modality": None},
        {"Modality": ""},
        *({"Modality": word} for word in ("XR", "rx", "X-RAY", "XRAY", "CXR")),
        {"Modality": "DX", "SOPClassUID": DigitalXRayImageStorageForPresentation},
        {"Modality": "OT"},
        {"Modality": "SC", "SOPClassUID": DigitalXRayImageStorageForPresentation},
        {"Modality": "OT", "SOPClassUID": SecondaryCaptureImageStorage},
        {"BodyPartExamined": ""},
        {"BodyPartExamined": "chest"},
        {"BodyPartExamined": "THORAX AP"},
        {"BodyPartExamined": "UNKNOWN"},
        {"ViewPosition": "AP"},
        {"ViewPosition": "", "PatientOrientation": ["L", "F"]},
        {"ViewPosition": "PA", "PatientOrientation": ["A", "F"]},
        {"ViewCodeSequence": [FRONTAL_CODE]},
        {"ViewCodeSequence": []},
        {"PatientOrientation": ""},
        {"PresentationIntentType": "FOR PRESENTATION"},
    ],
)
def test_a_chest_film_and_a_film_without_these_tags_are_read(header: dict[str, Any]) -> None:
    assert read_film(dicom_file(FILM, **header)).pixels.shape == FILM.shape


@pytest.mark.parametrize(
    ("header", "sex", "view"),
    [
        ({}, None, None),
        ({"PatientSex": "F", "ViewPosition": "PA"}, "F", "PA"),
        ({"PatientSex": "m", "ViewPosition": "ap"}, "M", "AP"),
        ({"PatientSex": "UNKNOWN", "ViewPosition": ""}, None, None),
    ],
)
def test_only_defined_terms_of_sex_and_view_are_accepted(
    header: dict[str, str], sex: str | None, view: str | None
) -> None:
    film = read_film(dicom_file(FILM, **header))

    assert (film.sex, film.view) == (sex, view)


@pytest.mark.parametrize(("said", "burned_in"), [("YES", True), ("NO", False), ("", False), (None, False)])
def test_burned_in_annotation_is_read_from_the_header(said: str | None, burned_in: bool) -> None:
    film = read_film(dicom_file(FILM, **({} if said is None else {"BurnedInAnnotation": said})))

    assert film.burned_in is burned_in
