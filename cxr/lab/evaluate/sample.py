"""Some films of many, chosen by a hash of their patients, so that they are the same on every machine."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from cxr.evidence.label import Label
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import Patient


def draw(patient: Patient, purpose: str) -> float:
    """Draw a number from 0 to 1, the same for a patient every time, another one for another purpose.

    The purpose keeps the draw apart from that of `cxr.lab.train.split`, whose parts are shares of its range.
    """
    return int.from_bytes(hashlib.sha256("/".join((purpose, *patient)).encode()).digest()[:8]) / 2**64


def balanced_sample(films: Sequence[LabelledFilm], at_most: int) -> list[LabelledFilm]:
    """Keep whole patients: from each population the same number of films of each label, where available.

    A population with too few films of a label leaves their share unused. Films labelled `other` are left
    out. The films come in the order given.
    """
    films = [film for film in films if film.label is not Label.OTHER]
    of_patient: dict[Patient, Counter[tuple[str, str]]] = {}
    for film in films:
        of_patient.setdefault(film.patient, Counter())[film.population, film.label] += 1
    strata = {stratum for counted in of_patient.values() for stratum in counted}
    room = Counter(dict.fromkeys(strata, at_most // max(1, len(strata))))
    chosen = set()
    for patient in sorted(of_patient, key=lambda patient: draw(patient, "sample")):
        if of_patient[patient] <= room:
            room -= of_patient[patient]
            chosen.add(patient)
    return [film for film in films if film.patient in chosen]
