"""Fetch past films: ask for studies day by day, choose among them, and get what is not there yet."""

import datetime
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeVar

from cxr.film.counted import counted
from cxr.pacs.archive import (
    AnswerError,
    Archive,
    BusyError,
    FetchError,
    PastFilm,
    UnreachableError,
)
from cxr.pacs.fetched import Keeping

TRIES = 3
FAILURES_IN_A_ROW = 5
"""Days or studies that fail one after the other: then it is the PACS, not one of them."""
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which films are fetched.

    Attributes
    ----------
    since, until
        First and last study date.
    studies
        So many studies with a chest film, chosen at random; None: all, by date.
    seed
        Chooses others. With the same seed the same studies are chosen, also after more have arrived.
    films
        So many films at most, those that are there already included.
    only_count
        Get no film.

    Raises
    ------
    ValueError
        If the first date comes after the last.
    """

    since: datetime.date
    until: datetime.date
    studies: int | None = None
    seed: int = 0
    films: int | None = None
    only_count: bool = False

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"{self.since} comes after {self.until}.")

    @property
    def days(self) -> list[datetime.date]:
        """Every day from the first to the last."""
        length = (self.until - self.since).days + 1
        return [self.since + datetime.timedelta(days=one) for one in range(length)]


@dataclass(slots=True)
class Fetched:
    """What came of it so far.

    Attributes
    ----------
    found
        Studies with a radiograph in the period.
    studies
        Those asked for their films that may show a chest.
    films
        Films of these.
    there
        Of them, films that were there before.
    fetched
        Films that arrived.
    not_kept
        Objects that arrived and were not kept, by reason.
    failures
        Days, studies and films that the PACS did not give, by reason.
    stopped
        Whether a person stopped it before the end.
    """

    found: int = 0
    studies: int = 0
    films: int = 0
    there: int = 0
    fetched: int = 0
    not_kept: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    stopped: bool = False


class Fetch:
    """Fetches the films of a period. What one study does wrong costs that study only.

    Parameters
    ----------
    pause
        Seconds before a second attempt, where the PACS cannot be reached or is out of resources; doubles
        with each further one.
    progress
        Called with a line about how far it is, often.
    notice
        Called with a line that a person should see.
    stop
        Set to end after the film being fetched.

    Attributes
    ----------
    fetched
        What came of it so far.
    """

    def __init__(
        self,
        archive: Archive,
        keeping: Keeping,
        wanted: Wanted,
        pause: float,
        progress: Callable[[str], None],
        notice: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._archive = archive
        self._keeping = keeping
        self._wanted = wanted
        self._pause = pause
        self._progress = progress
        self._notice = notice
        self._stop = stop
        self._failed_in_a_row = 0
        self.fetched = Fetched()

    def run(self) -> None:
        """Fetch, and count in `fetched`, also up to an error.

        Raises
        ------
        FetchError
            If the PACS gives nothing more: running it again goes on from there.
        """
        try:
            for study in self._chosen():
                self._study(study)
        except _StoppedError:
            self.fetched.stopped = True
        finally:
            self._archive.close()

    def _chosen(self) -> Iterator[str]:
        """Yield studies until there are enough."""
        done, wanted = self.fetched, self._wanted
        for study in self._found():
            if wanted.studies is not None and done.studies >= wanted.studies:
                return
            if wanted.films is not None and done.films >= wanted.films:
                return
            yield study

    def _found(self) -> list[str]:
        """Ask for the studies of every day: by date, or in random order."""
        days, studies = self._wanted.days, dict[str, None]()
        for number, day in enumerate(days, start=1):
            answer = self._asked(partial(self._archive.studies, day))
            self._note(answer is not None)
            studies |= dict.fromkeys(sorted(answer or ()))
            found = counted(len(studies), "study", "studies")
            self._progress(f"Asked for {number} of {counted(len(days), 'day')}: {found}.")
        self.fetched.found = len(studies)
        if self._wanted.studies is None:
            return list(studies)
        return sorted(studies, key=self._draw)

    def _draw(self, study: str) -> bytes:
        return hashlib.sha256(f"{self._wanted.seed} {study}".encode()).digest()

    def _study(self, study: str) -> None:
        done, wanted = self.fetched, self._wanted
        films = self._asked(lambda: self._archive.films(study))
        if not films:
            self._note(films is not None)
            return
        done.studies += 1
        room = len(films) if wanted.films is None else wanted.films - done.films
        films = films[:room]
        done.films += len(films)
        missing = [film for film in films if not self._keeping.has(film.instance)]
        done.there += len(films) - len(missing)
        if not wanted.only_count:
            self._note(all([self._film(film) for film in missing]))
        verb = "Found" if wanted.only_count else "Fetched"
        asked = wanted.studies
        studies = (
            f"{done.studies} of {counted(asked, 'study', 'studies')}"
            if asked
            else counted(done.studies, "study", "studies")
        )
        number = done.films if wanted.only_count else done.fetched
        self._progress(
            f"{verb} {counted(number, 'film')}, {counted(done.there, 'was', 'were')} there: {studies}."
        )

    def _film(self, film: PastFilm) -> bool:
        """Get one film; return whether the PACS gave it."""
        answer = self._asked(lambda: _Got(self._archive.fetch(film)))
        if answer is None:
            return False
        if answer.content is not None:
            reason = self._keeping.keep(film.instance, answer.content)
            self.fetched.not_kept.update([reason] if reason else [])
            self.fetched.fetched += reason is None
            return True
        arrived = self._keeping.has(film.instance)
        self.fetched.fetched += arrived
        self.fetched.failures.update([] if arrived else ["A film was sent and did not arrive."])
        return arrived

    def _asked(self, question: Callable[[], Answer]) -> Answer | None:
        """Ask until there is an answer; None where there will be none, which is counted."""
        for attempt in count(1):
            if self._stop.is_set():
                raise _StoppedError
            try:
                return question()
            except (UnreachableError, BusyError) as error:
                if attempt == TRIES and isinstance(error, UnreachableError):
                    raise
                failure: FetchError = error
            except AnswerError as error:
                failure = error
            if attempt == TRIES or isinstance(failure, AnswerError):
                self.fetched.failures[str(failure)] += 1
                return None
            pause = self._pause * 2 ** (attempt - 1)
            self._notice(f"{failure} Next attempt in {pause:g} seconds.")
            self._stop.wait(pause)
        raise AssertionError("unreachable")

    def _note(self, succeeded: bool) -> None:
        """Stop where one day or study after the other fails."""
        self._failed_in_a_row = 0 if succeeded else self._failed_in_a_row + 1
        if self._failed_in_a_row == FAILURES_IN_A_ROW:
            [(failure, _)] = self.fetched.failures.most_common(1)
            raise FetchError(f"{FAILURES_IN_A_ROW} requests in a row failed. {failure}")


@dataclass(frozen=True, slots=True)
class _Got:
    """An answer to C-GET, or to C-MOVE, which brings nothing itself."""

    content: bytes | None


class _StoppedError(Exception):
    """A person stopped it."""
