"""A backup that was damaged or changed is recognised."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_cases import hand_in
from test_backup import back_up, ignore

from cxr.worklist.backup.manifest import BackupError, read_manifest
from cxr.worklist.backup.verify import verify_backup
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.worklist import Worklist

DATABASES = ("sqlite",)


def edit(manifest: Path, **values: object) -> None:
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | values))


DAMAGES: dict[str, Callable[[Path, Path, Path], object]] = {
    "Film .* is damaged": lambda film, _, __: film.write_bytes(film.read_bytes()[:-1]),
    "film .* is missing": lambda film, _, __: film.unlink(),
    "is not a film": lambda film, _, __: (
        film.rename(film.with_name("0")) and film.symlink_to(film.with_name("0"))
    ),
    "damaged or was changed": lambda _, database, __: database.write_bytes(database.read_bytes() + b"1"),
    "cannot be read": lambda _, database, __: database.unlink(),
    "another end of the audit trail": lambda _, __, manifest: edit(
        manifest, audit={"lines": 1, "sha256": "0" * 64}
    ),
    "films that the database does not": lambda _, __, manifest: edit(manifest, films={"0" * 64: 1}),
    "was changed, or written by a newer": lambda _, __, manifest: edit(manifest, version=2),
    "missing or damaged": lambda _, __, manifest: edit(manifest, pseudonym_key_sha256="0" * 64),
}


@pytest.mark.parametrize("told", DAMAGES)
def test_a_damaged_backup_is_recognised(worklist: Worklist, tmp_path: Path, told: str) -> None:
    case = hand_in(worklist)
    to = tmp_path / "backup"
    back_up(worklist, to)
    manifest = read_manifest(to)

    DAMAGES[told](
        FilmFiles(to / "films").path(case.sha256), to / manifest.database.name, to / "manifest.json"
    )

    try:
        found: tuple[str, ...] = verify_backup(to, ignore).faults
    except BackupError as error:
        found = (str(error),)
    assert any(re.search(told, fault) for fault in found), found
