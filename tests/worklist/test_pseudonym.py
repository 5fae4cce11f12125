import stat
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_cases import at_once

from cxr.worklist.identity.pseudonym import KEY_FILE, Pseudonyms

PATIENT = "clinic\\MRN-4711"


def test_one_patient_has_one_pseudonym_also_after_a_restart(tmp_path: Path) -> None:
    first, restarted = Pseudonyms(tmp_path), Pseudonyms(tmp_path)

    assert first.of(PATIENT) == first.of(PATIENT) == restarted.of(PATIENT)


def test_two_patients_have_two_pseudonyms(tmp_path: Path) -> None:
    pseudonyms = Pseudonyms(tmp_path)
    identifiers = [PATIENT, "clinic\\4712", "other clinic\\MRN-4711", "clinic\\47", "\\MRN-4711"]

    assert len({pseudonyms.of(identifier) for identifier in identifiers}) == len(identifiers)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), min_size=1))
def test_a_pseudonym_is_32_hex_digits_of_any_identifier(tmp_path: Path, identifier: str) -> None:
    pseudonym = Pseudonyms(tmp_path).of(identifier)

    assert pseudonym and len(pseudonym) == 32 and set(pseudonym) <= set("0123456789abcdef")


def test_with_another_key_the_same_patient_is_another(tmp_path: Path) -> None:
    here, there = (Pseudonyms(tmp_path / clinic).of(PATIENT) for clinic in ("here", "there"))

    assert here != there


def test_the_key_is_long_random_and_for_its_owners_eyes_alone(tmp_path: Path) -> None:
    Pseudonyms(tmp_path).of(PATIENT)

    (key,) = tmp_path.iterdir()
    assert key.name == KEY_FILE and stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32 and len(set(key.read_bytes())) > 10


def test_programs_that_make_the_key_at_once_have_the_same(tmp_path: Path) -> None:
    for attempt in range(20):
        folder = tmp_path / str(attempt)

        made = at_once(*(lambda folder=folder: Pseudonyms(folder).of(PATIENT) for _ in range(4)))

        assert len(set(made)) == 1 and isinstance(made[0], str)
        assert [path.name for path in folder.iterdir()] == [KEY_FILE]
