"""Files of the kinds that hospitals send: the reading of each gives what `odd/expected.csv` says.

A kind that has no line here is read or refused with a sentence, so that the folder can grow.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from cxr.film import Film, FilmError, FilmErrorCode, Population, read_film
from cxr.film.clean import clean_film
from cxr.film.deidentify import Deidentifier
from cxr.film.identity import identity_of
from cxr.quality.check import RefusalCode, check_film

ADULT, CHILD, UNKNOWN = Population.ADULT, Population.CHILD, Population.UNKNOWN
BOTH = (ADULT, CHILD)


@dataclass(frozen=True, slots=True)
class Expected:
    """What reading and checking a film gives; `codes` are refusals or the error's code."""

    population: Population = ADULT
    codes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


SCORED = Expected()
TABLE: dict[str, dict[str, Expected]] = {
    "values for display": {
        "dx_voi_lut_and_window.dcm": SCORED,
        "window_width_zero.dcm": Expected(ignored=("WindowWidth",)),
        "dx_voi_lut_function_empty.dcm": SCORED,
        "dx_window_two_centers_one_width.dcm": SCORED,
        "voi_lut_item_empty_window_valid.dcm": Expected(ignored=("VOILUTSequence",)),
        "window_decimal_comma.dcm": SCORED,
        "leadtools_grey_jpeg_empty_luts.dcm": Expected(
            UNKNOWN, ignored=("ModalityLUTSequence", "VOILUTSequence")
        ),
        "window_8_bit_on_12_bit.dcm": Expected(codes=(RefusalCode.TOO_BRIGHT,)),
        "pixel_representation_missing.dcm": Expected(ignored=("PixelRepresentation",)),
    },
    "identifiers": {
        "accession_number_23_chars.dcm": SCORED,
        "patient_id_66_chars.dcm": SCORED,
        "study_uid_leading_zero.dcm": SCORED,
        "name_ideographic_only.dcm": SCORED,
        "patient_id_UNKNOWN_man_76.dcm": SCORED,
        "patient_id_UNKNOWN_girl_5.dcm": Expected(CHILD),
    },
    "re-sent": {
        "resent_1_first.dcm": SCORED,
        "resent_2_patient_id_corrected.dcm": SCORED,
        "resent_4_implicit_vr.dcm": SCORED,
    },
    "age": {
        "infant_age_6M.dcm": Expected(CHILD, (RefusalCode.UNSUPPORTED_AGE,)),
        "infant_age_006m_lower.dcm": Expected(CHILD, (RefusalCode.UNSUPPORTED_AGE,)),
        "adult_age_42Y.dcm": SCORED,
        "adult_birth_date_acr_nema_dots.dcm": SCORED,
        "birthday_first.dcm": Expected(CHILD),
        "birthday_6th.dcm": Expected(CHILD),
    },
    "body part and view": {
        "body_part_UNKNOWN.dcm": SCORED,
        "body_part_TORAX_accent_latin1.dcm": SCORED,
        "body_part_chest_cyrillic.dcm": SCORED,
        "view_LEFT_LATERAL_frontal_pixels.dcm": Expected(codes=(FilmErrorCode.LATERAL,)),
        "study_pa.dcm": SCORED,
        "study_lateral.dcm": Expected(codes=(FilmErrorCode.LATERAL,)),
    },
    "pixels": {
        "mono_header_three_component_jpeg.dcm": SCORED,
        "trailing_zeros_512.dcm": SCORED,
        "jpeg_lossless_no_end_delimiter_nuls.dcm": SCORED,
        "twelve_bits_high_bit_15.dcm": SCORED,
        "grey_palette_secondary_capture.dcm": SCORED,
    },
    "not a film": {
        "cd_DICOMDIR": Expected(codes=(FilmErrorCode.NOT_A_FILM,)),
        "cd_AUTORUN.INF": Expected(codes=(FilmErrorCode.NOT_A_FILM,)),
    },
    "read before": {
        "PASS_agfa_rescale_slope_minus_10.dcm": SCORED,
        "PASS_agfa_voi_lut_descriptor_16_data_12.dcm": SCORED,
        "PASS_monochrome1_presentation_lut_inverse.dcm": SCORED,
        "PASS_jpeg_lossless_16_allocated_8_stored.dcm": SCORED,
        "PASS_overlay_bits_in_bit_12.dcm": SCORED,
        "PASS_rgb_capture_with_ct_window.dcm": SCORED,
        "PASS_jpeg_four_fragments_no_offsets.dcm": SCORED,
        "PASS_name_three_groups_japanese.dcm": SCORED,
        "PASS_phone_photo_exif_6.jpg": Expected(UNKNOWN),
        "PASS_photo_of_lightbox.jpg": Expected(UNKNOWN),
    },
}
CASES = [(kind, name, expected) for kind, files in TABLE.items() for name, expected in files.items()]
TAGS = {
    "accession_number_23_chars.dcm": ("AccessionNumber", "RAD-2026-0301-000123456"),
    "patient_id_66_chars.dcm": ("PatientID", "HOSP1/" + "9" * 60),
    "study_uid_leading_zero.dcm": ("StudyInstanceUID", "1.2.840.00123.4"),
    "name_ideographic_only.dcm": ("PatientName", "=王^小东"),
    "PASS_name_three_groups_japanese.dcm": ("PatientName", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "window_decimal_comma.dcm": ("WindowCenter", "2047.5"),
}


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    place = data_dir / "odd"
    if not place.is_dir():
        pytest.skip("There are no odd files here: the folder odd/ of the data is absent.")
    return place


def content(folder: Path, name: str) -> bytes:
    if not (folder / name).exists():
        pytest.skip(f"There is no file {name} in the folder odd/ of the data.")
    return (folder / name).read_bytes()


def stored(data: bytes) -> bytes:
    """The file that the worklist keeps of one that came."""
    return clean_film(data, Deidentifier(b"k" * 32), lambda _: "pseudonym").content


def read(data: bytes) -> tuple[Film | None, tuple[str, ...]]:
    try:
        film = read_film(data)
    except FilmError as error:
        return None, (error.code,)
    return film, tuple(refusal.code for refusal in check_film(film, film.population, BOTH).refusals)


@pytest.mark.parametrize(("kind", "name", "expected"), CASES, ids=[name for _, name, _ in CASES])
def test_a_file_of_each_kind_is_read_alike_as_it_comes_and_as_it_is_stored(
    folder: Path, kind: str, name: str, expected: Expected
) -> None:
    data = content(folder, name)

    film, codes = read(data)

    assert codes == expected.codes, kind
    if film:
        assert (film.population, film.ignored) == (expected.population, expected.ignored)
        again, codes_again = read(stored(data))
        assert again is not None and codes_again == codes
        assert (again.population, again.age_years) == (film.population, film.age_years)
        assert (again.pixels == film.pixels).all()


def test_every_other_file_is_read_or_refused_with_a_sentence(folder: Path) -> None:
    with (folder / "expected.csv").open(newline="") as file:
        names = {row["file"] for row in csv.DictReader(file)}

    for name in sorted(names - {name for _, name, _ in CASES}):
        film, codes = read(content(folder, name))
        assert film is not None or len(codes) == 1, name


@pytest.mark.parametrize("name", TAGS)
def test_identifiers_are_kept_as_they_came(folder: Path, name: str) -> None:
    keyword, value = TAGS[name]

    assert str(identity_of(content(folder, name)).dataset[keyword].value) == value


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("name_ideographic_only.dcm", "王, 小东"),
        ("PASS_name_three_groups_japanese.dcm", "Yamada, Tarou"),
        ("study_pa.dcm", "Doe, Jane"),
    ],
)
def test_the_name_is_shown_from_the_first_group_that_holds_one(folder: Path, name: str, shown: str) -> None:
    assert identity_of(content(folder, name)).patient_name == shown


def test_patients_called_unknown_are_not_joined(folder: Path) -> None:
    for name in ("patient_id_UNKNOWN_man_76.dcm", "patient_id_UNKNOWN_girl_5.dcm"):
        data = content(folder, name)
        assert clean_film(data, Deidentifier(b"k" * 32), str).patient is None
        assert identity_of(data).patient_id == "UNKNOWN"
