"""The way of a film, in the one place that knows its order: quality check, model, explanation, decision."""

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from itertools import chain, islice
from threading import Lock

import numpy as np

from cxr.explain.blanking import Grey, blank
from cxr.explain.gradcam import HeatMap, grad_cam, heat_map
from cxr.explain.lung_field import LungLayer, reaches_edge
from cxr.explain.other_maps import Method, OtherMap, other_map
from cxr.film import Film, FilmError, FilmErrorCode, FilmSource, Overruled, Population, read_film
from cxr.film.decoding_pool import Attempt, DecodingUnavailableError
from cxr.film.errors import FAILED
from cxr.model.activation import Activation
from cxr.model.bundle import Bundle
from cxr.model.card import Card
from cxr.model.engine import Engine
from cxr.model.engines import make_engine
from cxr.model.identity import EngineIdentity
from cxr.model.preprocess import resize, side_wanted
from cxr.model.score import Score, calibrate
from cxr.model.threads import ALL
from cxr.quality.check import QualityCheck, check_film
from cxr.quality.head import check_features, region_features
from cxr.triage.flag import Decision, decide

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class ScreeningResult:
    """The model's result for a film, from one forward pass of one bundle.

    `score` and `heat` are missing where the film was not accepted; `seconds` is its share of the batch.
    """

    quality_check: QualityCheck
    score: Score | None
    heat: HeatMap | None
    decision: Decision
    bundle_version: str
    seconds: float
    engine: EngineIdentity | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of one file: a film and its result, or the error that kept it from being read.

    The film is as the network wants it: a large JPEG decoded at a fraction of its size (see `decode_film`).
    """

    film: Film | None = None
    result: ScreeningResult | None = None
    error: FilmError | None = None


Stated = tuple[FilmSource | Overruled, Population]
"""A file, whether a person overruled its refusal, and the population as the user states it."""


class Screener:
    """A bundle, ready to screen films.

    Parameters
    ----------
    batch_size
        Films in one batch, at most.
    prevalence
        Share of films with pneumonia where the films are read (see `calibrate`).
    engine
        Computes the network; by default torch in float32.
    why
        Why that engine was chosen, for people.
    threads
        Cores to compute on.
    """

    def __init__(
        self,
        bundle: Bundle,
        batch_size: int = 8,
        prevalence: float | None = None,
        engine: Engine | None = None,
        threads: int = ALL,
        why: str = "",
    ) -> None:
        self.card: Card = bundle.card
        self.version = bundle.version
        self._engine = engine or make_engine(bundle, threads=threads)
        self.engine = self._engine.identity
        self.computing = why or f"Films are scored by {self.engine}."
        self._quality_head = bundle.quality_head
        self._lungs = LungLayer.of(bundle.network)
        self._batch_size = batch_size
        self._prevalence = prevalence
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="screening")
        self._computing = 0
        self._lock = Lock()

    def using(self, card: Card, version: str) -> "Screener":
        """Return the same network, engine and threads with the calibration and points of another card."""
        other = copy(self)
        other.card, other.version = card, version
        return other

    def screen_films(
        self, films: Sequence[Film], stated: Population = Population.UNKNOWN
    ) -> list[ScreeningResult]:
        """Screen films, in the order given.

        Parameters
        ----------
        stated
            The population as the user states it; a film's own header takes precedence.
        """
        results: list[ScreeningResult] = []
        for start in range(0, len(films), self._batch_size):
            batch = films[start : start + self._batch_size]
            count = len(batch)
            results += self._screen_films(batch, [stated] * count, [False] * count, self._threads)
        return results

    def screen(self, files: Iterable[Stated], attempt: Attempt = Attempt.BOTH) -> Iterator[Outcome]:
        """Screen files with their stated populations, one outcome a file, in the order given.

        A file that cannot be read stops none of the others. A single file may use all cores; of several, each
        core takes a batch from file to map, so that one decodes while another computes. Files are taken from
        `files` a few batches ahead of the outcomes.

        Parameters
        ----------
        attempt
            Which attempts at reading a film are made here.
        """
        waiting = iter(files)
        first = list(islice(waiting, 2))
        threads = 1 if len(first) == 1 else self._threads
        batches = in_batches(chain(first, waiting), self._batch_size, threads)
        if threads == 1:
            for batch in batches:
                yield from self._screen_alone(batch, attempt)
            return
        running: deque[Future[list[Outcome]]] = deque()
        try:
            for batch in batches:
                running.append(self._pool.submit(self._screen_beside, batch, attempt))
                if len(running) > self._threads:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()

    def score_blanked(
        self, source: FilmSource, heat: HeatMap, population: Population, prevalence: float
    ) -> Score | None:
        """Score a film again without the region outlined in its heat map; None where there is none.

        Population and prevalence are those of the score to compare with; it raises what `read_film` does.
        """
        blanked = blank(self._resized(source), heat)
        if blanked is None:
            return None
        return calibrate(float(self._run(blanked).logits[0]), population, self.card, prevalence)

    def other_map(self, source: FilmSource, method: Method) -> OtherMap:
        """Compute another map of a film; raises what `read_film` and `cxr.explain.other_maps` do."""
        started = time.perf_counter()
        return other_map(self._run(self._resized(source)), method, started)

    def _resized(self, source: FilmSource) -> Grey:
        size = self.card.preprocessing.size
        return resize(read_film(source, side_wanted(size)), size)

    def _run(self, grey: Grey) -> Activation:
        with self._counted() as others:
            return self._engine.run(grey[None], 1 if others else self._threads)

    def _screen_alone(self, batch: Sequence[Stated], attempt: Attempt) -> list[Outcome]:
        """Screen on all cores, or on one where other batches are computed already: threads that wait for each
        other would wait for those too."""
        with self._counted() as others:
            return self._screen_safely(batch, attempt, 1 if others else self._threads)

    def _screen_beside(self, batch: Sequence[Stated], attempt: Attempt) -> list[Outcome]:
        with self._counted():
            return self._screen_safely(batch, attempt, 1)

    @contextmanager
    def _counted(self) -> Iterator[int]:
        """Count the batches that are computed, and give how many others there are."""
        with self._lock:
            others, self._computing = self._computing, self._computing + 1
        try:
            yield others
        finally:
            with self._lock:
                self._computing -= 1

    def _screen_safely(self, batch: Sequence[Stated], attempt: Attempt, threads: int) -> list[Outcome]:
        """Screen a batch; where that fails, which no film should do, screen each film alone."""
        try:
            return self._screen_batch(batch, attempt, threads)
        except DecodingUnavailableError:
            raise
        except Exception as error:
            if len(batch) > 1:
                return [outcome for one in batch for outcome in self._screen_safely([one], attempt, threads)]
            # The type alone: the text of a stranger's exception may name the patient.
            log.error("Screening a film failed with %s.", type(error).__name__)
            return [Outcome(error=FilmError(FilmErrorCode.FAILED, FAILED))]

    def _screen_batch(self, batch: Sequence[Stated], attempt: Attempt, threads: int) -> list[Outcome]:
        outcomes: list[Outcome] = []
        films: list[Film] = []
        stated: list[Population] = []
        overruled: list[bool] = []
        decoding: list[float] = []
        side = side_wanted(self.card.preprocessing.size)
        for file, population in batch:
            source = file.source if isinstance(file, Overruled) else file
            started = time.perf_counter()
            try:
                films.append(read_film(source, side, attempt))
            except FilmError as error:
                outcomes.append(Outcome(error=error))
                continue
            outcomes.append(Outcome(film=films[-1]))
            stated.append(population)
            overruled.append(isinstance(file, Overruled))
            decoding.append(time.perf_counter() - started)
        screened = self._screen_films(films, stated, overruled, threads) if films else []
        pairs = zip(screened, decoding, strict=True)
        results = (replace(result, seconds=result.seconds + seconds) for result, seconds in pairs)
        return [outcome if outcome.error else replace(outcome, result=next(results)) for outcome in outcomes]

    def _screen_films(
        self, films: Sequence[Film], stated: Sequence[Population], overruled: Sequence[bool], threads: int
    ) -> list[ScreeningResult]:
        started = time.perf_counter()
        populations = [
            said if film.population is Population.UNKNOWN else film.population
            for film, said in zip(films, stated, strict=True)
        ]
        quality_checks = [
            check_film(film, population, self.card.populations)
            for film, population in zip(films, populations, strict=True)
        ]
        accepted = [i for i, quality_check in enumerate(quality_checks) if quality_check.accepted]
        found: dict[int, tuple[Score, HeatMap]] = {}
        if accepted:
            resized = np.stack([resize(films[i], self.card.preprocessing.size) for i in accepted])
            activation = self._engine.run(resized, threads)
            judged = check_features(region_features(activation.maps), self._quality_head)
            cams = grad_cam(activation)
            lungs = self._lungs.fields(activation.maps) if self._lungs else [None] * len(accepted)
            parts = zip(accepted, judged, activation.logits, cams, lungs, strict=True)
            for i, found_fit, logit, cam, field in parts:
                quality_checks[i] = QualityCheck((), found_fit.refusals) if overruled[i] else found_fit
                if not quality_checks[i].accepted:
                    continue
                calibrated = calibrate(float(logit), populations[i], self.card, self._prevalence)
                shown = calibrated.points_reached > 0
                found[i] = calibrated, heat_map(cam, self.card.heat, shown, field)
        seconds = (time.perf_counter() - started) / len(films)
        results = []
        for i, quality_check in enumerate(quality_checks):
            score, heat = found.get(i, (None, None))
            cut_off = heat is not None and heat.lungs is not None and reaches_edge(heat.lungs)
            decision = decide(quality_check, score, films[i], stated[i], populations[i], cut_off)
            results.append(
                ScreeningResult(quality_check, score, heat, decision, self.version, seconds, self.engine)
            )
        return results


def in_batches(files: Iterable[Stated], size: int, threads: int) -> Iterator[list[Stated]]:
    """Make batches; the last films, fewer than a batch for each thread, are shared out evenly."""
    waiting = iter(files)
    ahead = list(islice(waiting, threads * size))
    while len(ahead) == threads * size:
        yield ahead[:size]
        ahead = [*ahead[size:], *islice(waiting, size)]
    if ahead:
        yield from in_batches(ahead, -(-len(ahead) // threads), threads=1)
