"""Which patient a DICOM file names, as pseudonyms."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr.film.dicom_file import text_of, values_of
from cxr.film.no_patient import names_patient

PATIENT_TAGS = (
    *("PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence"),
    *("OtherPatientIDs", "OtherPatientIDsSequence"),
)

_OTHER_SETS = (
    *("utf-8", "cp1251", "koi8_r", "iso8859_5", "cp1253", "cp1255", "cp1256", "cp874"),
    *("gb18030", "big5", "shift_jis", "euc_kr"),
)
"""Sets in which texts are written without one being declared, or as Latin-1."""
_LOST, _ESCAPE = "\N{REPLACEMENT CHARACTER}", "\x1b"
"""What a text has where its bytes are of another character set, or an escape sequence is of no known one."""


@dataclass(frozen=True, slots=True)
class PatientNumber:
    """Pseudonyms of one number of a patient.

    Attributes
    ----------
    pseudonym
        Of the number and its issuer.
    number
        Of the number alone: the same as `pseudonym` if the file names no issuer.
    """

    pseudonym: str
    number: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Pseudonyms of a patient: of Patient ID, as in `PatientNumber`, and of Other Patient IDs."""

    pseudonym: str
    number: str
    others: tuple[PatientNumber, ...] = ()


def patient_of(
    dataset: Dataset, pseudonym_of: Callable[[str], str], known_set: bool = True
) -> Patient | None:
    """Return the pseudonyms of the patient whom a header names; None if it names nobody.

    A number that cannot be decoded names nobody: with replaced characters, those of strangers look alike.

    Parameters
    ----------
    pseudonym_of
        Keyed hash of an issuer and a number with a backslash between them.
    known_set
        Whether the character set is known, so that a number may hold more than ASCII.
    """
    number, issuer = "\\".join(values_of(dataset, "PatientID")), _issuer(dataset)
    if not (_is_number(number) and _is_sure(number + issuer, known_set)):
        return None
    listed = dataset.get("OtherPatientIDsSequence")
    items = listed if isinstance(listed, Sequence) else ()
    others = [(text_of(one, "PatientID"), _issuer(one)) for one in items]
    others += [(other, "") for other in values_of(dataset, "OtherPatientIDs")]
    return Patient(
        pseudonym_of(f"{issuer}\\{number}"),
        pseudonym_of(f"\\{number}"),
        tuple(
            PatientNumber(pseudonym_of(f"{by}\\{other}"), pseudonym_of(f"\\{other}"))
            for other, by in dict.fromkeys(others)
            if _is_number(other)
            and _is_sure(other + by, known_set)
            and (other, by) not in ((number, issuer), (number, ""))
        ),
    )


def _is_number(text: str) -> bool:
    """Whether a text is more than a filler, also if it is declared as Latin-1 and is of another set."""
    readings = [text]
    if not text.isascii():
        for name in _OTHER_SETS:
            with suppress(UnicodeError):
                readings.append(text.encode("latin-1").decode(name))
    return all(map(names_patient, readings))


def _is_sure(text: str, known_set: bool) -> bool:
    """Whether a text was decoded with nothing lost or guessed."""
    return (known_set or text.isascii()) and _LOST not in text and _ESCAPE not in text


def _issuer(dataset: Dataset) -> str:
    """Return who issued a Patient ID: by name, else by the identifier of a qualifier (PS3.3 table 10-18)."""
    if named := text_of(dataset, "IssuerOfPatientID"):
        return named
    qualifiers = dataset.get("IssuerOfPatientIDQualifiersSequence")
    first = qualifiers[0] if isinstance(qualifiers, Sequence) and qualifiers else None
    return text_of(first, "UniversalEntityID") if first is not None else ""
