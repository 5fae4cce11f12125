"""Films that a worker held when its process died: each is tried by itself.

A decoder's fault, or more memory than there is, takes the process with it and not only the film. Taken again
with others, such a film would end one process after another, and nothing behind it would ever be scored.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from cxr.film.errors import FAILED, FilmErrorCode
from cxr.triage.flag import Reason
from cxr.worklist.queue.scoring_queue import Scored
from cxr.worklist.queue.worker import score_waiting

if TYPE_CHECKING:
    from cxr.screening import Screener
    from cxr.worklist.worklist import Worklist

log = logging.getLogger(__name__)

DEATHS = 2
"""A film that so many processes died of, alone, is refused: the first may have been killed by somebody."""


class QuarantineRun:
    """What the parent of a worker process knows of its deaths."""

    def __init__(self, worklist: Worklist) -> None:
        self._worklist = worklist
        self._deaths: Counter[int] = Counter()
        self.worker: str | None = None
        """Worker whose films are to be tried one by one before anything else."""

    def died(self, worker: str | None) -> bool:
        """Tell of a death; true where it was that of the film on trial, which is refused now.

        Parameters
        ----------
        worker
            Name of the process that died; nothing where it died before it was ready, for which no film is
            to blame.

        Raises
        ------
        WorklistError
            The database is out of reach.
        """
        refused = self.worker is not None and worker is not None and self._blame(self.worker)
        self.worker = self.worker or worker
        if self.worker and not self._worklist.scoring.held(self.worker):
            self.worker = None
        return refused

    def over(self) -> None:
        """Tell that all films on trial were scored."""
        self.worker = None

    def end(self) -> None:
        """Let others take what is on trial."""
        if self.worker:
            self._worklist.scoring.give_back(self.worker)

    def _blame(self, worker: str) -> bool:
        """Of films that are tried in order, the first that is still held was the one at work."""
        held = self._worklist.scoring.held(worker)
        if not held:
            return False
        self._deaths[held[0]] += 1
        if self._deaths[held[0]] < DEATHS:
            return False
        cases = self._worklist.scoring.claim(worker, 1, numbers=held[:1])
        said = Reason(FilmErrorCode.FAILED, FAILED)
        log.error("Case %d was refused: no process survives its film.", held[0])
        return bool(self._worklist.scoring.record(worker, [Scored(case, error=said) for case in cases]))


def try_one_by_one(
    worklist: Worklist, screener: Screener, worker: str, scored: Callable[[int], None]
) -> None:
    """Score what a dead worker held, under its name, each film by itself.

    Parameters
    ----------
    scored
        Called with 1 for each film that was written down.
    """
    for number in worklist.scoring.held(worker):
        if score_waiting(worklist, screener, batch_size=1, worker=worker, numbers=[number]):
            scored(1)
