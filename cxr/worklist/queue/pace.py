"""How fast films are scored, and how long the rest takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Progress of a worker's run: films done out of all in it, and seconds since it began."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Films a second; unknown before the first."""
        return self.done / self.seconds if self.done and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Estimated time until the last film is done; unknown before the first."""
        return (self.total - self.done) / self.rate if self.rate else None
