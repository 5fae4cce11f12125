"""A DICOM object that is no image, such as a report, read as a whole and passed on as JSON."""

import json
from io import BytesIO

from pydicom import dcmread

from cxr.film.character_set_terms import with_known_character_sets
from cxr.film.inflate import inflated
from cxr.film.unreadable import remove_unreadable


def document_of(content: bytes) -> str:
    """Give an object as DICOM JSON (PS3.18 F), without pixels and without what cannot be read.

    Any exception means a damaged object; its message may hold patient data.

    Raises
    ------
    FilmError
        If it has more elements than a film may have.
    """
    file = BytesIO(with_known_character_sets(inflated(content)))
    dataset = dcmread(file, force=True, stop_before_pixels=True)
    remove_unreadable(dataset)
    return json.dumps(dataset.to_json_dict(suppress_invalid_tags=True))
