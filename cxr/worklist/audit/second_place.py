"""The end of the audit trail in a second place, out of reach of someone who rewrites the database.

It is written after each transaction that adds lines, not at intervals: a trail that is cut off and continued
between two intervals would look whole. As each line holds the hash of the one before it, one hash confirms
all lines up to it.
"""

from __future__ import annotations

import datetime
import logging
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.schema import AuditRow

log = logging.getLogger(__name__)

SYSLOG = "syslog"
SOCKET = "/dev/log"
PRIORITY = 10 * 8 + 6
"""Of a syslog message (RFC 3164): facility `authpriv`, severity `info`."""
BLOCK = 500
_HEAD = re.compile(r"(?P<at>\S+) (?P<restored>restored )?(?P<lines>\d{1,18}) (?P<sha256>[0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An end of the trail as it was recorded; `restored` where a backup was restored that ends there."""

    at: str
    lines: int
    sha256: str
    restored: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between the trail and the second place, and what a person should know besides."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class SecondPlace:
    """A file that is only appended to, or the machine's syslog.

    Parameters
    ----------
    place
        Path of the file, whose folder has to exist, or `syslog`.

    Raises
    ------
    WorklistError
        If nothing can be written there.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._failing = False
        try:
            self._write("")
        except OSError as error:
            raise WorklistError(
                f"CXR_AUDIT_HEAD={place} cannot be written: {error.strerror}. Name a file in a folder that "
                f"exists and is writable, or '{SYSLOG}' on a machine that has one."
            ) from None

    def add(self, lines: int, sha256: str) -> None:
        """Record the end of the trail; a failure is logged, for the transaction is committed by then."""
        self._record(f"{lines} {sha256}")

    def restored(self, lines: int, sha256: str) -> None:
        """Record that a backup was restored: later lines recorded so far are lost, which is not a fault."""
        self._record(f"restored {lines} {sha256}")

    def compare(self, database: Database) -> Comparison:
        """Compare the trail with everything that was recorded of it."""
        if self._place == SYSLOG:
            return Comparison(notes=("Compare the last 'audit head' in syslog with the line above.",))
        try:
            restored = [one for one in self._recorded() if one.restored]
            return self._compared(database, restored)
        except OSError as error:
            return Comparison((f"CXR_AUDIT_HEAD={self._place} cannot be read: {error.strerror}.",))

    def _compared(self, database: Database, restored: list[Recorded]) -> Comparison:
        differing: list[Recorded] = []
        last, passed = 0, 0
        for block in _blocks(self._recorded()):
            query = select(AuditRow.number, AuditRow.sha256)
            numbers = {one.lines for one in block}
            # Read after the block: every line that it names is committed.
            with database.reading() as session:
                found = dict(session.execute(query.where(AuditRow.number.in_(numbers))).tuples().all())
            for one in block:
                passed += one.restored
                # What was recorded after the moment of a backup is lost once it is restored.
                kept = min((later.lines for later in restored[passed:]), default=one.lines)
                if 0 < one.lines <= kept and found.get(one.lines) != one.sha256:
                    differing.append(one)
                last = max(one.lines, last) if not one.restored else one.lines
        with database.reading() as session:
            end = session.scalar(select(AuditRow.number).order_by(AuditRow.number.desc()).limit(1)) or 0
        notes = [f"{one.at}: a backup was restored that ends with line {one.lines}." for one in restored]
        if last < end:
            notes.append(f"Lines {last + 1} to {end} are not recorded in {self._place}.")
        faults = [
            f"Audit trail: line {one.lines} is not the one that {self._place} recorded at {one.at}; of all "
            f"that it recorded, {len(differing)} differ."
            for one in differing[:1]
        ]
        return Comparison(tuple(faults), tuple(notes))

    def _recorded(self) -> Iterator[Recorded]:
        with Path(self._place).open(encoding="ascii", errors="replace") as file:
            for line in file:
                if found := _HEAD.search(line.rstrip("\n")):
                    yield Recorded(
                        at=found["at"],
                        lines=int(found["lines"]),
                        sha256=found["sha256"],
                        restored=bool(found["restored"]),
                    )

    def _record(self, what: str) -> None:
        at = datetime.datetime.now(datetime.UTC)
        try:
            self._write(f"{at:%Y-%m-%dT%H:%M:%SZ} {what}\n")
        except OSError as error:
            if not self._failing:
                log.error(
                    "The end of the audit trail cannot be recorded in CXR_AUDIT_HEAD=%s: %s. The trail "
                    "itself is complete; the next line that is recorded confirms it.",
                    self._place,
                    error.strerror,
                )
            self._failing = True
        else:
            self._failing = False

    def _write(self, line: str) -> None:
        if self._place == SYSLOG:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
                syslog.connect(SOCKET)
                if line:
                    syslog.send(f"<{PRIORITY}>cxr: audit head {line.strip()}".encode())
            return
        file = os.open(self._place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def _blocks(recorded: Iterator[Recorded]) -> Iterator[list[Recorded]]:
    while block := list(islice(recorded, BLOCK)):
        yield block
