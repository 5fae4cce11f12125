"""Sample films for a newcomer that are nobody's: blends of aligned training films of one label."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from cxr.evidence.label import Label
from cxr.lab.train.film_set import FilmSet

BLENDED = 8
"""Films in one composite, each of another patient."""
CANDIDATES = 40
THUMBNAIL = 48
SIDE = 448
MAX_GAIN = 3.0

Grey = npt.NDArray[np.float32]


def write_composites(films: FilmSet, folder: Path, count: int = 3) -> list[Path]:
    """Blend so many composites of each label as PNG files.

    Each starts from the film that has the most look-alikes, takes those that can be aligned to it best,
    and uses no patient that another composite has used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for label in (Label.NORMAL, Label.PNEUMONIA):
        used: set[tuple[str, str]] = set()
        for number in range(1, count + 1):
            members = _look_alikes(films, label, used)
            blend, taken = _blend([films.resized[i] for i in members])
            used |= {films.films[members[place]].patient for place in taken}
            path = folder / f"composite-{label}-{number}.png"
            Image.fromarray(blend).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(path, optimize=True)
            written.append(path)
    return written


def _look_alikes(films: FilmSet, label: Label, used: set[tuple[str, str]]) -> list[int]:
    """A film and the films of other patients that resemble it most, itself first."""
    seen = set(used)
    candidates = []
    for i, film in enumerate(films.films):
        if film.label is label and film.patient not in seen:
            seen.add(film.patient)
            candidates.append(i)
    thumbnails = np.stack(
        [
            cv2.resize(films.resized[i], (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).ravel()
            for i in candidates
        ]
    ).astype(np.float32)
    thumbnails -= thumbnails.mean(axis=1, keepdims=True)
    thumbnails /= np.linalg.norm(thumbnails, axis=1, keepdims=True)
    likeness = thumbnails @ thumbnails.T
    nearest = np.sort(likeness, axis=1)[:, -CANDIDATES:]
    centre = int(nearest.mean(axis=1).argmax())
    order = np.argsort(-likeness[centre], kind="stable")[:CANDIDATES]
    return [candidates[i] for i in order]


def _blend(resized: Sequence[npt.NDArray[np.uint8]]) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Align films to the first and average the best; return the blend and the places of its members."""
    reference = _unit(resized[0])
    aligned = [(1.0, 0, reference)]
    for place, pixels in enumerate(resized[1:], start=1):
        film = _unit(pixels)
        try:
            fit, warp = cv2.findTransformECC(
                reference, film, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE
            )
        except cv2.error:  # the alignment did not converge: the film resembles the first too little
            continue
        moved = cv2.warpAffine(
            film,
            warp,
            reference.shape,
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        aligned.append((fit, place, moved.astype(np.float32)))
    best = sorted(aligned, key=lambda member: -member[0])[:BLENDED]
    if len(best) < BLENDED:
        raise ValueError(f"Only {len(best)} films could be aligned; a composite needs {BLENDED}.")
    mean = _sharpen([film for _, _, film in best])
    darkest, brightest = np.percentile(mean, [0.5, 99.5])
    grey = np.clip((mean - darkest) / (brightest - darkest), 0, 1)
    return np.round(grey * 255).astype(np.uint8), [place for _, place, _ in best]


def _sharpen(films: Sequence[Grey]) -> Grey:
    """Average films and give each spatial frequency the strength that it has in a single film.

    Averaging takes the fine detail away first, and a film without any looks hazy, as pneumonia does.
    """
    mean = np.fft.fft2(np.mean(films, axis=0))
    power = np.mean([np.abs(np.fft.fft2(film)) ** 2 for film in films], axis=0)
    size = len(films[0])
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :])
    ring = np.round(frequency * size).astype(int)
    kept = np.bincount(ring.ravel(), (np.abs(mean) ** 2).ravel()) / np.bincount(ring.ravel(), power.ravel())
    gain = np.minimum(1 / np.sqrt(kept), MAX_GAIN)
    return np.fft.ifft2(mean * gain[ring]).real.astype(np.float32)


def _unit(pixels: npt.NDArray[np.uint8]) -> Grey:
    film = pixels.astype(np.float32)
    unit: Grey = (film - film.mean()) / film.std()
    return unit
