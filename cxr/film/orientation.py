"""How a person had a film rotated or mirrored, because its file is not displayed upright."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

QUARTERS = 4
_MIRRORED = QUARTERS


@dataclass(frozen=True, slots=True)
class Orientation:
    """Rotated clockwise first, then mirrored left to right: the order of DICOM (PS3.3 C.10.6.1).

    Attributes
    ----------
    quarter_turns
        Rotation in steps of 90 degrees clockwise, 0 to 3.
    mirrored
        Whether left and right are exchanged after that.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.quarter_turns < QUARTERS:
            raise ValueError(f"A film is rotated by 0 to 3 quarter turns; got {self.quarter_turns}.")

    @classmethod
    def of(cls, code: int) -> "Orientation":
        """Return the orientation of a code, 0 to 7."""
        return cls(code % QUARTERS, bool(code // QUARTERS))

    @property
    def code(self) -> int:
        """A number from 0, as stored, to 7."""
        return self.quarter_turns + _MIRRORED * self.mirrored

    @property
    def degrees(self) -> int:
        """The rotation in degrees, clockwise."""
        return 90 * self.quarter_turns

    @property
    def sideways(self) -> bool:
        """Whether rows and columns are exchanged."""
        return self.quarter_turns % 2 == 1

    def rotated(self, quarter_turns: int) -> "Orientation":
        """Rotate what is displayed clockwise."""
        steps = -quarter_turns if self.mirrored else quarter_turns
        return replace(self, quarter_turns=(self.quarter_turns + steps) % QUARTERS)

    def flipped(self) -> "Orientation":
        """Exchange left and right of what is displayed."""
        return replace(self, mirrored=not self.mirrored)

    def displayed(self, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Rotate and mirror a picture of shape (rows, columns) as stored."""
        rotated = np.rot90(stored, -self.quarter_turns)
        return np.ascontiguousarray(rotated[:, ::-1] if self.mirrored else rotated)

    def in_file(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Find places of the displayed picture in the file.

        Parameters
        ----------
        points
            Shape (points, 2): shares of width and height, from the upper left corner.
        """
        x, y = points[:, 0], points[:, 1]
        if self.mirrored:
            x = 1 - x
        for _ in range(self.quarter_turns):
            x, y = y, 1 - x
        return np.stack([x, y], axis=1)


AS_STORED = Orientation()
