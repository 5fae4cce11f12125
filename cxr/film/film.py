"""One frontal radiograph, decoded and upright, with no more of its header than triage needs."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

MIN_SIDE = 128
MAX_MEGAPIXELS = 50
MAX_FILE_MB = 64

Pixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Population(StrEnum):
    """Whom the film shows: from the DICOM header, or as the user states it."""

    CHILD = "child"
    ADULT = "adult"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Patient's Sex (0010,0040)."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"


class View(StrEnum):
    """View Position (0018,5101) of a frontal film: from back to front, or from front to back."""

    PA = "PA"
    AP = "AP"


class RequestedPriority(StrEnum):
    """Requested Procedure Priority (0040,1003) above routine; `MEDIUM` and `LOW` change no order here."""

    STAT = "STAT"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A radiograph whose pixels run from black (air) to white (bone).

    Attributes
    ----------
    pixels
        Grey levels, shape (height, width), `uint8` or `uint16`; 0 is black and the largest value of
        the type is white. Integers, because a 20-megapixel film as float costs 80 MB and a slower resize.
    sha256
        Hex digest of the file's bytes: the film's identity wherever it is stored.
    population
        What the header says; `UNKNOWN` where it says nothing.
    age_years
        Age at the time of the film, where the header gives it.
    sex, view
        What the header says in the standard's words, else nothing.
    burnt_in
        Whether the header says that text is burnt into the picture.
    turned
        Whether the grey levels were turned round after reading, because the file holds a negative.
    """

    pixels: Pixels
    sha256: str
    population: Population = Population.UNKNOWN
    age_years: float | None = None
    sex: Sex | None = None
    view: View | None = None
    burned_in: bool = False
    turned: bool = False

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype not in (np.uint8, np.uint16):
            raise ValueError(
                f"A film is a grey image of 8 or 16 bits; got {self.pixels.dtype}, {self.pixels.shape}."
            )
        if min(self.pixels.shape) < MIN_SIDE:
            raise ValueError(f"A film has at least {MIN_SIDE} pixels a side; got {self.pixels.shape}.")
        self.pixels.flags.writeable = False

    @property
    def white(self) -> int:
        """The grey level that means white: 255 or 65535."""
        return int(np.iinfo(self.pixels.dtype).max)

    def turned_round(self) -> "Film":
        """Turn the grey levels round, black to white: of an inverted film this makes a film."""
        return replace(self, pixels=self.white - self.pixels, turned=not self.turned)
