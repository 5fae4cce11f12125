"""How fast the worklist answers what its pages ask, measured on made cases."""

import datetime
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cxr.film import Population
from cxr.lab.bench.generated_cases import fill
from cxr.lab.bench.served_app import database_of
from cxr.triage.flag import Flag
from cxr.worklist.case import State
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.ranked_list import PAGE, RankedList
from cxr.worklist.store.database import POSTGRESQL, Database, WorklistError
from cxr.worklist.worklist import CAP

REPEATS = 5


@dataclass(frozen=True, slots=True)
class PageTime:
    """Something that a page asks, and the milliseconds until the answer: in the middle, and at best."""

    question: str
    median: float
    fastest: float


def times_of(url: str, count: int) -> list[PageTime]:
    """Make cases in a database that holds none, and ask all that the worklist's pages ask, several times.

    Parameters
    ----------
    count
        At least 100, so that each page has something to show.

    Raises
    ------
    ValueError
        Where the database holds a case.
    WorklistError
        Where it cannot be opened or written.
    """
    now = datetime.datetime.now(datetime.UTC)
    fill(url, count, now, CAP)
    database = Database(url)
    try:
        return page_times(RankedList(database, CAP), now)
    finally:
        database.engine.dispose()


def page_times(ranked: RankedList, now: datetime.datetime) -> list[PageTime]:
    """Ask all that the worklist's pages ask, several times, of a list with at least three films to read."""
    to_read = ranked.counts(now).to_read
    deep = max(0, to_read - 2 * PAGE)
    number = ranked.page(offset=to_read // 2, now=now).rows[0].case.number
    one_flag = Filter(flags=frozenset({Flag.ROUTINE}))
    children = Filter(
        populations=frozenset({Population.CHILD}), arrived_from=now - datetime.timedelta(hours=12)
    )
    questions: dict[str, Callable[[], object]] = {
        "first page": lambda: ranked.page(now=now),
        "last page but one": lambda: ranked.page(offset=deep, now=now),
        "page by a common text": lambda: ranked.page(Filter(text="thorax"), now=now),
        "page by a rare text": lambda: ranked.page(Filter(text=f"{number:06d}"), now=now),
        "first page of a flag": lambda: ranked.page(one_flag, now=now),
        "deep page of a flag": lambda: ranked.page(one_flag, to_read // 3, now=now),
        "page of a state": lambda: ranked.page(Filter(states=frozenset({State.IN_READING})), now=now),
        "page of a population and time": lambda: ranked.page(children, now=now),
        "films that were read": lambda: ranked.page(Filter(ListView.READ), now=now),
        "films that were taken off": lambda: ranked.page(Filter(ListView.DISMISSED), now=now),
        "counts by lane": lambda: ranked.counts(now),
        "one case and its rank": lambda: ranked.ranked(number, now),
        "next to read": lambda: ranked.next_to_read(now),
        "neighbours of a case": lambda: ranked.neighbours(number, now=now),
    }
    return [_timed(question, ask) for question, ask in questions.items()]


@contextmanager
def temporary_database(server: str | None = None) -> Iterator[str]:
    """Make a database that is removed in the end, and give its URL.

    Parameters
    ----------
    server
        URL of a PostgreSQL database whose user may create databases; nothing in it is touched. By
        default a SQLite file in a temporary folder.

    Raises
    ------
    ValueError
        If the server is not PostgreSQL.
    WorklistError
        If no database can be created there.
    """
    if server is None:
        with tempfile.TemporaryDirectory(prefix="cxr-") as folder:
            yield database_of(Path(folder))
        return
    try:
        url = make_url(server)
    except ArgumentError:
        raise ValueError(
            "The server is not a valid URL. Write it as postgresql://USER@HOST/DATABASE."
        ) from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError(
            f"{url.get_backend_name()} is not a database server. Name a postgresql:// URL, or none for "
            "SQLite."
        )
    name = f"cxr_made_{secrets.token_hex(4)}"
    engine = create_engine(url.set(drivername=POSTGRESQL), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except (SQLAlchemyError, OSError) as error:
        raise WorklistError(
            f"No database can be created on that server ({type(error).__name__}). Check that it runs, "
            "and that the user of the URL may create databases."
        ) from None
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _timed(question: str, ask: Callable[[], object]) -> PageTime:
    milliseconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        milliseconds.append(1000 * (time.perf_counter() - began))
    return PageTime(question, statistics.median(milliseconds), min(milliseconds))
