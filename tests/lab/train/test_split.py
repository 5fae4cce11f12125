import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from lab.train.synthetic_films import labelled
from made_films import grey_level, grey_levels

from cxr.lab.train.split import SHARES, Part, assign_parts, same_films

PIXELS = grey_levels(40)


@given(st.lists(st.integers(0, 9).map(str), min_size=1, max_size=40))
def test_films_of_one_patient_are_never_in_two_parts(patients: list[str]) -> None:
    films = [labelled(i, patient=patient) for i, patient in enumerate(patients)]
    parts = assign_parts(films, PIXELS[: len(films)])
    part_of = dict(zip(patients, parts, strict=True))
    assert parts == [part_of[patient] for patient in patients]


def test_the_part_of_a_patient_is_the_same_whoever_else_is_there() -> None:
    films = [labelled(i) for i in range(40)]
    parts = assign_parts(films, PIXELS)
    assert assign_parts(films[::-1], PIXELS[::-1]) == parts[::-1]
    assert assign_parts(films[:7], PIXELS[:7]) == parts[:7]


def test_patients_stay_where_they_were_in_earlier_versions() -> None:
    films = [labelled(i, patient=patient) for i, patient in enumerate(("p0", "p4", "p20"))]
    assert assign_parts(films, PIXELS[:3]) == [Part.FIT, Part.HOLDOUT, Part.TUNE]


def test_patients_who_share_a_copy_of_a_film_are_one_patient() -> None:
    films = [labelled(i) for i in range(40)]
    parts = assign_parts(films, PIXELS)
    first, second = 0, next(i for i in range(40) if parts[i] is not parts[0])
    third = next(i for i in range(40) if i not in (first, second))
    # The second patient has a copy of the first one's film, and another film of which the third has a copy.
    joined = [films[first], films[second], labelled(90, patient=films[second].patient_id), films[third]]
    pixels = np.stack([PIXELS[first], PIXELS[first], PIXELS[second], PIXELS[second]])
    assert len(set(assign_parts(joined, pixels))) == 1


def test_the_same_identifier_in_two_sources_is_two_patients() -> None:
    films = [labelled(i, patient=str(i // 2), source=("east", "west")[i % 2]) for i in range(40)]
    parts = assign_parts(films, PIXELS)
    assert parts[::2] != parts[1::2]


def test_a_copy_is_found_in_spite_of_noise_and_another_film_is_none() -> None:
    noise = np.random.default_rng(0).integers(-3, 4, PIXELS[0].shape)
    copy = np.clip(PIXELS[0].astype(int) + noise, 0, 255).astype(np.uint8)
    assert same_films(np.stack([PIXELS[0], PIXELS[1], copy])) == [(0, 2)]


def test_blank_films_are_not_taken_for_copies() -> None:
    assert same_films(np.zeros((3, 64, 64), dtype=np.uint8)) == []


def test_parts_have_about_the_shares_they_should() -> None:
    films = [labelled(i) for i in range(1000)]
    parts = assign_parts(films, np.stack([grey_level(i, 16, 16) for i in range(1000)]))
    for part, share in SHARES.items():
        assert abs(parts.count(part) / 1000 - share) < 0.035
