"""The films that speed is measured on: real ones, in the three forms in which hospitals store them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cxr.film import Population
from cxr.lab.bench.plain_pipeline import can_read
from cxr.lab.bench.speed import DICOM, FULL_SIZE, SMALL
from cxr.screening import Screener

SMALL_FILMS = 64


@dataclass(frozen=True, slots=True)
class FilmFiles:
    """Files of one form, all of which can be scored; taken as children's where the header gives no age."""

    name: str
    files: tuple[Path, ...]


def film_sets(data: Path, screener: Screener) -> list[FilmFiles]:
    """Choose the films of each form that both this program and the plain pipeline can score.

    Raises
    ------
    FileNotFoundError
        If a form has none.
    """
    sets = [FilmFiles(name, tuple(_scored(paths, screener))) for name, paths in film_paths(data).items()]
    for one in sets:
        _require(one.files, one.name, data)
    return sets


def film_paths(data: Path) -> dict[str, list[Path]]:
    """Find the files of each form.

    Raises
    ------
    FileNotFoundError
        If a form has none.
    """
    small = [*_some(data / "kermany" / "train", SMALL_FILMS // 2), *_some(data / "siim", SMALL_FILMS // 2)]
    found = {
        FULL_SIZE: sorted((data / "full_size").glob("*.jpeg")),
        DICOM: sorted((data / "dicom").glob("*.dcm")),
        SMALL: small,
    }
    for name, paths in found.items():
        _require(paths, name, data)
    return found


def many_films(data: Path, count: int) -> list[Path]:
    """Return up to `count` different films of 224 to 256 pixels."""
    return [*_some(data / "kermany" / "train", count // 2), *_some(data / "siim", count - count // 2)]


def _require(files: Sequence[Path], name: str, data: Path) -> None:
    if not files:
        raise FileNotFoundError(
            f"No {name} films in {data}: set CXR_DATA to a folder with full_size, dicom, kermany, siim."
        )


def _scored(paths: Sequence[Path], screener: Screener) -> list[Path]:
    outcomes = screener.screen((path, Population.CHILD) for path in paths)
    return [
        path
        for path, outcome in zip(paths, outcomes, strict=True)
        if outcome.result and outcome.result.score and can_read(path)
    ]


def _some(folder: Path, count: int) -> list[Path]:
    """Return `count` files of a folder, spread evenly over it."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".jpeg", ".jpg"))
    return list(islice(files[:: max(1, len(files) // max(1, count))], count))
