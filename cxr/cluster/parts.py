"""Batches of files, and the folder in which each leaves one Parquet file: whole, or not at all.

Which files stand in which part is written down before the first film is read. So a part that is done
again, after a kill or by a machine that was taken for dead, is the same part under the same name, and a later
run goes on with the parts that are not there.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cxr.cluster.row import schema

if TYPE_CHECKING:
    import pyarrow

PLAN, PART = "_plan-", "part-"
"""What readers of Parquet folders leave out begins with an underscore or a dot."""


class FolderError(Exception):
    """The folder of parts cannot be used; what to do about it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all films of a folder were scored by: model, population as stated, share of pneumonia."""

    model: str
    population: str
    prevalence: float


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are read, scored and written together."""

    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name that these files alone give."""
        return hashlib.sha256("\n".join(self.files).encode(errors="surrogateescape")).hexdigest()[:32]


def parts_of(files: Sequence[str], size: int) -> list[Part]:
    """Cut a list of files into parts."""
    return [Part(tuple(files[start : start + size])) for start in range(0, len(files), size)]


class PartsFolder:
    """A folder of parts, local or by URL; one run at a time writes into it."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        self._filesystem, self._path = fsspec.core.url_to_fs(url)

    def planned(self, files: Sequence[str], terms: Terms, size: int) -> list[Part]:
        """Parts in which these files stand: of earlier runs, and new ones, which are written down.

        Raises
        ------
        FolderError
            Where the folder holds rows of other terms, or parts that no plan names.
        """
        earlier = [part for plan in self._plans(terms) for part in plan]
        strangers = self._written() - {part.name for part in earlier}
        if strangers:
            raise FolderError(
                f"{self.url} holds {len(strangers)} parts that no plan in it names, so nobody can tell which "
                "films they hold. Name another folder, or put its files back that begin with _plan-."
            )
        known = {file for part in earlier for file in part.files}
        asked = set(files)
        new = parts_of([file for file in files if file not in known], size)
        if new:
            self._write_plan(new, terms)
        return [part for part in earlier if asked.intersection(part.files)] + new

    def whole(self, parts: Sequence[Part]) -> set[str]:
        """Names of those parts that are there."""
        return self._written() & {part.name for part in parts}

    def write(self, part: Part, rows: Sequence[dict[str, Any]]) -> None:
        """Write a part; one that is there stays as it is."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema()), file, compression="zstd")
        self._put(f"{PART}{part.name}.parquet", file.getvalue())

    def read(self, part: Part) -> pyarrow.Table | None:
        """Rows of a part; nothing where it is not there."""
        import pyarrow.parquet as pq

        path = self._at(f"{PART}{part.name}.parquet")
        if not self._filesystem.exists(path):
            return None
        return pq.read_table(io.BytesIO(self._filesystem.cat_file(path)))

    def _plans(self, terms: Terms) -> Iterator[list[Part]]:
        for name in self._names(PLAN, ".json"):
            try:
                plan = json.loads(self._filesystem.cat_file(self._at(name)))
                before, parts = Terms(**plan["terms"]), [Part(tuple(files)) for files in plan["parts"]]
            except (ValueError, KeyError, TypeError):
                raise FolderError(
                    f"{name} in {self.url} is damaged, so nobody can tell which films its parts hold. Put it "
                    "back as it was, or name another folder."
                ) from None
            if before != terms:
                raise FolderError(
                    f"{self.url} holds rows of other terms: {_differing(before, terms)}. They are not mixed: "
                    "name another folder, or score on the terms of this one."
                )
            yield parts

    def _write_plan(self, parts: Sequence[Part], terms: Terms) -> None:
        said = json.dumps({"terms": asdict(terms), "parts": [part.files for part in parts]}).encode()
        self._put(f"{PLAN}{hashlib.sha256(said).hexdigest()[:32]}.json", said)

    def _written(self) -> set[str]:
        return {name[len(PART) : -len(".parquet")] for name in self._names(PART, ".parquet")}

    def _names(self, start: str, end: str) -> list[str]:
        # What was listed before is remembered by some file systems, and others write here as well.
        self._filesystem.invalidate_cache()
        if not self._filesystem.exists(self._path):
            return []
        names = (path.rsplit("/", 1)[-1] for path in self._filesystem.ls(self._path, detail=False))
        return sorted(name for name in names if name.startswith(start) and name.endswith(end))

    def _put(self, name: str, content: bytes) -> None:
        """Write a file beside its place and move it there, so that nobody sees half of it."""
        place, beside = self._at(name), self._at(f".partial-{secrets.token_hex(8)}")
        self._filesystem.makedirs(self._path, exist_ok=True)
        self._filesystem.pipe_file(beside, content)
        try:
            if _is_local(self._filesystem):
                with open(beside, "rb") as file:
                    os.fsync(file.fileno())
                os.replace(beside, place)
            elif not self._filesystem.exists(place):
                self._filesystem.mv(beside, place)
        finally:
            if self._filesystem.exists(beside):
                self._filesystem.rm_file(beside)

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"


def _is_local(filesystem: Any) -> bool:
    protocol = filesystem.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)


def _differing(before: Terms, now: Terms) -> str:
    """Name what differs, as it is there and as it would be now."""
    ours = asdict(now)
    return ", ".join(
        f"{name} {said}, now {ours[name]}" for name, said in asdict(before).items() if said != ours[name]
    )
