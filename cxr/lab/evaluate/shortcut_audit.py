"""Measure what a bundle looks at: blanked lungs, the hospital in its features, maps of random weights."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from cxr.evidence.label import Label
from cxr.evidence.shortcuts import Audit, RandomPart, Shortcut
from cxr.film import FilmError, read_film
from cxr.lab.evaluate.progress import Told, counted
from cxr.lab.evaluate.randomisation import BATCH, DRAWS, randomise
from cxr.lab.evaluate.sample import balanced_sample
from cxr.lab.evaluate.shortcuts import ALL_BUT_BORDER, LUNGS, Patch, shortcuts
from cxr.lab.evaluate.source_probe import probe_sources
from cxr.measure.labels import LabelledFilm, LabelsError
from cxr.measure.metrics import REPEATS
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.model.engines import installed_libraries, make_engine
from cxr.model.preprocess import resize, side_wanted

AUDIT = "audit.json"
# Positive films whose maps are compared with those of random networks.
MAPPED_FILMS = 100

Films = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]


def audit(
    films: Sequence[LabelledFilm],
    bundle: Bundle,
    progress: Told | None = None,
    repeats: int = REPEATS,
) -> Audit:
    """Look for shortcuts of a bundle, whose network stays as it is.

    Films labelled `other`, and films that cannot be read, are left out.

    Parameters
    ----------
    progress
        Called with films run through a network and films to run in all.
    repeats
        Draws of the bootstrap over patients.

    Raises
    ------
    LabelsError
        Where no film is left.
    """
    preprocessing = bundle.card.preprocessing
    films, resized = _resized(films, preprocessing.size)
    mapped = set(balanced_sample([film for film in films if film.positive], MAPPED_FILMS))
    positives = [place for place, film in enumerate(films) if film in mapped]
    advance = counted(progress, 3 * len(films) + (1 + len(RandomPart) * DRAWS) * len(positives))
    engine = make_engine(bundle, installed_libraries()[-1])

    whole, pooled = _run(engine, resized, advance)

    def without(patch: Patch) -> tuple[Shortcut, ...]:
        logit, _ = _run(engine, resized, advance, patch)
        return shortcuts(films, logit.astype(np.float64), whole.astype(np.float64), repeats)

    return Audit(
        bundle=bundle.version,
        films=len(films),
        patients=len({film.patient for film in films}),
        bootstrap_repeats=repeats,
        border_alone=without(ALL_BUT_BORDER),
        lungs_blanked=without(LUNGS),
        source_probes=probe_sources(films, pooled, resized, repeats),
        randomisation=randomise(
            [films[place] for place in positives],
            resized[positives],
            bundle.network,
            preprocessing,
            advance,
            repeats,
        )
        if positives
        else None,
    )


def _resized(films: Sequence[LabelledFilm], size: int) -> tuple[list[LabelledFilm], Films]:
    kept, pixels = [], []
    for labelled in films:
        if labelled.label is Label.OTHER:
            continue
        try:
            pixels.append(resize(read_film(labelled.path, side_wanted(size)), size))
        except FilmError:
            continue
        kept.append(labelled)
    if not kept:
        raise LabelsError("No film to audit: the labels need films that can be read, normal or pneumonia.")
    return kept, np.stack(pixels)


def _run(
    engine: Engine, resized: Films, advance: Callable[[int], None], patch: Patch | None = None
) -> tuple[Array, Array]:
    """Logits, shape (films,), and pooled features, shape (films, channels), of films or of what is left."""
    logits, pooled = [], []
    for start in range(0, len(resized), BATCH):
        batch = resized[start : start + BATCH]
        activation = engine.run(patch.on(batch) if patch else batch)
        logits.append(activation.logits)
        pooled.append(activation.pooled)
        advance(len(batch))
    return np.concatenate(logits), np.concatenate(pooled)
