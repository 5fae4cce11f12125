"""Results on the shared worklist: every film becomes a case, then is scored under a lease."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cxr.cluster.job import Done, Job, Unread
from cxr.cluster.parts import Part
from cxr.film import FilmError
from cxr.film.sandbox import left_out
from cxr.screening import Screener
from cxr.worklist.queue.worker import POLL_SECONDS, score_waiting, worker_name
from cxr.worklist.worklist import Worklist, WorklistSettings

AT_ONCE = 1000
"""Cases that one statement asks for."""


@dataclass(frozen=True, slots=True)
class ToWorklist:
    """A worklist whose database and folder of films every machine reaches.

    Attributes
    ----------
    settings
        Hold the database's password, and are never printed.
    who
        Who adds the films, for the audit trail.
    """

    settings: WorklistSettings = field(repr=False)
    who: str

    def desk(self, job: Job, screener: Screener) -> WorklistDesk:
        """Open the worklist on this machine."""
        return WorklistDesk(Worklist.of(self.settings), self.who, job, screener)


class WorklistDesk:
    """Adds parts to the worklist and scores them."""

    def __init__(self, worklist: Worklist, who: str, job: Job, screener: Screener) -> None:
        self._worklist, self._who, self._job, self._screener = worklist, who, job, screener

    def take(self, part: Part, contents: Sequence[bytes | FilmError]) -> Done:
        """Add the films of a part to the worklist, and score those that nobody has scored or holds.

        Files that never were films are left out, as by `cxr worklist import`.

        The lease is in the name of the part: an actor that repeats it after a kill takes the lease over.
        """
        numbers: list[int] = []
        off_list, kinds = [], []
        for file, content in zip(part.files, contents, strict=True):
            if isinstance(content, FilmError):
                off_list.append(Unread(file, content.sentence))
                continue
            if other := left_out(content):
                kinds.append(other.kind)
                continue
            name = file.rsplit("/", 1)[-1]
            accepted = self._worklist.intake.accept(name, content, self._job.stated, self._who, only_new=True)
            numbers.append(accepted.number)
        score_all(self._worklist, self._screener, self._job.batch_size, f"cluster {part.name}", numbers)
        films = len(part.files) - len(kinds)
        return Done(part.name, films, cases=tuple(numbers), off_list=tuple(off_list), left_out=tuple(kinds))


def score_all(
    worklist: Worklist, screener: Screener, batch_size: int, worker: str, numbers: Sequence[int]
) -> int:
    """Score all of these cases that can be claimed, and return how many."""
    count = 0
    while scored := score_waiting(worklist, screener, batch_size, worker, numbers):
        count += scored
    return count


def finish(settings: WorklistSettings, job: Job, numbers: Sequence[int]) -> int:
    """Wait until all of these cases are scored, score those nobody holds, and return how many were refused.

    Cases left by now are held by a worker of the app, or by one that died: its lease will expire.
    """
    worklist = Worklist.of(settings)
    screener = None
    while waiting := worklist.scoring.unscored(numbers):
        screener = screener or job.screener()
        if not score_all(worklist, screener, job.batch_size, worker_name(), waiting[:AT_ONCE]):
            time.sleep(POLL_SECONDS)
    return worklist.scoring.refused(numbers)
