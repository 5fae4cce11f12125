"""Everything that model card, README and the page Evidence show, measured by one command."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from cxr.evidence.as_json import AsJson
from cxr.evidence.evaluation import Evaluation
from cxr.evidence.heat_comparison import HEAT_COMPARISON, HeatComparison
from cxr.evidence.metrics_file import Evidence, EvidenceError
from cxr.evidence.quality_evidence import QUALITY, QualityEvidence
from cxr.lab.evaluate.evaluation_run import measure
from cxr.lab.evaluate.sample import balanced_sample
from cxr.lab.evaluate.shortcut_audit import audit
from cxr.lab.evaluate.stress_test import stress
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import REPEATS
from cxr.measure.screened import screen_films
from cxr.model.bundle import Bundle
from cxr.model.engines import installed_libraries, make_engine
from cxr.screening import Screener

Part = TypeVar("Part", bound=AsJson)
Progress = Callable[[str, int, int], None]
"""Called with what is being measured, how much of it is done, and the total."""


@dataclass(frozen=True, slots=True)
class EvidenceFilms:
    """The films of each set (see `Evidence`); an empty set is not measured."""

    tune: Sequence[LabelledFilm]
    holdout: Sequence[LabelledFilm]
    val: Sequence[LabelledFilm] = ()
    external: Sequence[LabelledFilm] = ()


def gather_evidence(
    films: EvidenceFilms,
    bundle: Bundle,
    folder: Path,
    stress_films: int,
    audited_films: int,
    progress: Progress | None = None,
    repeats: int = REPEATS,
) -> Evidence:
    """Measure a bundle, and add what training and the quality head's fitting saved beside it.

    Parameters
    ----------
    folder
        The bundle's, where `heat_comparison.json` and `gate_evidence.json` lie if there are any.
    stress_films, audited_films
        Films of the holdout to shift, and to audit.
    repeats
        Draws of the bootstrap.

    Raises
    ------
    EvidenceError
        Where one of the two files does not hold what it should.
    """
    # The fastest library that is installed: there are thousands of films.
    screener = Screener(bundle, engine=make_engine(bundle, installed_libraries()[-1]))

    def told(name: str) -> Callable[[int, int], None] | None:
        return partial(progress, name) if progress else None

    def evaluation(name: str, of: Sequence[LabelledFilm]) -> Evaluation:
        return measure(list(screen_films(of, screener, told(name))), bundle.version, repeats)

    return Evidence(
        bundle=bundle.version,
        tune=evaluation("tune", films.tune),
        holdout=evaluation("holdout", films.holdout),
        val=evaluation("val", films.val) if films.val else None,
        external=evaluation("external", films.external) if films.external else None,
        stress=stress(
            films.holdout, screener, at_most=stress_films, progress=told("stress"), repeats=repeats
        ),
        audit=audit(balanced_sample(films.holdout, audited_films), bundle, told("audit"), repeats),
        heat_comparison=_read(folder / HEAT_COMPARISON, HeatComparison),
        quality=_read(folder / QUALITY, QualityEvidence),
    )


def _read(path: Path, kind: type[Part]) -> Part | None:
    """The content of a file; None if it does not exist."""
    if not path.exists():
        return None
    try:
        return kind.from_json(path.read_bytes())
    except ValidationError as error:
        raise EvidenceError(f"{path} has invalid content. Generate it again. {error}") from error
