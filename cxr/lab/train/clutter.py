"""What lies around the lungs and must not decide: lead markers, borders, collimation, covered corners.

A hospital's markers stand where its technicians put them, and a network that may look at them learns who
was on duty. Here they appear and disappear at random.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

WORDS = ("R", "L", "R", "L", "AP", "PA", "SUPINE", "PORTABLE", "10:42", "KV60")
FRAME = 0.3
"""Share of a side, at each end, in which markers and covers lie."""


@dataclass(frozen=True, slots=True)
class Clutter:
    """How often a film gets each kind of change, 0 to 1."""

    markers: float = 0.25
    covers: float = 0.1
    borders: float = 0.25
    collimation: float = 0.1

    def __call__(self, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Change films of shape (films, 1, size, size), grey levels 0 to 1, in place."""
        seed = int(torch.randint(2**31, (1,), generator=generator))
        random = np.random.default_rng(seed)
        for film in batch[:, 0]:
            if random.random() < self.covers:
                _cover(film, random)
            if random.random() < self.borders:
                _add_border(film, random)
            if random.random() < self.collimation:
                _collimate(film, random)
            if random.random() < self.markers:
                _add_marker(film, random)
        return batch


def _cover(film: torch.Tensor, random: np.random.Generator) -> None:
    """Cover up to three patches of the frame with a grey level of their own film, markers and all."""
    size = len(film)
    for _ in range(random.integers(1, 4)):
        height, width = random.integers(size // 10, size // 4, size=2)
        top, left = _in_frame(size, int(height), int(width), random)
        level = film.flatten()[random.integers(film.numel())]
        film[top : top + height, left : left + width] = level


def _add_border(film: torch.Tensor, random: np.random.Generator) -> None:
    """Cut off one to four sides, as collimation or a scanner's lid does: black, or seldom white."""
    level = 0.0 if random.random() < 0.8 else float(random.random())
    for side in random.permutation(4)[: random.integers(1, 5)]:
        width = int(random.integers(1, max(2, len(film) // 7)))
        edge = film if side < 2 else film.T
        if side % 2:
            edge[-width:] = level
        else:
            edge[:width] = level


def _collimate(film: torch.Tensor, random: np.random.Generator) -> None:
    """Blacken all four sides alike, as a rectangular collimator does."""
    width = int(random.integers(max(1, len(film) // 56), max(2, len(film) // 7)))
    for edge in (film, film.T):
        edge[:width] = 0
        edge[-width:] = 0


def _add_marker(film: torch.Tensor, random: np.random.Generator) -> None:
    """Write a lead marker or a label somewhere in the frame."""
    size = len(film)
    text = WORDS[random.integers(len(WORDS))]
    font = ImageFont.load_default(int(random.integers(size // 24, size // 9)))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
    glyph = Image.new("L", (min(right - left, size - 1), min(bottom - top, size - 1)))
    ImageDraw.Draw(glyph).text((-left, -top), text, 255, font)
    ink = torch.from_numpy(np.asarray(glyph, dtype=np.float32) / 255) * float(random.uniform(0.6, 1))
    height, width = ink.shape
    top, left = _in_frame(size, height, width, random)
    patch = film[top : top + height, left : left + width]
    torch.maximum(patch, ink, out=patch)


def _in_frame(size: int, height: int, width: int, random: np.random.Generator) -> tuple[int, int]:
    """Place a box of a size near a random side of the film: its top and left."""
    along = random.uniform(0, 1)
    inward = random.uniform(0, FRAME / 2) if random.random() < 0.5 else 1 - random.uniform(0, FRAME / 2)
    y, x = (along, inward) if random.random() < 0.5 else (inward, along)
    return int(y * (size - height)), int(x * (size - width))
