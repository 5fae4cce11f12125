"""One frontal radiograph, decoded and upright, with only as much of its header as triage needs."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from cxr.film.orientation import AS_STORED, Orientation
from cxr.film.voi import Window

MIN_SIDE = 128
MAX_MEGAPIXELS = 50
MAX_FILE_MB = 64

Pixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Population(StrEnum):
    """The population: from the DICOM header, or as stated by the user."""

    CHILD = "child"
    ADULT = "adult"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Patient's Sex (0010,0040)."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"


class View(StrEnum):
    """View Position (0018,5101) of a frontal film: posteroanterior or anteroposterior."""

    PA = "PA"
    AP = "AP"


class RequestedPriority(StrEnum):
    """Requested Procedure Priority (0040,1003) above routine; `MEDIUM` and `LOW` do not change the order."""

    STAT = "STAT"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """A radiograph whose pixels run from black (air) to white (bone).

    Attributes
    ----------
    pixels
        Grey levels, shape (height, width), `uint8` or `uint16`; 0 is black and the largest value of
        the type is white. Integers, because a 20-megapixel film of floats takes 80 MB and resizes slower.
    sha256
        Hex digest of the file's bytes.
    population
        From the header; `UNKNOWN` where it states no age.
    age_years
        Age when the film was taken, where the header gives it.
    sex, view
        From the header where it uses the defined terms, else `None`.
    burned_in
        Whether the header states burned-in annotation.
    inverted_by_reader
        Whether a person had the grey levels inverted, because the file holds a negative.
    orientation
        How a person had it rotated or mirrored.
    age_unreadable
        Whether the header states an age or a birth date from which no age follows.
    age_contradictory
        Whether age, birth date and the dates of the film in the header contradict each other.
    ignored
        Keywords of attributes that were unusable, so that the film is displayed without them.
    voi_table, window
        What of its header the film is displayed with, at most one of them: the place of the VOI LUT among
        those that can be read, or the window.
    spacing_mm
        Distance between rows and between columns at the file's full size, where the header gives it; a film
        read at a reduced size has the same value here.
    spacing_at_detector
        Whether the spacing holds at the detector: what lies before it is smaller than it measures.
    """

    pixels: Pixels
    sha256: str
    population: Population = Population.UNKNOWN
    age_years: float | None = None
    sex: Sex | None = None
    view: View | None = None
    burned_in: bool = False
    inverted_by_reader: bool = False
    orientation: Orientation = AS_STORED
    age_unreadable: bool = False
    age_contradictory: bool = False
    ignored: tuple[str, ...] = ()
    voi_table: int | None = None
    window: Window | None = None
    spacing_mm: tuple[float, float] | None = None
    spacing_at_detector: bool = False

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.dtype not in (np.uint8, np.uint16):
            raise ValueError(
                f"A film must be a grey image of 8 or 16 bits; got {self.pixels.dtype}, {self.pixels.shape}."
            )
        if min(self.pixels.shape) < MIN_SIDE:
            raise ValueError(
                f"A film must have at least {MIN_SIDE} pixels on each side; got {self.pixels.shape}."
            )
        self.pixels.flags.writeable = False

    @property
    def white(self) -> int:
        """The grey level that means white: 255 or 65535."""
        return int(np.iinfo(self.pixels.dtype).max)

    def inverted(self) -> "Film":
        """Invert the grey levels, black to white, which corrects a film stored as a negative."""
        return replace(self, pixels=self.white - self.pixels, inverted_by_reader=not self.inverted_by_reader)

    def oriented(self, orientation: Orientation) -> "Film":
        """Rotate and mirror a film that is as stored."""
        spacing = self.spacing_mm
        return replace(
            self,
            pixels=orientation.displayed(self.pixels),
            orientation=orientation,
            spacing_mm=(spacing[1], spacing[0]) if spacing and orientation.sideways else spacing,
        )


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A file that a person found to be a negative, or not upright: corrected on reading."""

    file: Path | bytes
    inverted: bool = False
    orientation: Orientation = AS_STORED

    @classmethod
    def of(cls, source: "FilmSource | str") -> "Adjusted":
        """Return any source as one with a file and what was adjusted."""
        if isinstance(source, Adjusted):
            return source
        return cls(Path(source) if isinstance(source, str) else source)


FilmSource: TypeAlias = Path | bytes | Adjusted
"""Where a film is read from: a path, or the bytes of a file; either may be adjusted by a person."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A film that a person wants scored although the quality check of its picture refused it."""

    source: FilmSource
