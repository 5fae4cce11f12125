"""An acceptance test that runs in the background, while its page shows how far it is."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cxr.measure.labels import MOST_NAMED, LabelsError
from cxr.site import labelled
from cxr.site.acceptance import Acceptance, accept
from cxr.site.uploaded_labels import labels_of_cases, labels_of_films, list_and_films
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.not_possible import NotPossibleError
from cxr.worklist.store.database import WorklistError

if TYPE_CHECKING:
    from cxr.evidence.label import Label
    from cxr.measure.screened import ScreenedFilm
    from cxr.screening import Screener
    from cxr.site.limits import Limits
    from cxr.worklist.worklist import Worklist

FAILED = "The test failed and was not finished. Run it again."

Films = dict[int, "ScreenedFilm"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the site asks for, and what it expects of a day."""

    limits: Limits
    prevalence: float
    films_a_day: float


@dataclass(slots=True)
class AcceptanceTest:
    """A test that runs or has run.

    Attributes
    ----------
    done, total
        Films scored so far; a total of 0 says that nothing has to be scored.
    found, problem
        The result, or why there is none; both empty while it runs.
    who
        Who started it.
    """

    done: int = 0
    total: int = 0
    found: Acceptance | None = None
    problem: str = ""
    who: str = ""
    finished: threading.Event = field(default_factory=threading.Event)

    def run(self, films: Callable[[AcceptanceTest], Films], version: str, asked: Asked) -> None:
        """Take the films and measure them, in a thread of its own."""

        def work() -> None:
            try:
                taken = films(self)
                if not taken:
                    raise LabelsError(f"No labelled film was scored by {version}. Add labels or findings.")
                self.found = accept(taken, version, asked.limits, asked.prevalence, asked.films_a_day)
            except (LabelsError, WorklistError) as error:
                self.problem = str(error)
            except Exception as error:  # of a library: its text may name a patient
                self.problem = f"{FAILED} ({type(error).__name__})"
            finally:
                self.finished.set()

        threading.Thread(target=work, name="acceptance test", daemon=True).start()


class AcceptanceTests:
    """The tests of this server: one runs at a time, for each takes all of its processors, and all see it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: AcceptanceTest | None = None

    def running(self) -> AcceptanceTest | None:
        """Return the test that runs now, whoever started it."""
        latest = self._latest
        if latest is not None and latest.finished.is_set():
            # Its result belongs to those who see it, and not to this server for ever.
            self._latest = latest = None
        return latest

    def start(self, begin: Callable[[], AcceptanceTest]) -> AcceptanceTest:
        """Start a test.

        Raises
        ------
        NotPossibleError
            While another one runs.
        """
        with self._lock:
            if self.running():
                raise NotPossibleError("Another acceptance test is running. Wait until it has finished.")
            self._latest = started = begin()
            return started


def from_findings(worklist: Worklist, screener: Screener) -> Films:
    """Take the cases that readers have read, with their results, also where these are withheld."""
    read = worklist.ranked.every(Filter(ListView.READ), results=True)
    return labelled.from_worklist((row.case for row in read), screener.version, screener.card)


def from_list(
    uploads: Sequence[tuple[str, bytes]], worklist: Worklist, screener: Screener, test: AcceptanceTest
) -> Films:
    """Take the films of a list among uploaded files: cases of the worklist, or films uploaded with it.

    Raises
    ------
    LabelsError
        Where the list cannot be used.
    """
    table, films = list_and_films(uploads)
    of_cases = labels_of_cases(table)
    if of_cases is not None:
        return _of_cases(of_cases, worklist, screener)

    def show(done: int, total: int) -> None:
        test.done, test.total = done, total

    with tempfile.TemporaryDirectory() as folder:
        listed = labels_of_films(table, films, Path(folder))
        test.total = len(listed)
        return labelled.from_labels(listed, screener, show)


def _of_cases(labels: Mapping[int, Label], worklist: Worklist, screener: Screener) -> Films:
    cases = {
        row.case.number: row.case
        for list_view in (ListView.READ, ListView.TO_READ)
        for row in worklist.ranked.every(Filter(list_view), results=True)
        if row.case.number in labels
    }
    if missing := labels.keys() - cases.keys():
        numbers = ", ".join(map(str, sorted(missing)[:MOST_NAMED]))
        raise LabelsError(f"Not on the worklist, or dismissed: case {numbers}. Remove it from the list.")
    return labelled.from_worklist(cases.values(), screener.version, screener.card, labels)
