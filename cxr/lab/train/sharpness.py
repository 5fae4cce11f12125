"""How a film was developed, how sharp it is and how it was stored: not to be taken for a sign of health.

The training films were made small and stored as JPEG once more; a film from the hospital comes with all
its detail and is made small by the app. Without these changes a network calls sharp films healthy.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch

Film = npt.NDArray[np.uint8]
Films = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sharpness:
    """How often a film gets each kind of change, 0 to 1, and how strong it is at most."""

    equalised: float = 0.25
    local: float = 0.1
    coarser: float = 0.15
    blurred: float = 0.15
    sharpened: float = 0.15
    noisy: float = 0.2
    jpeg: float = 0.2
    smallest_scale: float = 0.45
    blur_sigma: float = 1.5
    sharpening: float = 2.0
    sharpening_sigma: tuple[float, float] = (1.0, 12.0)
    local_contrast: float = 4.0
    noise_levels: float = 8.0
    jpeg_quality: tuple[int, int] = (25, 95)

    def __call__(self, batch: torch.Tensor, generator: torch.Generator) -> Films:
        """Store films of shape (films, 1, size, size), grey levels 0 to 1, as bytes (films, size, size)."""
        random = np.random.default_rng(int(torch.randint(2**31, (1,), generator=generator)))
        films = (batch[:, 0].numpy() * 255).round().astype(np.uint8)
        return np.stack([self._change(film, random) for film in films])

    def _change(self, film: Film, random: np.random.Generator) -> Film:
        if random.random() < self.equalised:  # as some publishers and some machines do
            film = _grey(cv2.equalizeHist(film))
        if random.random() < self.local:
            film = _locally_equalised(
                film, random.uniform(1, self.local_contrast), int(random.integers(2, 9))
            )
        if random.random() < self.coarser:
            film = _coarser(film, random.uniform(self.smallest_scale, 1))
        if random.random() < self.blurred:
            film = _blurred(film, random.uniform(0.2, self.blur_sigma))
        if random.random() < self.sharpened:
            film = _sharpened(
                film, random.uniform(0, self.sharpening), random.uniform(*self.sharpening_sigma)
            )
        if random.random() < self.noisy:
            film = _noisy(film, random.uniform(0, self.noise_levels), random)
        if random.random() < self.jpeg:
            film = _stored_as_jpeg(film, int(random.integers(*self.jpeg_quality)))
        return film


def _locally_equalised(film: Film, limit: float, tiles: int) -> Film:
    return _grey(cv2.createCLAHE(clipLimit=limit, tileGridSize=(tiles, tiles)).apply(film))


def _coarser(film: Film, scale: float) -> Film:
    small = cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _grey(cv2.resize(small, film.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _blurred(film: Film, sigma: float) -> Film:
    return _grey(cv2.GaussianBlur(film, (0, 0), sigma))


def _sharpened(film: Film, amount: float, sigma: float) -> Film:
    """Unsharp masking, as the makers of X-ray machines do: of edges, or of whole structures."""
    film32 = film.astype(np.float32)
    # Wide masks are a matter of structure, not of edges, and are weaker for the same look.
    return _grey(film32 + amount / np.sqrt(sigma) * (film32 - cv2.GaussianBlur(film32, (0, 0), sigma)))


def _noisy(film: Film, levels: float, random: np.random.Generator) -> Film:
    return _grey(film + random.normal(0, levels, film.shape))


def _stored_as_jpeg(film: Film, quality: int) -> Film:
    _, stored = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)
    assert read is not None
    return _grey(read)


def _grey(levels: npt.ArrayLike) -> Film:
    """Grey levels, rounded and cut to 0 to 255."""
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
