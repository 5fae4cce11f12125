"""What programs get: typed answers, from which the OpenAPI document is made. None names a patient."""

import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from cxr import RESEARCH_USE
from cxr.film import Population
from cxr.triage.flag import Flag
from cxr.triage.priority import Urgency
from cxr.worklist.case import Case, Finding, Report, State
from cxr.worklist.location import Side, Zone
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.reading.elsewhere import Outcome, Recorded
from cxr.worklist.reading.page import Ranked


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class FilmAccepted(Answer):
    """A film that is on the worklist, whatever happens from here on."""

    id: int = Field(description="Number of the film, by which its result is asked for")
    case: int = Field(description="Number of the case, which is its study")
    href: str = Field(description="Where its result will be")
    known: bool = Field(description="Whether it was on the worklist before")
    conflict: bool = Field(description="Whether another film has the same SOP Instance UID")

    @classmethod
    def of(cls, accepted: Accepted, href: str) -> Self:
        """Make the answer of what became of a film."""
        return cls(
            id=accepted.film,
            case=accepted.number,
            href=href,
            known=accepted.known_as is not None,
            conflict=accepted.conflict,
        )


class FlagReason(Answer):
    """Why a film has its flag, or is not scored."""

    code: str
    sentence: str


class Points(Answer):
    """The probabilities at which a flag changes, at the stated prevalence."""

    low: float
    high: float
    population: Population | None = Field(description="For whom they were fitted")


class Reading(Answer):
    """A reader's finding of the case."""

    finding: Finding
    side: Side | None = Field(description="Of the pneumonia, if the reader stated it")
    zone: Zone | None = Field(description="Of the pneumonia, if the reader stated it")
    read_at: datetime.datetime
    elsewhere: bool = Field(description="Whether it came from another system")

    @classmethod
    def of(cls, report: Report) -> Self:
        """Make the answer of a finding."""
        where = report.location
        return cls(
            finding=report.finding,
            side=where.side,
            zone=where.zone,
            read_at=report.read_at,
            elsewhere=report.elsewhere,
        )


class FilmResult(Answer):
    """The result of a film."""

    id: int
    case: int
    state: State = Field(description="Of the case")
    withheld: bool = Field(description="Whether this site withholds results: then no result is given")
    flag: Flag | None = Field(description="None while the film waits, or where results are withheld")
    probability: float | None = Field(description="Of pneumonia; None if the film waits or is not scored")
    prevalence: float | None = Field(description="The prevalence that probability and points are at")
    operating_points: Points | None
    population: Population | None
    model: str | None = Field(description="Bundle, and site profile where there is one")
    engine: str | None
    reasons: list[FlagReason] = Field(description="Reasons for the flag, or why the film is not scored")
    arrived_at: datetime.datetime
    scored_at: datetime.datetime | None
    reading: Reading | None
    use: str = RESEARCH_USE

    @classmethod
    def of(cls, case: Case) -> Self:
        """Make the answer of a case that is about one film."""
        points = case.operating_points
        return cls(
            id=case.film_number,
            case=case.number,
            state=case.state,
            withheld=case.withheld,
            flag=case.flag,
            probability=case.probability,
            prevalence=None if case.probability is None else case.prevalence,
            operating_points=Points(low=points.low, high=points.high, population=case.points_for)
            if points
            else None,
            population=case.population,
            model=case.bundle_version,
            engine=case.engine,
            reasons=[FlagReason(code=str(one.code), sentence=one.sentence) for one in case.reasons],
            arrived_at=case.films[0].arrived_at,
            scored_at=case.scored_at,
            reading=Reading.of(case.report) if case.report else None,
        )


class WorklistCase(Answer):
    """A case to read."""

    case: int
    films: list[int] = Field(description="Numbers of its films")
    rank: int | None = Field(description="Its place in the order of reading, from 1")
    why: str = Field(description="The reason for that place")
    state: State
    withheld: bool = Field(description="Whether this site withholds results: then no result is given")
    flag: Flag | None
    probability: float | None
    prevalence: float | None
    urgency: Urgency | None
    arrived_at: datetime.datetime
    waited_seconds: float
    overdue: bool = Field(description="Whether it has waited longer than the cap")

    @classmethod
    def of(cls, ranked: Ranked) -> Self:
        """Make the answer of a case and its rank."""
        case = ranked.case
        return cls(
            case=case.number,
            films=[film.number for film in case.films],
            rank=ranked.rank,
            why=ranked.why,
            state=case.state,
            withheld=case.withheld,
            flag=case.flag,
            probability=case.probability,
            prevalence=None if case.probability is None else case.prevalence,
            urgency=case.raised,
            arrived_at=case.arrived_at,
            waited_seconds=ranked.waited.total_seconds(),
            overdue=ranked.overdue,
        )


class WorklistPart(Answer):
    """Some of the cases to read, in the order of reading."""

    cases: list[WorklistCase]
    next: str | None = Field(description="Cursor of the next page; None at the end")
    use: str = RESEARCH_USE


class FindingRecorded(Answer):
    """What became of a finding from elsewhere."""

    case: int
    outcome: Outcome

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """Make the answer of what became of it."""
        return cls(case=recorded.case, outcome=recorded.outcome)


class Health(Answer):
    """Whether films are added and scored."""

    status: Literal["ok", "failed"]
    version: str
    database: Literal["ok"] = "ok"
    model: str = Field(description="ok, loading or failed")
    worker: Literal["ok", "stalled"] = Field(description="Whether films that wait are being scored")
    waiting: int = Field(description="Films that wait for their result")


class FhirBundle(Answer):
    """A FHIR R5 Bundle with a DiagnosticReport and an Observation."""

    resourceType: Literal["Bundle"]
