"""The commands of `docs/install.md` that back up and restore a PostgreSQL worklist."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from made_cases import ADA, hand_in, read_case
from postgresql import Server
from sqlalchemy import text
from waiting import output_of
from wanting import missing

from cxr.worklist.backup.manifest import BackupError
from cxr.worklist.backup.verify import Verifying
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.worklist import Worklist

PAGE = Path(__file__).resolve().parents[2] / "docs" / "install.md"


def recipe(name: str) -> str:
    """The block of the page below a marker, but for the last command of `cxr`."""
    found = re.search(rf"<!-- postgresql {name} -->\n```\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found
    return found[1].replace("cxr verify\n", "")


def follow(name: str, url: str, films: Path, backup: Path) -> None:
    """Run a recipe as an administrator does; the test server listens on a socket only, unlike theirs."""
    parts = urlsplit(url)
    folder = Path(parse_qs(parts.query)["unix_sock"][0]).parent
    libpq = f"postgresql://{parts.username}@{parts.path}?host={folder}"
    places = {"CXR_DATABASE": libpq, "CXR_FILMS": str(films), "BACKUP": str(backup)}
    output_of("sh", "-eu", "-c", recipe(name), env=os.environ | places)


def faults(url: str, films: Path) -> tuple[str, ...]:
    return Verifying(Database(url), FilmFiles(films), settling_seconds=0).verify(lambda *_: None).faults


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_the_recipe_for_postgresql_gives_back_rows_films_and_trail(
    postgresql: Server, postgresql_template: str, tmp_path: Path
) -> None:
    if not shutil.which("pg_dump"):
        missing("no pg_dump: install Debian's package (apt-get install postgresql-client)")
    films, backup = tmp_path / "films", tmp_path / "backup"
    backup.mkdir()
    with postgresql.database(postgresql_template) as url, postgresql.database("template0") as new:
        worklist = Worklist(url, films)
        with pytest.raises(BackupError, match=r"Back up PostgreSQL with pg_dump"):
            worklist.backup.make(backup, None, lambda *_: None)
        read_case(worklist, hand_in(worklist))
        hand_in(worklist, 1)
        follow("backup", url, films, backup)
        follow("restore", new, tmp_path / "new", backup)

        restored = Worklist(new, tmp_path / "new")
        assert restored.audit.verify() == worklist.audit.verify()
        assert faults(url, films) == () == faults(new, tmp_path / "new")
        assert names(tmp_path / "new") == names(films)
        assert hand_in(restored, 2).number == 3 and restored.audit.lines()[0].who == ADA
        with pytest.raises(WorklistError) as error, Database(new).writing() as session:
            session.execute(text("DELETE FROM audit"))
        assert "append-only" in str(error.value.__context__)
