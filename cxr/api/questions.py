"""What programs send: parameters and bodies, typed, from which the OpenAPI document is made."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from cxr.film import Population
from cxr.worklist.case import Finding
from cxr.worklist.reading.elsewhere import NAME_LENGTH, UNNAMED, OutsideFinding, Reference
from cxr.worklist.reading.page import LARGEST_NUMBER

MOST_CASES = 200
READER = r"^[^\W_][\w .,'@+-]*$"
"""Names of readers: as those of accounts."""

# Strict: `true` is not the number of a film, though Python takes it for 1.
Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER, strict=True)]


class Question(BaseModel):
    """Parameters or a body; what is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Question):
    """No parameters."""


class FilmQuestion(Question):
    """How a film is added."""

    population: Population = Field(
        Population.UNKNOWN, description="Age group, for films whose header does not state an age"
    )


class WorklistQuestion(Question):
    """Which part of the worklist is wanted."""

    cursor: str | None = Field(
        None, max_length=1000, description="`next` of the page before; without it, the list begins"
    )
    limit: int = Field(50, ge=1, le=MOST_CASES, description="Cases of a page")


class FindingReport(Question):
    """A finished report of another system, reduced to its finding.

    One of film, study_uid and accession says what it is about.
    """

    film: Number | None = Field(None, description="Number of a film here")
    study_uid: str | None = Field(None, min_length=1, max_length=64, description="Study Instance UID")
    accession: str | None = Field(None, min_length=1, max_length=64, description="Accession number")
    finding: Finding
    reader: str = Field(
        UNNAMED,
        max_length=NAME_LENGTH,
        pattern=READER,
        description="Whoever reported there; never a patient",
    )
    reported_at: AwareDatetime | None = Field(None, description="When, with its time zone")

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        _ = self.reference, self.outside
        return self

    @property
    def reference(self) -> Reference:
        """What it is about."""
        return Reference(self.film, (self.study_uid or "").strip(), (self.accession or "").strip())

    @property
    def outside(self) -> OutsideFinding:
        """What it says."""
        return OutsideFinding(self.finding, self.reader, self.reported_at)
