"""A PostgreSQL server of Debian's package for the tests: started for a run, empty, thrown away after it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pg8000.native import Connection
from wanting import missing

USER = "cxr"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # A test server may lose everything in a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # Far from UTC, so that a moment which is kept in local time shows.
    "timezone": "Asia/Kathmandu",
}


class Server:
    """A running server.

    Parameters
    ----------
    folder
        Where its socket lies.
    """

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / ".s.PGSQL.5432")
        self._connection = Connection(USER, database="postgres", unix_sock=self._socket)
        self._numbers = count()

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql://{USER}@/{database}?unix_sock={self._socket}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database, give its URL, and drop it in the end, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """Run one statement as the server's owner."""
        self._connection.run(statement)

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()


@contextmanager
def running_postgresql() -> Iterator[Server]:
    """Start a server and stop it in the end; the test is skipped where PostgreSQL is not installed."""
    programs = _programs()
    # The path of a socket may have 107 bytes, and those of pytest's folders are longer.
    folder = Path(tempfile.mkdtemp(prefix="cxr-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        control = (programs / "pg_ctl", "-D", data, "-w", "-s")
        _run(*control, "-l", folder / "log", "-o", f"-k {folder} {options}", "start")
        try:
            server = Server(folder)
            yield server
            server.close()
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Folder of the newest version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        missing("no PostgreSQL: install Debian's package (apt-get install postgresql)")
    return found[-1]


def _run(*command: str | Path) -> None:
    """Run one of the programs; they refuse to run as root."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    subprocess.run(
        command,
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        user=user and user.pw_uid,
        group=user and user.pw_gid,
        extra_groups=[] if user else None,
    )
