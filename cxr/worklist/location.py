"""Where in the lungs a reader sees pneumonia, in the words that also describe the model's region."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """The patient's side: the right lung is on the left of a film."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"


class Zone(StrEnum):
    """A third of a lung's height, as in `cxr.explain.place`."""

    UPPER = "upper"
    MIDDLE = "middle"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Location:
    """Side and zone; each is None where the reader did not state it."""

    side: Side | None = None
    zone: Zone | None = None

    def __str__(self) -> str:
        """Return it in words, as 'right lower zone'; empty where nothing is stated."""
        match self.side, self.zone:
            case None, None:
                return ""
            case Side.BOTH, None:
                return "both lungs"
            case Side.BOTH, zone:
                return f"both {zone} zones"
            case None, zone:
                return f"{zone} zone"
            case side, None:
                return f"{side} lung"
            case side, zone:
                return f"{side} {zone} zone"


NOT_STATED = Location()
