"""Parts, which are batches of files, and the folder in which each becomes one complete Parquet file.

The plan of which files belong to which part is saved before the first film is read. So a part that is
repeated, after a kill or by a machine that was taken for dead, is the same part under the same name, and a
later run continues with the missing parts.
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

from cxr.film.counted import counted

if TYPE_CHECKING:
    import pyarrow

PLAN, PART = "_plan-", "part-"
"""Readers of Parquet folders skip names that begin with an underscore or a dot."""


class FolderError(Exception):
    """The folder of parts cannot be used; what to do about it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all films of a folder were scored with: model, stated population, prevalence."""

    model: str
    population: str
    prevalence: float


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are fetched, scored and written together."""

    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name derived from these files alone."""
        return hashlib.sha256("\n".join(self.files).encode(errors="surrogateescape")).hexdigest()[:32]


def parts_of(files: Sequence[str], size: int) -> list[Part]:
    """Split a list of files into parts."""
    return [Part(tuple(files[start : start + size])) for start in range(0, len(files), size)]


def part_schema() -> pyarrow.Schema:
    """Columns of a part: those of `score --json`, and the SHA-256 of the file."""
    import pyarrow as pa

    reason = pa.struct([("code", pa.string()), ("sentence", pa.string())])
    return pa.schema(
        [
            pa.field("file", pa.string(), nullable=False),
            pa.field("flag", pa.string(), nullable=False),
            ("probability", pa.float64()),
            ("reasons", pa.list_(reason)),
            ("population", pa.string()),
            pa.field("model", pa.string(), nullable=False),
            ("seconds", pa.float64()),
            ("released", pa.bool_()),
            ("sha256", pa.string()),
        ]
    )


class PartsFolder:
    """A folder of parts, local or by URL; one run at a time writes into it."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        self._filesystem, self._path = fsspec.core.url_to_fs(url)

    def planned(self, files: Sequence[str], terms: Terms, size: int) -> list[Part]:
        """Parts of these files: those of earlier runs, and new ones, whose plan is saved.

        Raises
        ------
        FolderError
            Where the folder holds rows of other terms, or parts that are in no plan.
        """
        earlier = [part for plan in self._plans(terms) for part in plan]
        strangers = self._written() - {part.name for part in earlier}
        if strangers:
            raise FolderError(
                f"{self.url} holds {counted(len(strangers), 'part that is', 'parts that are')} in none "
                "of its plans, so what was scored is unknown. Name another folder, or restore its files that "
                "begin with _plan-."
            )
        known = {file for part in earlier for file in part.files}
        asked = set(files)
        new = parts_of([file for file in files if file not in known], size)
        if new:
            self._write_plan(new, terms)
        return [part for part in earlier if asked.intersection(part.files)] + new

    def whole(self, parts: Sequence[Part]) -> set[str]:
        """Names of those parts that exist."""
        return self._written() & {part.name for part in parts}

    def write(self, part: Part, rows: Sequence[dict[str, Any]]) -> None:
        """Write a part; one that exists stays as it is."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(list(rows), schema=part_schema()), file, compression="zstd")
        self._put(f"{PART}{part.name}.parquet", file.getvalue())

    def read(self, part: Part) -> pyarrow.Table | None:
        """Rows of a part; None where it does not exist."""
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
                    f"{name} in {self.url} is damaged, so the films of its parts are unknown. Restore it, or "
                    "name another folder."
                ) from None
            if before != terms:
                raise FolderError(
                    f"{self.url} holds rows of other terms: {_differing(before, terms)}. They are not mixed: "
                    "name another folder, or score with the terms of this one."
                )
            yield parts

    def _write_plan(self, parts: Sequence[Part], terms: Terms) -> None:
        plan = json.dumps({"terms": asdict(terms), "parts": [part.files for part in parts]}).encode()
        self._put(f"{PLAN}{hashlib.sha256(plan).hexdigest()[:32]}.json", plan)

    def _written(self) -> set[str]:
        return {name[len(PART) : -len(".parquet")] for name in self._names(PART, ".parquet")}

    def _names(self, start: str, end: str) -> list[str]:
        # Some file systems cache their listings, and other machines write here as well.
        self._filesystem.invalidate_cache()
        if not self._filesystem.exists(self._path):
            return []
        names = (path.rsplit("/", 1)[-1] for path in self._filesystem.ls(self._path, detail=False))
        return sorted(name for name in names if name.startswith(start) and name.endswith(end))

    def _put(self, name: str, content: bytes) -> None:
        """Write a file under another name and move it, so that nobody sees half of it."""
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
    """Name the terms that differ, before and now."""
    ours = asdict(now)
    return ", ".join(
        f"{name} {value}, now {ours[name]}" for name, value in asdict(before).items() if value != ours[name]
    )
