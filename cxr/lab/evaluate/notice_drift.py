"""Within how many films each kind of drift is noticed: drawn from scored films of one hospital."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from cxr.film import FilmError, read_film
from cxr.lab.evaluate.progress import Told
from cxr.lab.evaluate.shifts import Shift
from cxr.measure.drift import Verdict, compare
from cxr.measure.labels import LabelledFilm
from cxr.measure.metrics import Array, Bools
from cxr.screening import Screener

REFERENCE_FILMS = 500
COUNTS = (50, 100, 200, 400, 800, 1600)
REPEATS = 200
SURE = 0.9
"""Share of draws in which a drift has to be noticed."""
PREVALENCE = 0.2
PREVALENCES = (0.3, 0.4, 0.6)
LOGITS_ADDED = (0.5, 1.0, 2.0)
COLLAPSED = 0.05
"""Standard deviation of the logits that a broken detector gives, about one value."""
Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Scored films to draw from.

    Attributes
    ----------
    logits
        Shape (films,).
    positive
        Which of them show pneumonia, shape (films,).
    changed
        Logits of the same films under a shift of their pixels, by the shift's name.
    refused
        Films that were left out because they are refused as they are, or under a shift, by its name.
    """

    logits: Array
    positive: Bools
    changed: Mapping[str, Array]
    refused: Mapping[str, int] = field(default_factory=dict)

    def draw(
        self,
        random: np.random.Generator,
        films: int,
        prevalence: float = PREVALENCE,
        changed: str = "",
        added: float = 0.0,
    ) -> Array:
        """Draw films with replacement, such a share of them with pneumonia, and give their logits."""
        ill = random.random(films) < prevalence
        places = np.where(
            ill,
            random.choice(np.flatnonzero(self.positive), films),
            random.choice(np.flatnonzero(~self.positive), films),
        )
        logits: Array = (self.changed[changed] if changed else self.logits)[places] + added
        return logits


@dataclass(frozen=True, slots=True)
class Noticed:
    """How often a drift is noticed, as shares of the draws, by number of new films."""

    drift: str
    noticed: dict[int, float]
    drifted: dict[int, float]

    @property
    def within(self) -> int | None:
        """The fewest films within which nine in ten draws are at least watched; None with no number."""
        return next((films for films, share in self.noticed.items() if share >= SURE), None)

    @property
    def row(self) -> tuple[object, ...]:
        """The cells of a row: the drift, both shares by number of films, and `within`."""
        shares = (f"{self.noticed[films]:.2f} / {self.drifted[films]:.2f}" for films in sorted(self.noticed))
        return self.drift, *shares, self.within


def notice_drift(pool: Pool, repeats: int = REPEATS, seed: int = 0) -> Iterator[Noticed]:
    """Draw a reference and later films of each kind, and count the verdicts.

    Without drift, what is noticed are false alarms.
    """
    for place, (name, draw) in enumerate(_drifts(pool).items()):
        random = np.random.default_rng((seed, place))
        noticed, drifted = {}, {}
        for films in COUNTS:
            verdicts = [
                compare(pool.draw(random, REFERENCE_FILMS), draw(random, films)).verdict
                for _ in range(repeats)
            ]
            noticed[films] = sum(one in (Verdict.WATCH, Verdict.DRIFTED) for one in verdicts) / repeats
            drifted[films] = sum(one is Verdict.DRIFTED for one in verdicts) / repeats
        yield Noticed(name, noticed, drifted)


def score_pool(
    films: Sequence[LabelledFilm],
    screener: Screener,
    shifts: Sequence[Shift],
    progress: Told | None = None,
) -> Pool:
    """Score films as they are and under shifts; a film that is refused under any of them is left out."""
    names = ["unchanged", *(f"{shift.name.replace('_', ' ')}, severity {shift.severity}" for shift in shifts)]
    refused: Counter[str] = Counter(dict.fromkeys(names, 0))
    rows, positive = [], []
    for done, labelled in enumerate(films, start=1):
        try:
            film = read_film(labelled.path)
        except FilmError:
            continue
        shown = [film, *(shift.film(film) for shift in shifts)]
        scores = [one.score for one in screener.screen_films(shown, stated=labelled.population)]
        refused.update(name for name, score in zip(names, scores, strict=True) if not score)
        if all(scores):
            rows.append([score.logit for score in scores if score])
            positive.append(labelled.positive)
        if progress:
            progress(done, len(films))
    logits = np.array(rows, dtype=np.float64).reshape(len(rows), len(names)).T
    changed = dict(zip(names[1:], logits[1:], strict=True))
    return Pool(logits[0], np.array(positive, dtype=np.bool_), changed, refused)


def _drifts(pool: Pool) -> dict[str, Draw]:
    centre = float(np.median(pool.logits))
    return {
        "none": pool.draw,
        **{name: partial(pool.draw, changed=name) for name in pool.changed},
        **{f"logits {added:+g}": partial(pool.draw, added=added) for added in LOGITS_ADDED},
        **{
            f"prevalence {PREVALENCE:g} to {later:g}": partial(pool.draw, prevalence=later)
            for later in PREVALENCES
        },
        "scores collapse": lambda random, films: random.normal(centre, COLLAPSED, films),
    }
