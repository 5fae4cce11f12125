"""Every file of the public DICOM collection gives the expected result; a new file there needs a line here."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from cxr.film import FilmErrorCode, Population, read_film
from cxr.film.decode import store_uncompressed, stored_values
from cxr.quality.check import RefusalCode
from cxr.screening import Screener

SCORED = "scored"
GIVES: dict[str, str] = {
    "AIHCND_C2_Starter__test1.dcm": SCORED,
    "AIHCND_C2_Starter__test2.dcm": SCORED,
    "AIHCND_C2_Starter__test3.dcm": SCORED,
    "Registration__cxr.dcm": SCORED,
    "Registration__photo.dcm": FilmErrorCode.WRONG_MODALITY,
    "dicom-test-files__NM1_RLE.dcm": FilmErrorCode.WRONG_MODALITY,
    "dicom-test-files__RG2_JPLL.dcm": FilmErrorCode.WRONG_BODY_PART,
    "dicom-test-files__RG3_JPLY.dcm": FilmErrorCode.WRONG_BODY_PART,
    "dicom-test-files__XA1_JLSN.dcm": FilmErrorCode.WRONG_MODALITY,
    "dwv__bbmri-53323419.dcm": FilmErrorCode.WRONG_MODALITY,
    "dwv__gdcm-CR-MONO1-10-chest.dcm": SCORED,
    "dwv__nema-nm1_jpll.dcm": FilmErrorCode.WRONG_MODALITY,
    "fo-dicom__CR-MONO1-10-chest.dcm": SCORED,
    "fo-dicom__GH064.dcm": FilmErrorCode.WRONG_MODALITY,
    "fo-dicom__JPEGwithIcon.dcm": FilmErrorCode.WRONG_MODALITY,
    "fo-dicom__chrX2.dcm": FilmErrorCode.TOO_SMALL,
    "highdicom__seg_image_ct_binary_overlap.dcm": FilmErrorCode.WRONG_MODALITY,
    "highdicom__sm_image_numbers.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom-data__OBXXXX1A_rle.dcm": FilmErrorCode.WRONG_MODALITY,  # stated by the collection
    "pydicom-data__OBXXXX1A_rle_2frame.dcm": FilmErrorCode.WRONG_MODALITY,  # likewise
    "pydicom-data__RG1_J2KI.dcm": SCORED,
    "pydicom-data__RG3_J2KI.dcm": FilmErrorCode.WRONG_BODY_PART,
    "pydicom-data__SC_rgb_expb_16bit_2frame.dcm": FilmErrorCode.MULTIPLE_IMAGES,
    "pydicom-data__liver_deflate.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom__5011.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom__6154.dcm": FilmErrorCode.WRONG_BODY_PART,
    "pydicom__6293.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom__SC_ybr_full_422_uncompressed.dcm": FilmErrorCode.TOO_SMALL,
    "pydicom__examples_ybr_color.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom__rtdose_1frame.dcm": FilmErrorCode.WRONG_MODALITY,
    "pydicom__rtdose_expb.dcm": FilmErrorCode.WRONG_MODALITY,
    "torchxrayvision__1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm": SCORED,
    # Its tag was changed from MONOCHROME2: the pixels show that it is inverted.
    "torchxrayvision__Fake_MONOHR1.dcm": RefusalCode.INVERTED,
}
# The same images with tags that pass the header checks, so that only the pixels are tested.
RADIOGRAPHS_OF_OTHER_PARTS = {
    "dicom-test-files__RG2_JPLL.dcm": (2140, 1760),
    "dicom-test-files__RG3_JPLY.dcm": (1760, 1760),
    "pydicom-data__RG3_J2KI.dcm": (1760, 1760),
    "dicom-test-files__XA1_JLSN.dcm": (1024, 1024),
    "dicom-test-files__NM1_RLE.dcm": (1024, 256),
    "dwv__nema-nm1_jpll.dcm": (1024, 256),
    "fo-dicom__GH064.dcm": (256, 256),
}


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "dicom"


def called_a_chest_film(file: Path) -> bytes:
    dataset, changed = dcmread(file), BytesIO()
    dataset.Modality, dataset.BodyPartExamined = "CR", "CHEST"
    dcmwrite(changed, dataset)
    return changed.getvalue()


def test_every_file_has_a_line_here(folder: Path) -> None:
    assert {file.name for file in folder.glob("*.dcm")} == set(GIVES)


@pytest.mark.parametrize("name", GIVES)
def test_a_file_gives_the_expected_result(name: str, folder: Path, screener: Screener) -> None:
    (outcome,) = screener.screen([(folder / name, Population.UNKNOWN)])

    if outcome.error:
        assert outcome.error.code == GIVES[name]
    else:
        assert outcome.result
        codes = [refusal.code for refusal in outcome.result.quality_check.refusals]
        assert (codes or [SCORED]) == [GIVES[name]]


@pytest.mark.parametrize("name", RADIOGRAPHS_OF_OTHER_PARTS)
def test_the_pixels_of_every_transfer_syntax_are_read(name: str, folder: Path) -> None:
    film = read_film(called_a_chest_film(folder / name))

    assert film.pixels.shape == RADIOGRAPHS_OF_OTHER_PARTS[name]
    assert np.ptp(film.pixels) > film.white / 2


@pytest.mark.parametrize("coding", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_a_real_film_is_the_same_in_every_lossless_compression(coding: str, folder: Path) -> None:
    plain, coded = (dcmread(folder / "Registration__cxr.dcm") for _ in range(2))
    file, again = BytesIO(), BytesIO()
    for one in (plain, coded):
        store_uncompressed(one, stored_values(one, one.file_meta.TransferSyntaxUID))
    coded.compress(coding)
    dcmwrite(file, plain)
    dcmwrite(again, coded)

    np.testing.assert_array_equal(read_film(file.getvalue()).pixels, read_film(again.getvalue()).pixels)


def test_age_sex_and_view_are_read_from_the_header(folder: Path) -> None:
    film = read_film(folder / "pydicom-data__RG1_J2KI.dcm")

    assert (film.population, film.sex, film.view) == (Population.ADULT, "F", "PA")
    assert film.age_years == pytest.approx(64 + 5 / 12)
