"""Make of a file that comes in one that may be kept: the film, and nothing that tells who it is of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import dcmread

from cxr.film.deidentify import Deidentifier
from cxr.film.dicom import is_dicom, read_header
from cxr.film.dicom_pixels import inflated
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import RequestedPriority
from cxr.film.identity import Identity, identity_of
from cxr.film.limits import check_file_size
from cxr.film.metadata import without_metadata
from cxr.film.patient import PATIENT_TAGS, Patient, patient_of
from cxr.film.read import DAMAGED, raster_format


@dataclass(frozen=True, slots=True)
class CleanFilm:
    """A film file that names nobody, and what its header said before.

    Attributes
    ----------
    content
        The file without metadata, or de-identified.
    pseudonym
        What stands for the patient; nothing where the file named none.
    identity
        The original identifiers of a DICOM film.
    patient
        Pseudonyms by which the films of one patient are matched.
    age_years
        Exact age, which the stored file gives in whole weeks or years; None if it may not be kept.
    """

    content: bytes = field(repr=False)
    pseudonym: str | None = None
    requested: RequestedPriority | None = None
    identity: Identity | None = None
    patient: Patient | None = None
    age_years: float | None = None


def clean_film(content: bytes, deidentifier: Deidentifier, pseudonym_of: Callable[[str], str]) -> CleanFilm:
    """Take out of a film file what tells who it is of; the picture stays as it was coded.

    Raises
    ------
    FilmError
        Where it cannot be told what is in the file, so that nothing can be taken out of it.
    """
    check_file_size(len(content))
    try:
        if not is_dicom(content):
            return CleanFilm(without_metadata(content, raster_format(content)))
        header = read_header(content)
        names = dcmread(
            BytesIO(inflated(content)), stop_before_pixels=True, force=True, specific_tags=list(PATIENT_TAGS)
        )
        patient = patient_of(names, pseudonym_of)
        pseudonym = patient.pseudonym if patient else None
        clean = deidentifier.deidentified(content, pseudonym)
        age = header.age_years if deidentifier.keeps_age else None
        return CleanFilm(clean, pseudonym, header.requested, identity_of(content), patient, age)
    except FilmError:
        raise
    except Exception:  # decoders fail in a dozen ways, and their messages may hold patient data
        raise FilmError(FilmErrorCode.DAMAGED, DAMAGED) from None
