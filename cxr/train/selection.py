"""Which films of a labels file are evaluated."""

from collections.abc import Iterable, Sequence

from cxr.evaluate.labels import LabelledFilm, keep
from cxr.train.films import load_films, split_films
from cxr.train.split import Part

TRAINING_SPLIT = "train"


def select_films(
    films: Sequence[LabelledFilm], size: int, sources: Iterable[str] = (), split: str | None = None
) -> list[LabelledFilm]:
    """Films of the given sources and split; nothing given keeps all.

    Parameters
    ----------
    size
        Side in pixels at which training compared films to find copies: the card's.
    split
        `fit`, `tune` or `holdout` is that part of the training split, made over again from the pixels as in
        training, without the films labelled `other`, which belong to none. Any other name is a split of the
        labels file.

    Raises
    ------
    LabelsError
        Where nothing is left, or a training film cannot be read.
    """
    if split is None:
        return keep(films, sources=sources)
    if split not in list(Part):
        return keep(films, sources=sources, splits=[split])
    training = load_films(keep(films, sources=sources, splits=[TRAINING_SPLIT]), size)
    return keep(split_films(training)[Part(split)].films)
