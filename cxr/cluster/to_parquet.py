"""Results as rows of Parquet: one file for each part, one row for each film."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cxr.cluster.job import Done, Job
from cxr.cluster.parts import Part, PartsFolder
from cxr.film import FilmError
from cxr.film.left_out import left_out_at
from cxr.score_row import score_row, unread_row
from cxr.screening import Screener


@dataclass(frozen=True, slots=True)
class ToParquet:
    """A folder, local or by URL, that every machine reaches."""

    url: str

    def desk(self, job: Job, screener: Screener) -> ParquetDesk:
        """Open the folder on this machine."""
        return ParquetDesk(PartsFolder(self.url), job, screener)


class ParquetDesk:
    """Scores parts into a folder."""

    def __init__(self, folder: PartsFolder, job: Job, screener: Screener) -> None:
        self._folder, self._job, self._screener = folder, job, screener

    def take(self, part: Part, contents: Sequence[bytes | FilmError]) -> Done:
        """Score the films of a part and write it, unless it exists already."""
        if (written := self._folder.read(part)) is not None:
            return _done(part, written.to_pylist())
        rows, left_out = self._rows(part, contents)
        self._folder.write(part, rows)
        return _done(part, rows, left_out)

    def _rows(
        self, part: Part, contents: Sequence[bytes | FilmError]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Make a row of each film, as `cxr score` does, and list what the other files are."""
        stated, version = self._job.stated, self._job.version
        outcomes = self._screener.screen((one, stated) for one in contents if isinstance(one, bytes))
        rows, left_out = [], []
        for name, content in zip(part.files, contents, strict=True):
            file = _text(name)
            if isinstance(content, FilmError):
                rows.append(unread_row(file, stated, content, version) | {"sha256": None})
                continue
            outcome = next(outcomes)
            if outcome.error and (other := left_out_at(content)):
                left_out.append(other.kind)
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            rows.append(score_row(file, stated, outcome, version) | {"sha256": sha256})
        return rows, left_out


def _text(name: str) -> str:
    """A file's name as Parquet can hold it: bytes that are not valid UTF-8 are escaped."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _done(part: Part, rows: Sequence[dict[str, Any]], left_out: Sequence[str] = ()) -> Done:
    refused = sum(row["flag"] == "refused" for row in rows)
    unread = sum(row["seconds"] is None for row in rows)
    return Done(part.name, len(rows), refused - unread, unread, left_out=tuple(left_out))
