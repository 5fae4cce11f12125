"""The worklist's database: every film that was accepted, exactly once, whatever happens."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Engine, create_engine, event, func, make_url, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from cxr.explain.gradcam import HeatMap
from cxr.film import FilmErrorCode, FilmSource, Inverted, Population
from cxr.model.card import OperatingPoints
from cxr.triage.flag import Flag, Reason
from cxr.worklist.case import Case, State
from cxr.worklist.film_files import FilmFiles
from cxr.worklist.schema import CaseRow, prepare_tables

if TYPE_CHECKING:
    from cxr.screening import Reading

BUSY_SECONDS = 10
NAME_LENGTH = 255
UNSCORED: dict[str, Any] = {
    "state": State.WAITING,
    "reasons": [],
    **dict.fromkeys(("flag", "probability", "low", "high", "population", "heat", "bundle_version")),
}
"""What stands in a row of which nothing is said yet."""


class WorklistError(Exception):
    """The worklist cannot be read or written; what to do about it, without a word of any film."""


def _unusable(error: Exception) -> WorklistError:
    return WorklistError(
        f"The worklist cannot be read or written ({type(error).__name__}). Check that the database of "
        "CXR_DATABASE and the folder of CXR_FILMS exist, may be written and have space left, then load "
        "the page again."
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """A film that is on the worklist: as a new case, or as the one of a name that it had already.

    `again` says that a known film is scored once more: it failed before, or its population is stated anew.
    """

    number: int
    name: str
    known_as: str | None = None
    again: bool = False


class Worklist:
    """The cases in a database and their films in a folder."""

    def __init__(self, url: str, films: Path) -> None:
        self._films = FilmFiles(films)
        try:
            self._engine = _open(url)
            prepare_tables(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise _unusable(error) from None

    def accept(self, name: str, content: bytes, stated: Population) -> Accepted:
        """Put a film on the worklist; once this returns, neither a crash nor a restart loses it.

        The same content twice is one case. One that was set aside comes back; one whose population is
        stated otherwise than before, or on which the program failed, is scored once more.

        Raises
        ------
        WorklistError
            Where the film could not be written down: then it is not on the worklist.
        """
        try:
            return self._accept(name, content, stated)
        except (SQLAlchemyError, OSError) as error:
            raise _unusable(error) from None

    def _accept(self, name: str, content: bytes, stated: Population) -> Accepted:
        row = CaseRow(
            sha256=self._films.keep(content),
            name=name[:NAME_LENGTH],
            stated=stated,
            state=State.WAITING,
            arrived_at=datetime.datetime.now(datetime.UTC),
            reasons=[],
        )
        try:
            with Session(self._engine) as session, session.begin():
                session.add(row)
                session.flush()
                return Accepted(row.id, name)
        except IntegrityError:
            with Session(self._engine) as session, session.begin():
                known = session.scalars(select(CaseRow).where(CaseRow.sha256 == row.sha256)).one()
                known.set_aside_at = None
                restated = stated not in (known.stated, Population.UNKNOWN)
                again = restated or any(reason["code"] == FilmErrorCode.FAILED for reason in known.reasons)
                if again:
                    known.stated = stated if restated else known.stated
                    for column, value in UNSCORED.items():
                        setattr(known, column, value)
                return Accepted(known.id, name, known_as=known.name, again=again)

    def waiting(self, limit: int) -> list[Case]:
        """Cases that wait for their score, those that came first before the others."""
        query = _present().where(CaseRow.state == State.WAITING).order_by(CaseRow.id).limit(limit)
        return self._cases(query)

    def cases(self) -> list[Case]:
        """Every case that was not set aside, in order of arrival."""
        return self._cases(_present().order_by(CaseRow.id))

    def case(self, number: int) -> Case | None:
        """One case that was not set aside, or nothing where there is none of that number."""
        return next(iter(self._cases(_present().where(CaseRow.id == number))), None)

    def taken_off(self) -> list[Case]:
        """Cases that were set aside, the last one first."""
        query = select(CaseRow).where(CaseRow.set_aside_at.is_not(None))
        return self._cases(query.order_by(CaseRow.set_aside_at.desc()))

    def counts(self) -> dict[State, int]:
        """How many cases are in each state."""
        query = (
            select(CaseRow.state, func.count()).where(CaseRow.set_aside_at.is_(None)).group_by(CaseRow.state)
        )
        with Session(self._engine) as session:
            found = {State(state): count for state, count in session.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def film_path(self, case: Case) -> Path:
        """Where a case's film file lies."""
        return self._films.path(case.sha256)

    def film_source(self, case: Case) -> FilmSource:
        """What a case's film is read from: its file, turned round where a person had it turned."""
        return Inverted(self.film_path(case)) if case.turned else self.film_path(case)

    def record(self, case: Case, reading: Reading, thumbnail: bytes) -> None:
        """Write down what was said of a film."""
        score, heat = reading.score, reading.heat
        self._finish(
            case,
            flag=reading.decision.flag,
            reasons=reading.decision.reasons,
            probability=score and score.probability,
            low=score and score.operating_points.low,
            high=score and score.operating_points.high,
            population=score and score.population,
            heat=heat and heat.values.astype(np.float16).tobytes(),
            heat_rows=heat and len(heat.values),
            heat_contour=heat and heat.contour,
            thumbnail=thumbnail,
            bundle_version=reading.bundle_version,
            seconds=reading.seconds,
        )

    def refuse(self, case: Case, reason: Reason) -> None:
        """Write down that a film could not be read; it stays on the worklist, for nobody has read it."""
        self._finish(case, flag=Flag.REFUSED, reasons=(reason,))

    def turn_round(self, number: int, turned: bool = True) -> None:
        """Have a film that came inverted turned round and scored anew; `turned=False` undoes it."""
        with Session(self._engine) as session, session.begin():
            session.execute(
                update(CaseRow)
                .where(CaseRow.id == number, CaseRow.turned != turned)
                .values(turned=turned, **UNSCORED)
            )

    def set_aside(self, numbers: Sequence[int]) -> None:
        """Take cases off the worklist; `bring_back` undoes it."""
        self._set_aside_at(numbers, datetime.datetime.now(datetime.UTC))

    def bring_back(self, numbers: Sequence[int]) -> None:
        """Put cases that were set aside on the worklist again."""
        self._set_aside_at(numbers, None)

    def _finish(self, case: Case, reasons: Sequence[Reason], **values: Any) -> None:
        """Only a waiting case is finished, so that two workers on one case leave one result.

        One that was turned since it was taken up is not: what was said is of the film as it lay before.
        """
        values |= {
            "state": State.SCORED,
            "scored_at": datetime.datetime.now(datetime.UTC),
            "reasons": [{"code": reason.code, "sentence": reason.sentence} for reason in reasons],
        }
        with Session(self._engine) as session, session.begin():
            session.execute(
                update(CaseRow)
                .where(
                    CaseRow.id == case.number,
                    CaseRow.state == State.WAITING,
                    CaseRow.turned == case.turned,
                )
                .values(**values)
            )

    def _set_aside_at(self, numbers: Sequence[int], moment: datetime.datetime | None) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(CaseRow).where(CaseRow.id.in_(numbers)).values(set_aside_at=moment))

    def _cases(self, query: Any) -> list[Case]:
        with Session(self._engine) as session:
            return [_case(row) for row in session.scalars(query)]


