"""What the quality head is fitted on: films, and what must not be scored, with their features."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from cxr.film.raster import read_picture
from cxr.lab.train.augment import Augmentation
from cxr.lab.train.clutter import Clutter
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.junk import TURNED, UNLIKE, several, to_square
from cxr.lab.train.sharpness import Sharpness
from cxr.model.engine import Engine
from cxr.model.preprocess import to_batch
from cxr.quality.check import RefusalCode
from cxr.quality.head import region_features

Films = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]

LATERAL_FOLDER = "chest_lateral"
PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Pictures of one kind with their features, shape (films, features); `code` is None for films."""

    kind: str
    code: RefusalCode | None
    features: Array


def film_examples(films: FilmSet, engine: Engine, changed: bool, seed: int) -> Examples:
    """Films as they are or, `changed`, as they come in training."""
    resized = _changed(films.resized, seed) if changed else films.resized
    return Examples("film", None, features_of(resized, engine))


def made_examples(films: FilmSet, engine: Engine, count: int, seed: int) -> list[Examples]:
    """Junk made from films, `count` of each kind; half of it from films as they come in training."""
    random = np.random.default_rng(seed)
    pool = balanced(films, 4 * count, seed).resized
    half = len(pool) // 2
    pool = np.concatenate([pool[:half], _changed(pool[half:], seed)])
    made: list[Examples] = []

    def add(kind: str, code: RefusalCode, pictures: Sequence[npt.NDArray[np.uint8]]) -> None:
        made.append(Examples(kind, code, features_of(np.stack(pictures), engine)))

    def draw() -> npt.NDArray[np.uint8]:
        drawn: npt.NDArray[np.uint8] = pool[random.integers(len(pool))]
        return drawn

    for code, make in TURNED.items():
        add(f"made_{code}", code, [make(draw(), random) for _ in range(count)])
    pages = [several(draw(), [draw() for _ in range(5)], random) for _ in range(count)]
    add("made_multiple_images", RefusalCode.MULTIPLE_IMAGES, pages)
    for make in UNLIKE:
        add(f"made_{make.__name__}", RefusalCode.NOT_CHEST, [make(draw(), random) for _ in range(count)])
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Real pictures of one kind, grey levels of shape (pictures, size, size)."""

    kind: str
    code: RefusalCode
    resized: Films

    def halves(self) -> tuple["Pictures", "Pictures"]:
        """Part them: one half to fit on, the other to measure on."""
        return (
            Pictures(self.kind, self.code, self.resized[::2]),
            Pictures(self.kind, self.code, self.resized[1::2]),
        )

    def examples(self, engine: Engine, copies: int = 0, seed: int = 0) -> Examples:
        """Give their features, and those of changed copies: there are few of some kinds."""
        mirrored = np.concatenate([self.resized, self.resized[:, :, ::-1]])
        changed = [_changed(mirrored, seed + copy) for copy in range(copies)]
        return Examples(self.kind, self.code, features_of(np.concatenate([self.resized, *changed]), engine))


def real_pictures(folder: Path, size: int) -> list[Pictures]:
    """Real pictures other than frontal films, one folder per kind, ordered by the hash of their names."""
    found = []
    for kind in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(
            (file for file in kind.iterdir() if file.suffix.lower() in PICTURES),
            key=lambda file: hashlib.sha256(file.name.encode()).digest(),
        )
        code = RefusalCode.LATERAL if kind.name == LATERAL_FOLDER else RefusalCode.NOT_CHEST
        if files:
            pictures = np.stack([to_square(read_picture(file), size) for file in files])
            found.append(Pictures(kind.name, code, pictures))
    return found


def balanced(films: FilmSet, count: int, seed: int) -> FilmSet:
    """Draw films, as many of each source and label."""
    random = np.random.default_rng(seed)
    cells: dict[tuple[str, str], list[int]] = {}
    for place, film in enumerate(films.films):
        cells.setdefault((film.source, film.label), []).append(place)
    share = -(-count // len(cells))
    places = [
        random.choice(cells[cell], min(share, len(cells[cell])), replace=False) for cell in sorted(cells)
    ]
    return films.take(random.permutation(np.concatenate(places)).tolist())


def features_of(resized: Films, engine: Engine, batch_size: int = 32) -> Array:
    """Run films through the trunk and keep the features of their regions, shape (films, features)."""
    batches = range(0, len(resized), batch_size)
    return np.concatenate(
        [region_features(engine.run(resized[start : start + batch_size]).maps) for start in batches]
    )


def _changed(resized: Films, seed: int, batch_size: int = 64) -> Films:
    generator = torch.Generator().manual_seed(seed)
    # Not mirrored: a heart on the right is not a reason to refuse a film, but it is not typical either.
    augmentation, clutter, sharpness = Augmentation(mirrored=0), Clutter(), Sharpness()
    return np.concatenate(
        [
            sharpness(
                clutter(augmentation(to_batch(resized[start : start + batch_size]), generator), generator),
                generator,
            )
            for start in range(0, len(resized), batch_size)
        ]
    )
