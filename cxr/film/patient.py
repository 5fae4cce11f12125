"""Which patient a DICOM file names, as pseudonyms."""

from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr.film.dicom_file import text_of

PATIENT_TAGS = ("PatientID", "IssuerOfPatientID", "OtherPatientIDsSequence")

# What modalities send as Patient ID where nobody entered one.
_PLACEHOLDERS = """
    ANON ANONYM ANONYMIZED ANONYMISED ANONYMOUS DEFAULT DUMMY EMERGENCY NA NIL NO NOID NONE NOPATIENTID
    NULL PATIENT PATIENTID TBD TEMP TEST TESTPATIENT UNBEKANNT UNDEFINED UNK UNKN UNKNOWN UNKNOWNPATIENT X
    XX XXX XXXX
"""
NO_PATIENT = frozenset(_PLACEHOLDERS.split())


@dataclass(frozen=True, slots=True)
class Patient:
    """Pseudonyms of a patient.

    Attributes
    ----------
    pseudonym
        Of Patient ID and its issuer.
    number
        Of Patient ID alone: the same as `pseudonym` if the file names no issuer.
    others
        Of Other Patient IDs, with and without their issuers.
    """

    pseudonym: str
    number: str
    others: tuple[str, ...] = ()


def patient_of(dataset: Dataset, pseudonym_of: Callable[[str], str]) -> Patient | None:
    """Return the pseudonyms of the patient whom a header names; None if it names nobody.

    Parameters
    ----------
    pseudonym_of
        Keyed hash of an issuer and a number with a backslash between them.
    """
    number, issuer = (text_of(dataset, name) for name in PATIENT_TAGS[:2])
    if not names_patient(number):
        return None
    listed = dataset.get("OtherPatientIDsSequence")
    others: list[str] = []
    for one in listed if isinstance(listed, Sequence) else ():
        other, by = (text_of(one, name) for name in PATIENT_TAGS[:2])
        if names_patient(other) and (other, by) != (number, issuer):
            others += [pseudonym_of(f"{by}\\{other}"), pseudonym_of(f"\\{other}")]
    return Patient(
        pseudonym_of(f"{issuer}\\{number}"), pseudonym_of(f"\\{number}"), tuple(dict.fromkeys(others))
    )


def names_patient(patient_id: str) -> bool:
    """Whether a Patient ID is more than a placeholder: not a word for unknown, nor zeros and marks alone."""
    word = "".join(filter(str.isalnum, patient_id)).upper()
    return word not in NO_PATIENT and bool(word.strip("0"))
