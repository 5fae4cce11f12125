"""A film that is sent again: what changed, and whether it has to be scored again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cxr.film import FilmError, FilmErrorCode, Population
from cxr.film.clean import CleanFilm
from cxr.film.redaction import Corner
from cxr.film.resent import Comparison, Resent
from cxr.film.sandbox import compare, redacted
from cxr.triage.words import POPULATION_WORDS
from cxr.worklist.queue.added_film import AddedFilm, decoded
from cxr.worklist.queue.scoring_queue import CHANGED_FILE
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.rows import note_change, unscore
from cxr.worklist.store.schema import FilmRow

AGAIN = (FilmErrorCode.FAILED, FilmErrorCode.NOT_FOUND, CHANGED_FILE)
"""Reasons that may no longer hold once the same film is added again: the program or its file was at fault."""
CHANGED = (
    "The film was sent again with changes after it was read. This result is of the film as it was then; "
    "if the finding is undone, the film is scored again."
)
RETURNED = (
    "The film was sent again after its pixels had been removed. This result is the one that was read; if the "
    "finding is undone, the film is scored again."
)
NOT_COMPARED = (
    "The film was sent again after its pixels had been removed, so that it could not be compared with the "
    "one that was read. This result is of that one; if the finding is undone, the film is scored again."
)
"""Notes on a film that was read."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a film that is sent again.

    Attributes
    ----------
    content
        The file that is to be kept: the one that came, redacted where the kept one is.
    exchanged
        Whether black and white were exchanged, as a person may have had it done here before.
    film_differs
        Whether pixels, age or view of the film changed.
    scores_differ
        Whether they or the population changed, so that the result may be another.
    words
        For the history, without values that identify a patient.
    """

    content: bytes
    other_pixels: bool
    exchanged: bool
    film_differs: bool
    scores_differ: bool
    words: tuple[str, ...]


class Resends:
    """Compares films that are sent again with those that are kept, and brings their rows up to date."""

    def __init__(self, films: FilmFiles) -> None:
        self._films = films

    def compared(self, film: FilmRow, one: AddedFilm) -> Change:
        """Compare what was sent with the film that is kept; raises `DecodeFirst` until they are decoded."""
        assert isinstance(one.film, CleanFilm)
        content, sha256 = one.film.content, one.sha256
        if film.redaction and sha256 != film.sha256:
            content = _redacted(content, film, one)
            sha256 = self._films.sha256_of(content)
        found = Comparison(Resent.SAME)
        if sha256 != film.sha256 and film.purged_at is None:
            if self._films.holds(film.sha256):
                found = self._comparison(film.sha256, sha256, content, one)
            else:  # nothing to compare with, so that the result may be of other pixels
                found = Comparison(Resent.SHOWN_DIFFERENTLY, ("file replaced",))
        words = list(found.words)
        if sha256 != film.sha256 and film.purged_at is not None:
            words.append("not compared with the pixels removed before")
        if found.resent is Resent.SHOWN_DIFFERENTLY and not words:
            words.append("display")
        aged, stated = one.age_years != film.age_years, _stated(film, one)
        if aged:
            words.insert(0, "age")
        population = one.known_population(one.age_years, stated)
        if population != film.population and (aged or stated != film.stated):
            words.append(f"population: {_word(film.population)} to {_word(population)}")
        differs = aged or found.resent is not Resent.SAME
        scores_differ = differs or stated != film.stated
        other = found.resent is Resent.OTHER_PIXELS
        return Change(content, other, found.exchanged, differs, scores_differ, tuple(words))

    def _comparison(self, kept: str, sent: str, content: bytes, one: AddedFilm) -> Comparison:
        def compare_both() -> Comparison:
            try:
                return compare(self._films.path(kept).read_bytes(), content)
            except FilmError:  # the child died or was late: both films are kept
                return Comparison(Resent.OTHER_PIXELS)

        return decoded(one.comparisons, f"{kept} {sent}", compare_both)

    def update(self, film: FilmRow, one: AddedFilm, change: Change) -> bool:
        """Bring a film's row up to what was sent, and return whether the film is scored again.

        What was read keeps its result, with a note, until the finding is undone, also where its pixels had
        been removed.
        """
        assert isinstance(one.film, CleanFilm)
        failed = any(reason["code"] in AGAIN for reason in film.reasons)
        if film.identity == film.sha256 and one.uid and film.conflicts_with is None:
            film.identity = one.uid  # an earlier version knew it by its file
        # A purge may have removed the file a moment ago; none does while the case is locked.
        sha256 = self._films.keep(change.content)
        note = CHANGED if change.film_differs else ""
        if film.purged_at is not None:
            note = RETURNED if sha256 == film.sha256 and not note else NOT_COMPARED
        film.sha256 = sha256
        # A negative that a person had inverted here comes as a positive now.
        film.inverted = film.inverted and not change.exchanged
        wanted = change.scores_differ or failed or film.purged_at is not None
        film.purged_at = None
        if film.case.read_at is not None or not wanted:
            if note:
                note_change(film, note)
            return False
        # The file that is kept is the one that came, so its age is the film's, also where it has none.
        film.age_years = one.age_years
        film.stated = _stated(film, one)
        film.population = one.known_population(film.age_years, Population(film.stated))
        unscore(film)
        return True


def _stated(film: FilmRow, one: AddedFilm) -> Population:
    """The population as stated last; stating none withdraws none."""
    return Population(film.stated) if one.stated is Population.UNKNOWN else one.stated


def _word(population: str) -> str:
    return POPULATION_WORDS[Population(population)]


def _redacted(content: bytes, film: FilmRow, one: AddedFilm) -> bytes:
    """Redact a film that is sent again as the one that is kept."""
    box, inverted = film.redaction or {}, film.inverted
    corners = [Corner(corner) for corner in box["corners"]]

    def redact() -> bytes:
        return redacted(content, corners, box["width"], box["height"], inverted)

    return decoded(one.redactions, json.dumps([box, inverted], sort_keys=True), redact)
