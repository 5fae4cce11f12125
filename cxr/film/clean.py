"""Turn an incoming file into one that may be stored: the film, without the patient's identifiers."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from cxr.film.age import PatientAge
from cxr.film.deidentify import Deidentifier
from cxr.film.dicom import read_header
from cxr.film.dicom_start import is_dicom
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import Population, RequestedPriority
from cxr.film.identity import Identity, identifiers_in, identity_of
from cxr.film.limits import check_file_size
from cxr.film.metadata import without_metadata
from cxr.film.patient import Patient, patient_of
from cxr.film.read import DAMAGED, decode_film, raster_format


@dataclass(frozen=True, slots=True)
class CleanHeader:
    """What the header of a film file held.

    Attributes
    ----------
    pseudonym
        Replaces the patient's identifiers; `None` where the file had none.
    identity
        The original identifiers of a DICOM film.
    patient
        Pseudonyms by which the films of one patient are matched.
    age
        The age that its header gives, which the cleaned file gives as well; None if it may not be kept.
    """

    pseudonym: str | None = None
    requested: RequestedPriority | None = None
    identity: Identity | None = None
    patient: Patient | None = None
    age: PatientAge | None = None


@dataclass(frozen=True, slots=True)
class CleanFilm(CleanHeader):
    """A film file without metadata, or de-identified, and what its header held before."""

    content: bytes = field(repr=False, kw_only=True)


def clean_film(content: bytes, deidentifier: Deidentifier, pseudonym_of: Callable[[str], str]) -> CleanFilm:
    """Remove everything that identifies the patient; the pixels stay encoded as they were.

    Raises
    ------
    FilmError
        Where the content is not recognised, so that identifiers cannot be removed; with the header, where
        that can be read.
    """
    check_file_size(len(content))
    header: CleanHeader | None = None
    try:
        if not is_dicom(content):
            return CleanFilm(content=without_metadata(content, raster_format(content)))
        header = clean_header(content, deidentifier, pseudonym_of)
        values = [getattr(header, one.name) for one in fields(header)]
        return CleanFilm(*values, content=deidentifier.deidentified(content, header.pseudonym))
    except MemoryError:
        raise
    except Exception as error:  # decoders fail in a dozen ways, and their messages may hold patient data
        found = error if isinstance(error, FilmError) else FilmError(FilmErrorCode.DAMAGED, DAMAGED)
    # The reason is the one that reading the film gives.
    try:
        decode_film(content)
    except FilmError as error:
        found = error
    if not deidentifier.keeps_age:
        found.population = Population.UNKNOWN
    found.header = None if found.left_out else header
    raise found


def clean_header(
    content: bytes, deidentifier: Deidentifier, pseudonym_of: Callable[[str], str]
) -> CleanHeader:
    """Read the header of a DICOM film alone, as for `clean_film`; any exception means a damaged file."""
    header = read_header(content)
    names, known_set = identifiers_in(content)
    patient = patient_of(names, pseudonym_of, known_set)
    pseudonym = patient.pseudonym if patient else None
    age = header.age if deidentifier.keeps_age else None
    return CleanHeader(pseudonym, header.requested, identity_of(names), patient, age)
