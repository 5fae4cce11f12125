"""The plain pipeline and this program on the same films, in turns."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cxr.film import Population
from cxr.lab.bench.bench_films import FilmFiles
from cxr.lab.bench.plain_pipeline import PlainPipeline
from cxr.lab.bench.speed import SetSpeed
from cxr.lab.bench.timing import in_turns, pace, spread
from cxr.model.threads import ALL, compute_on
from cxr.screening import Screener

BATCH_FILMS, MOST_TIMES = 96, 6
"""A batch has this many films; a smaller set is repeated, but only this often."""


def measure_set(
    films: FilmFiles, plain: PlainPipeline, screeners: Mapping[str, Screener], rounds: int
) -> SetSpeed:
    """Measure one set of films in every way, in turn."""
    contenders = {"plain": _plainly(plain, films, False), "frugal": _plainly(plain, films, True)}
    for library, screener in screeners.items():
        contenders[f"single {library}"] = _one_by_one(screener, films)
        contenders[f"batch {library}"] = _all_at_once(screener, films)
    found = in_turns(contenders, rounds)
    reference = found["plain"]
    return SetSpeed(
        name=films.name,
        films=len(films.files),
        plain=spread(reference),
        frugal=pace(found["frugal"], reference),
        single={library: pace(found[f"single {library}"], reference) for library in screeners},
        batch={library: pace(found[f"batch {library}"], reference) for library in screeners},
    )


def _plainly(plain: PlainPipeline, films: FilmFiles, frugal: bool) -> Callable[[], int]:
    def run() -> int:
        compute_on(ALL)
        for path in films.files:
            plain.score(path, frugal)
        return len(films.files)

    return run


def _one_by_one(screener: Screener, films: FilmFiles) -> Callable[[], int]:
    def run() -> int:
        for path in films.files:
            _screen(screener, [path])
        return len(films.files)

    return run


def _all_at_once(screener: Screener, films: FilmFiles) -> Callable[[], int]:
    repeated = list(films.files) * min(MOST_TIMES, -(-BATCH_FILMS // len(films.files)))

    def run() -> int:
        _screen(screener, repeated)
        return len(repeated)

    return run


def _screen(screener: Screener, paths: list[Path]) -> None:
    for outcome in screener.screen((path, Population.CHILD) for path in paths):
        assert outcome.result and outcome.result.heat