def _present() -> Any:
    return select(CaseRow).where(CaseRow.set_aside_at.is_(None))


def _case(row: CaseRow) -> Case:
    flag = Flag(row.flag) if row.flag else None
    points = None
    if row.low is not None and row.high is not None:
        points = OperatingPoints(low=row.low, high=row.high)
    return Case(
        number=row.id,
        sha256=row.sha256,
        name=row.name,
        stated=Population(row.stated),
        state=State(row.state),
        arrived_at=row.arrived_at,
        flag=flag,
        reasons=tuple(Reason(**reason) for reason in row.reasons),
        probability=row.probability,
        operating_points=points,
        population=Population(row.population) if row.population else None,
        heat=_heat(row, shown=flag is not Flag.ROUTINE),
        thumbnail=row.thumbnail,
        bundle_version=row.bundle_version,
        turned=row.turned,
    )


def _heat(row: CaseRow, shown: bool) -> HeatMap | None:
    if row.heat is None or row.heat_rows is None or row.heat_contour is None:
        return None
    values = np.frombuffer(row.heat, dtype=np.float16).reshape(row.heat_rows, -1).astype(np.float32)
    return HeatMap(values, row.heat_contour, shown)


def _open(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # A failing statement's parameters would name the film, and so the patient, in the log.
    engine = create_engine(parsed, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Let readers and one writer work at once, and wait for a busy database instead of failing."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")
