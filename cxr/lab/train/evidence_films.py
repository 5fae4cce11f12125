"""Which films of a labels file are evaluated."""

from collections.abc import Iterable, Sequence

from cxr.lab.evaluate.measurement import EvidenceFilms
from cxr.lab.train.film_set import FilmSet, load_films, split_films
from cxr.lab.train.split import Part
from cxr.measure.labels import LabelledFilm, LabelsError, keep
from cxr.model.card import Card

TRAINING_SPLIT, VAL_SPLIT, EXTERNAL_SPLIT = "train", "val", "external"


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


def evidence_films(films: Sequence[LabelledFilm], card: Card) -> EvidenceFilms:
    """Part films by what training did with them.

    Raises
    ------
    LabelsError
        As `training_parts`.
    """
    parts = training_parts(films, card)
    return EvidenceFilms(
        tune=parts[Part.TUNE].films,
        holdout=parts[Part.HOLDOUT].films,
        val=[film for film in films if film.split == VAL_SPLIT],
        external=[film for film in films if film.split == EXTERNAL_SPLIT],
    )


def training_parts(films: Sequence[LabelledFilm], card: Card) -> dict[Part, FilmSet]:
    """Part the training split as a bundle's training did.

    Parameters
    ----------
    card
        Of the bundle: it was trained on all films of the training split of its sources and populations.

    Raises
    ------
    LabelsError
        Where those are other films than the bundle was trained on, or one of them cannot be read: a film
        held out now might have been trained on then.
    """
    sources = card.training.trained_on
    chosen = [
        film
        for film in films
        if film.split == TRAINING_SPLIT
        and film.population in card.populations
        and (not sources or film.source in sources)
    ]
    training = load_films(chosen, card.preprocessing.size)
    if training.sha256 != card.training.data_sha256:
        raise LabelsError(
            f"The {len(training.films)} training films have SHA-256 {training.sha256}, those of {card.name} "
            f"had {card.training.data_sha256}. Give the labels and films that it was trained on."
        )
    return split_films(training)
