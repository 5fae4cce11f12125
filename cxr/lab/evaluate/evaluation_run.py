"""From labelled films to `metrics.json` and figures."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cxr.evidence.evaluation import Evaluation
from cxr.evidence.metrics_file import METRICS
from cxr.lab.evaluate.figures import draw_figures
from cxr.measure.groups import measure_groups
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import REPEATS
from cxr.measure.screened import ScreenedFilm, screen_films
from cxr.screening import Screener
from cxr.triage.flag import Flag


def evaluate(
    films: Sequence[LabelledFilm],
    screener: Screener,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    repeats: int = REPEATS,
) -> Evaluation:
    """Read every film as the app does, measure, and write `metrics.json` and the figures of each population.

    A film that cannot be read or is not admitted counts as refused, and never as found or missed:
    sensitivity and all that follows are shares of the scored films.

    Parameters
    ----------
    out
        Folder for the results, made where it is missing.
    progress
        Called with films done and films in all.
    repeats
        Draws of the bootstrap.
    """
    out.mkdir(parents=True, exist_ok=True)
    screened = list(screen_films(films, screener, progress))
    evaluation = measure(screened, screener.version, repeats)
    (out / METRICS).write_text(evaluation.to_json())
    draw_figures(screened, evaluation, out)
    return evaluation


def measure(screened: Sequence[ScreenedFilm], bundle: str, repeats: int = REPEATS) -> Evaluation:
    """Measure what a version of a bundle said of films."""
    return Evaluation(
        bundle=bundle,
        films=len(screened),
        patients=len({film.labelled.patient for film in screened}),
        refused=sum(film.flag is Flag.REFUSED for film in screened),
        bootstrap_repeats=repeats,
        groups=measure_groups(screened, repeats),
    )
