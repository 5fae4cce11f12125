"""What a film costs the database: measured on a PostgreSQL server, in a database of its own."""

from __future__ import annotations

import io
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from sqlalchemy import text

from cxr.film import Population
from cxr.worklist.audit import Action, Entry
from cxr.worklist.database import Database
from cxr.worklist.page_times import temporary_database
from cxr.worklist.scoring import Scored
from cxr.worklist.store import Worklist

if TYPE_CHECKING:
    from cxr.screening import Reading

SIDE = 128
"""As small as a film may be: the database is measured, not the decoding."""
BATCH = 8
WHO = "throughput"


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """What was measured.

    Attributes
    ----------
    server, cores
        Version of PostgreSQL; cores of the machine that measured, and that the server ran on.
    films, clients
        Films that were handed in, and processes that did it side by side.
    accepts_alone, accepts_together
        Films a second that are put on the list, each on disk and in a transaction of its own: by one process,
        and by all clients.
    records
        Films a second of which one process takes and writes down what is said, 8 in a transaction.
    lines_alone, lines_together
        Lines a second of the audit trail, each in a transaction of its own.
    case_bytes, audit_bytes
        Bytes a film takes in the table of cases with thumbnail, heat map and indexes, and in the audit trail.
    wal_bytes
        Bytes a film writes to the server's log, from the door to its score.
    """

    server: str
    cores: int
    films: int
    clients: int
    accepts_alone: float
    accepts_together: float
    records: float
    lines_alone: float
    lines_together: float
    case_bytes: float
    audit_bytes: float
    wal_bytes: float


def measure_database(
    server: str, readings: Sequence[tuple[Reading, bytes]], films: int, clients: int
) -> DatabaseFigures:
    """Hand films in, score them with readings of others, and look what that cost.

    Parameters
    ----------
    server
        URL of a PostgreSQL database whose user may make databases beside it.
    readings
        Readings of real films and their thumbnails: as large as a row will be.
    films
        Half of them is handed in by one process, half by all clients.
    """
    with temporary_database(server) as url, tempfile.TemporaryDirectory(prefix="cxr-") as folder:
        worklist = Worklist(url, Path(folder))
        database = Database(url)
        context = multiprocessing.get_context("spawn")
        with context.Pool(clients, _open, (url, folder)) as pool:
            pool.map(_ready, range(4 * clients), 1)
            began_log = _number(database, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
            half = films // 2
            accepts_alone = _rate(half, lambda: pool.apply(_accept_all, (range(half),)))
            accepts_together = _rate(films - half, lambda: pool.map(_accept, range(half, films), BATCH))
            records = _rate(films, lambda: _record_all(worklist, readings))
            log = _number(database, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn") - began_log
            case_bytes = _number(database, "SELECT pg_total_relation_size('cases')") / films
            audit_bytes = _number(database, "SELECT pg_total_relation_size('audit')") / films
            lines_alone = _rate(half, lambda: pool.apply(_note_all, (range(half),)))
            lines_together = _rate(films - half, lambda: pool.map(_note, range(half, films), BATCH))
        with database.reading() as session:
            version = str(session.scalar(text("SHOW server_version"))).split()[0]
        database.engine.dispose()
    return DatabaseFigures(
        server=version,
        cores=os.cpu_count() or 1,
        films=films,
        clients=clients,
        accepts_alone=round(accepts_alone, 1),
        accepts_together=round(accepts_together, 1),
        records=round(records, 1),
        lines_alone=round(lines_alone, 1),
        lines_together=round(lines_together, 1),
        case_bytes=round(case_bytes),
        audit_bytes=round(audit_bytes),
        wal_bytes=round(log / films),
    )


_opened: list[Worklist] = []


def _open(url: str, folder: str) -> None:
    _opened.append(Worklist(url, Path(folder)))


def _ready(_: int) -> None:
    """Tell that a client has opened its worklist, and let the others get there too."""
    time.sleep(0.2)


def _accept(seed: int) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG", compress_level=0)
    _opened[0].intake.accept(f"made-{seed}.png", file.getvalue(), Population.CHILD, WHO)


def _accept_all(seeds: range) -> None:
    for seed in seeds:
        _accept(seed)


def _note(number: int) -> None:
    _opened[0].audit.note(Entry(WHO, Action.SAW, case=number + 1))


def _note_all(numbers: range) -> None:
    for number in numbers:
        _note(number)


def _record_all(worklist: Worklist, readings: Sequence[tuple[Reading, bytes]]) -> None:
    while cases := worklist.scoring.claim(WHO, BATCH):
        worklist.scoring.record(WHO, [Scored(case, *readings[case.number % len(readings)]) for case in cases])


def _rate(count: int, run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return count / (time.perf_counter() - began)


def _number(database: Database, question: str) -> int:
    with database.reading() as session:
        return int(session.scalar(text(question)) or 0)
