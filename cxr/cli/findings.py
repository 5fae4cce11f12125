"""Take findings of films that were reported elsewhere, from a CSV file."""

import datetime
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.films import files_in
from cxr.cli.loading import fail, load_settings, open_worklist, who
from cxr.film.counted import counted
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.worklist.case import Finding
from cxr.worklist.reading.elsewhere import (
    UNNAMED,
    Outcome,
    OutsideFinding,
    Reference,
    UnknownCaseError,
)
from cxr.worklist.store.database import WorklistError

COLUMNS = ("film", "study_uid", "accession", "finding", "reader", "reported_at")


def findings(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="CSV_OR_FOLDER",
            help="A folder of DICOM structured reports, or a CSV file with columns finding (pneumonia, no "
            "pneumonia, other, cannot judge) and study_uid, accession or film; reader and reported_at where "
            "known.",
        ),
    ],
) -> None:
    """Take findings of films that were reported elsewhere.

    From a CSV file, it prints one line per finding, by line of the file. Exit code 1 if one belongs to no
    case or is invalid. From a folder, it takes the radiologists' structured reports in it, by
    CXR_REPORT_CODES, and counts those that are left.
    """
    if file.is_dir():
        _take_reports(file)
        return
    rows = _rows(file)
    worklist = open_worklist(existing=True)
    counts: Counter[Outcome] = Counter()
    failed = 0
    for number, row in rows.items():
        try:
            about, found = _finding(row)
            recorded = worklist.elsewhere.record(about, found, who())
        except (ValueError, UnknownCaseError) as error:
            failed += 1
            print(f"line {number}: not taken. {error}", flush=True)
            continue
        except WorklistError as error:
            fail(f"line {number}: not taken. {error}")
        counts[recorded.outcome] += 1
        print(f"line {number}: case {recorded.case}, {recorded.outcome}", flush=True)
    summary = ", ".join(f"{outcome} {count}" for outcome, count in counts.items())
    print(
        f"{counted(counts.total(), 'finding')} taken{f': {summary}' if summary else ''}; {failed} not taken."
    )
    raise typer.Exit(int(failed > 0))


def _take_reports(folder: Path) -> None:
    """Take the DICOM structured reports of a folder."""
    from cxr.pacs.outside_reports import OutsideReports

    reports = OutsideReports(open_worklist(existing=True), load_settings().report_codes)
    for path in files_in([folder], may_be_empty=True).files:
        try:
            reports.take(path.read_bytes(), who())
        except (OSError, WorklistError, DecodingUnavailableError) as error:
            fail(f"A report was not taken. {error.strerror if isinstance(error, OSError) else error}")
    print(f"{reports.summary() or 'no reports'}.")


def _rows(file: Path) -> dict[int, dict[str, str]]:
    """Read the lines of a CSV file, by their number; exit code 1 if it is none."""
    from cxr.measure.table import TableError, read_table

    try:
        table = read_table(file.read_bytes())
    except OSError as error:
        fail(f"{file} cannot be read ({error.strerror}). Name a CSV file.")
    except TableError as error:
        fail(f"{file}: {error}")
    columns = {*table.columns} - {""}
    if "finding" not in columns or not {"film", "study_uid", "accession"} & columns:
        fail(f"{file} needs a column finding, and one of study_uid, accession and film.")
    if unknown := len(columns - {*COLUMNS}):
        others = counted(unknown, "other column")
        fail(f"{file} has {others}. Only these are read: {', '.join(COLUMNS)}.")
    return {number: dict.fromkeys(COLUMNS, "") | cells for number, cells in table.lines.items()}


def _finding(row: dict[str, str]) -> tuple[Reference, OutsideFinding]:
    """Read a line; an error does not repeat what it holds, which may name a patient."""
    if row["film"] and not (row["film"].isascii() and row["film"].isdecimal()):
        raise ValueError("The film is not a number.")
    about = Reference(int(row["film"] or 0) or None, row["study_uid"] or None, row["accession"] or None)
    try:
        finding = Finding(row["finding"].lower())
    except ValueError:
        raise ValueError(f"The finding is none of: {', '.join(Finding)}.") from None
    reported_at = None
    if row["reported_at"]:
        try:
            reported_at = datetime.datetime.fromisoformat(row["reported_at"]).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            raise ValueError("reported_at is not a time such as 2026-03-31T14:30+01:00.") from None
    return about, OutsideFinding(finding, row["reader"] or UNNAMED, reported_at)
