"""What another hospital does to a film: named shifts of its pixels, each at three severities.

Severity 1 is small, 2 is what one plausibly meets in another hospital, 3 is the worst that can still be
read. Lengths are in pixels of a film of 224 pixels a side, so that large films are affected as much as small.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from cxr.evidence.stress import ShiftName
from cxr.film import Film, read_film
from cxr.film.film import Pixels

Levels: TypeAlias = npt.NDArray[np.float32]
"""Grey levels from 0, black, to 1, white, shape (height, width)."""

SEVERITIES = (1, 2, 3)
SIDE = 224
WORDS = ("L", "R", "AP", "PA")


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift at one severity, 1 to 3; at severity 0 films stay as they are."""

    name: ShiftName
    severity: int

    def __post_init__(self) -> None:
        if self.severity not in (0, *SEVERITIES):
            raise ValueError(f"The severity of {self.name} is {self.severity}: use 0 for none, or 1 to 3.")

    @property
    def strength(self) -> float | None:
        """What the severity means (see `KINDS`); None for severity 0."""
        return KINDS[self.name].strengths[self.severity - 1] if self.severity else None

    def pixels(self, pixels: Pixels, seed: int = 0) -> Pixels:
        """Shift grey levels of 8 or 16 bits, any height and width; type and shape stay.

        Parameters
        ----------
        seed
            Of what is drawn: noise, the way of the rotation, word and corner of the marker.
        """
        if self.strength is None:
            return pixels
        white = np.iinfo(pixels.dtype).max
        levels: Levels = pixels.astype(np.float32) / np.float32(white)
        shifted = KINDS[self.name].change(levels, self.strength, np.random.default_rng(seed))
        grey = np.rint(np.clip(shifted, 0, 1) * white)
        return grey.astype(np.uint8) if white == 255 else grey.astype(np.uint16)

    def film(self, film: Film) -> Film:
        """Shift a film; what is drawn is its own, and the same at every severity."""
        return replace(film, pixels=self.pixels(film.pixels, seed=int(film.sha256[:8], 16)))


def _gamma(levels: Levels, exponent: float, _: np.random.Generator) -> MatLike:
    curved: Levels = levels ** np.float32(exponent)
    return curved


def _contrast(levels: Levels, factor: float, _: np.random.Generator) -> MatLike:
    mean = levels.mean()
    spread: Levels = (levels - mean) * np.float32(factor) + mean
    return spread


def _brightness(levels: Levels, added: float, _: np.random.Generator) -> MatLike:
    moved: Levels = levels + np.float32(added)
    return moved


def _blur(levels: Levels, sigma: float, _: np.random.Generator) -> MatLike:
    return cv2.GaussianBlur(levels, (0, 0), sigma * min(levels.shape) / SIDE)


def _noise(levels: Levels, deviation: float, random: np.random.Generator) -> MatLike:
    """Add grain; grain of single pixels of a large film would be gone once the film is made small."""
    height, width = levels.shape
    grains = (round(height * SIDE / min(levels.shape)), round(width * SIDE / min(levels.shape)))
    drawn = random.standard_normal(grains, dtype=np.float32) * np.float32(deviation)
    return levels + cv2.resize(drawn, (width, height), interpolation=cv2.INTER_NEAREST)


def _jpeg(levels: Levels, quality: float, _: np.random.Generator) -> MatLike:
    grey = np.rint(levels * 255).astype(np.uint8)
    _written, stored = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return read_film(stored.tobytes()).pixels.astype(np.float32) / 255


def _rotation(levels: Levels, degrees: float, random: np.random.Generator) -> MatLike:
    height, width = levels.shape
    centre, either_way = ((width - 1) / 2, (height - 1) / 2), float(random.choice((-1, 1)))
    turn = cv2.getRotationMatrix2D(centre, degrees * either_way, scale=1)
    return cv2.warpAffine(levels, turn, (width, height), flags=cv2.INTER_LINEAR)


def _border(levels: Levels, share: float, _: np.random.Generator) -> MatLike:
    rows, columns = (round(share * side) for side in levels.shape)
    collimated = np.zeros_like(levels)
    seen = slice(rows, -rows), slice(columns, -columns)
    collimated[seen] = levels[seen]
    return collimated


def _marker(levels: Levels, share: float, random: np.random.Generator) -> MatLike:
    """Write a word in lead, of a height that is a share of the shorter side, into one of the corners."""
    height, width = levels.shape
    word, right, bottom = WORDS[random.integers(len(WORDS))], random.random() < 0.5, random.random() < 0.5
    pixels = share * min(levels.shape)
    font, thick = cv2.FONT_HERSHEY_DUPLEX, max(1, round(pixels / 8))
    scale = pixels / cv2.getTextSize(word, font, 1, 1)[0][1]
    (text_width, text_height), _below = cv2.getTextSize(word, font, scale, thick)
    margin = round(0.03 * min(levels.shape))
    left = width - margin - text_width if right else margin
    base = height - margin if bottom else margin + text_height
    lead = cv2.putText(
        np.zeros((height, width), np.uint8), word, (left, base), font, scale, 255, thick, cv2.LINE_AA
    )
    marked: Levels = np.maximum(levels, lead.astype(np.float32) / 255)
    return marked


def _downscale(levels: Levels, side: float, _: np.random.Generator) -> MatLike:
    """Make the shorter side so many pixels, as for a preview, and enlarge the film again."""
    height, width = levels.shape
    if side >= min(levels.shape):
        return levels
    share = side / min(levels.shape)
    small = cv2.resize(levels, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a shift is made, its strength at severity 1, 2 and 3, and what that strength is."""

    change: Callable[[Levels, float, np.random.Generator], MatLike]
    strengths: tuple[float, float, float]
    meaning: str


KINDS = {
    ShiftName.GAMMA_DARK: Kind(_gamma, (1.25, 1.6, 2.2), "exponent of the grey levels"),
    ShiftName.GAMMA_BRIGHT: Kind(_gamma, (0.8, 0.62, 0.45), "exponent of the grey levels"),
    ShiftName.CONTRAST_DOWN: Kind(_contrast, (0.8, 0.6, 0.4), "factor, about the film's mean"),
    ShiftName.CONTRAST_UP: Kind(_contrast, (1.25, 1.6, 2.2), "factor, about the film's mean"),
    ShiftName.BRIGHTER: Kind(_brightness, (0.07, 0.15, 0.25), "share of the grey scale added"),
    ShiftName.DARKER: Kind(_brightness, (-0.07, -0.15, -0.25), "share of the grey scale added"),
    ShiftName.BLUR: Kind(_blur, (0.6, 1.2, 2.0), "sigma in pixels of 224"),
    ShiftName.NOISE: Kind(
        _noise, (0.01, 0.02, 0.04), "deviation, share of the grey scale; grain as pixels of 224"
    ),
    ShiftName.JPEG: Kind(_jpeg, (50, 25, 10), "quality of 100"),
    ShiftName.ROTATION: Kind(_rotation, (3, 7, 12), "degrees, either way"),
    ShiftName.BORDER: Kind(_border, (0.04, 0.08, 0.12), "share of each side made black"),
    ShiftName.MARKER: Kind(_marker, (0.06, 0.1, 0.15), "height, share of the shorter side"),
    ShiftName.DOWNSCALE: Kind(_downscale, (160, 112, 80), "pixels of the shorter side"),
}
SHIFTS = tuple(Shift(name, severity) for name in ShiftName for severity in SEVERITIES)
