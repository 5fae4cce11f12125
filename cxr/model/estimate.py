"""A measured value with what is known of its certainty."""

from pydantic import BaseModel, ConfigDict


class Estimate(BaseModel):
    """A measured value with its 95 % interval."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"
