"""Worklists on both databases: SQLite, and PostgreSQL of Debian's package."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from empty_worklist import empty_database
from postgresql import Server, running_postgresql

from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist

BOTH = ("sqlite", "postgresql")
TEMPLATE = "worklist_template"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server for this run of the tests."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Server) -> str:
    """Name of a PostgreSQL worklist without cases, to copy."""
    postgresql.run(f"CREATE DATABASE {TEMPLATE}")
    Database(postgresql.url(TEMPLATE)).engine.dispose()
    return TEMPLATE


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database() as url:
            yield url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Test a module on both databases, or on those that it names because the other shows nothing more."""
    if "url" in metafunc.fixturenames:
        metafunc.parametrize("url", getattr(metafunc.module, "DATABASES", BOTH), indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a worklist's database without cases."""
    if request.param == "sqlite":
        yield empty_database(tmp_path)
    else:
        server: Server = request.getfixturevalue("postgresql")
        with server.database(request.getfixturevalue("postgresql_template")) as url:
            yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The database of such a worklist."""
    database = Database(url)
    yield database
    database.engine.dispose()


@pytest.fixture
def worklist(url: str, tmp_path: Path) -> Worklist:
    """An empty worklist."""
    return Worklist(url, tmp_path / "films")
