"""Backups from the shell: make one, restore one, verify one or the worklist itself."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.loading import fail, load_settings, open_worklist
from cxr.cli.progress import progress_bars
from cxr.film.counted import counted
from cxr.settings import Settings
from cxr.worklist.audit.second_place import SecondPlace
from cxr.worklist.backup.backup import BackedUp
from cxr.worklist.backup.manifest import BackupError, Manifest, Model
from cxr.worklist.backup.restore import restore as restore_backup
from cxr.worklist.backup.verify import Verification, verify_backup
from cxr.worklist.store.database import WorklistError

SUMS = "SHA256SUMS"
"""File of a bundle whose digest stands for the whole bundle."""
POSTGRESQL = (
    "CXR_DATABASE names a server. 'cxr restore' restores SQLite worklists; restore PostgreSQL with "
    "pg_restore and a copy of the folder of CXR_FILMS: docs/install.md has the commands."
)


def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="Folder of the backup: new, or an earlier one.")],
) -> None:
    """Back up the worklist while it is in use.

    Films that are in the folder already are not copied again. Exit code 1 if the backup failed, or if the
    worklist has lost films.
    """
    settings = load_settings()
    worklist = open_worklist(existing=True)
    with _problems(), progress_bars(transient=True) as progress:
        made = worklist.backup.make(to, _model(settings), progress)
    _report_backup(made, to)
    raise typer.Exit(int(bool(made.faults)))


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="Folder of a backup.")],
) -> None:
    """Restore a backup into an empty place.

    The file of CXR_DATABASE must not exist; the folder of CXR_FILMS must be empty or not exist. Exit code 1
    if it failed, or if the backup lacks films.
    """
    settings = load_settings()
    if (database := settings.database_file) is None:
        fail(POSTGRESQL)
    with _problems(), progress_bars(transient=True) as progress:
        second_place = SecondPlace(settings.audit_head) if settings.audit_head else None
        restored = restore_backup(source, database, settings.films, progress)
        manifest = restored.manifest
        if second_place:
            second_place.restored(manifest.audit.lines, manifest.audit.sha256)
    for fault in restored.faults:
        print(fault)
    print(
        f"Restored {_counted(manifest)} as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC to {database} and "
        f"{settings.films}."
    )
    print("What remains to be done:")
    for step in _remaining(manifest, settings):
        print(f"- {step}")
    raise typer.Exit(int(bool(restored.faults)))


def verify(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[BACKUP]", help="Folder of a backup; default: the worklist.")
    ] = None,
) -> None:
    """Verify that every row has its film, and every film its row.

    Also verifies that nothing was changed. Prints one line per fault and a summary. Exit code 1 if there are
    faults.
    """
    with _problems(), progress_bars(transient=True) as progress:
        if folder is None:
            found = open_worklist(existing=True).verifying.verify(progress)
        else:
            found = verify_backup(folder, progress)
    for fault in found.faults:
        print(fault)
    print(_summary(found))
    for note in found.notes:
        print(note)
    raise typer.Exit(int(bool(found.faults)))


def _report_backup(made: BackedUp, to: Path) -> None:
    for fault in made.faults:
        print(fault)
    manifest = made.manifest
    print(
        f"Backed up {_counted(manifest)} to {to}: {counted(made.copied, 'film')} copied "
        f"({made.copied_bytes / 1e6:.1f} MB), {made.removed} removed that the worklist no longer holds."
    )
    films = counted(manifest.identities, "film")
    needed = f"; without it nobody can read the identifiers of {films} in the backup"
    print(f"CXR_IDENTITY_KEY is not in the backup. Keep it elsewhere{needed if manifest.identities else ''}.")
    print(f"Audit trail: {manifest.audit.lines}:{manifest.audit.sha256}")


def _remaining(manifest: Manifest, settings: Settings) -> Iterator[str]:
    """Say what a backup does not hold."""
    encrypted = counted(manifest.identities, "film")
    yield (
        f"Set CXR_IDENTITY_KEY to the key of that worklist, which no backup holds: the identifiers of "
        f"{encrypted} are encrypted with it."
        if manifest.identities
        else "Set CXR_IDENTITY_KEY if that worklist had one: no backup holds it."
    )
    model = _model(settings)
    if manifest.model and manifest.model != model:
        yield (
            f"Install the model {manifest.model.bundle} with the {SUMS} of SHA-256 "
            f"{manifest.model.sha256[:12]}, or score with another one."
        )
    yield f"Add or send again the films that came after {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC."
    yield "Run 'cxr verify', and start the program."


def _summary(found: Verification) -> str:
    films = f"{counted(found.films, 'film')} ({found.bytes / 1e6:.1f} MB)"
    half = f", {counted(found.half_written, 'half-written file')}" if found.half_written else ""
    faults = counted(len(found.faults), "fault") if found.faults else "no faults"
    return (
        f"{films}{half} and {counted(found.audit_lines, 'line')} of the audit trail verified: {faults}. "
        f"Audit trail: {found.audit_lines}:{found.audit_sha256}"
    )


def _counted(manifest: Manifest) -> str:
    return (
        f"{counted(manifest.studies, 'study', 'studies')}, {counted(manifest.film_files, 'film')} "
        f"({manifest.film_bytes / 1e6:.1f} MB) and {counted(manifest.audit.lines, 'line')} of the audit trail"
    )


def _model(settings: Settings) -> Model | None:
    sums = settings.models / settings.bundle / SUMS
    if not sums.is_file():
        return None
    return Model(bundle=settings.bundle, sha256=hashlib.sha256(sums.read_bytes()).hexdigest())


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except (BackupError, WorklistError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("Interrupted. Run the command again.")
