"""What an evaluation found, group by group: as JSON, and summed up in lines of text."""

from collections import Counter
from dataclasses import dataclass

from cxr.evidence.as_json import AsJson
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.film.counted import films_of_patients
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag


@dataclass(frozen=True, slots=True)
class Refusals:
    """Films that were not scored: a person reads them, so they are neither found nor missed.

    A film refused for two reasons is counted once in `films` and under both codes in `reasons`.
    """

    films: int
    share: Estimate | None
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class AtPoint:
    """What one operating point achieves on scored films, with each film's own point applied to it."""

    sensitivity: Estimate | None
    specificity: Estimate | None
    positive_predictive_value: Estimate | None
    negative_predictive_value: Estimate | None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Scored films of about one probability.

    Attributes
    ----------
    probability
        The mean that they were given.
    share
        How many of them show pneumonia, with Wilson's 95 % interval.
    """

    films: int
    probability: float
    share: Estimate


@dataclass(frozen=True, slots=True)
class HeatAgreement:
    """Means over the scored positive films that have boxes (see `BoxAgreement`).

    `hit_rate` is over all `films`, of which those without heat are misses; `energy_in_box` over the `shown`.
    """

    films: int
    shown: int
    hit_rate: Estimate | None
    energy_in_box: Estimate | None
    box_area: Estimate | None


@dataclass(frozen=True, slots=True)
class Group:
    """Films of one population, of one source, or of one source within one population.

    A measure that is undefined, such as the AUROC of films of one label, is None. Refused films, and films
    labelled `other`, count in `films`, `refusals` and `flags` only.

    Attributes
    ----------
    reliability
        Bins of as many films each, from the least probable to the most.
    flags
        By label, the share of films with each flag.
    """

    population: Population | None
    source: str | None
    films: int
    patients: int
    labels: dict[Label, int]
    refusals: Refusals
    scored_positives: int
    scored_negatives: int
    auroc: Estimate | None
    low: AtPoint
    high: AtPoint
    brier: Estimate | None
    calibration_error: Estimate | None
    reliability: tuple[ReliabilityBin, ...]
    flags: dict[Label, dict[Flag, Estimate | None]]
    heat: HeatAgreement | None

    @property
    def name(self) -> str:
        """Population and source in words."""
        return ", ".join(str(part) for part in (self.population, self.source) if part)


@dataclass(frozen=True, slots=True)
class Evaluation(AsJson):
    """One bundle on labelled films."""

    bundle: str
    films: int
    patients: int
    refused: int
    bootstrap_repeats: int
    groups: tuple[Group, ...]

    def group(self, population: Population | None = None, source: str | None = None) -> Group:
        """Find a group by its population, its source, or both."""
        return next(g for g in self.groups if (g.population, g.source) == (population, source))

    def population(self, population: Population) -> Group | None:
        """Find all films of a population; None where there are none."""
        return next((g for g in self.populations if g.population is population), None)

    @property
    def populations(self) -> tuple[Group, ...]:
        """The groups of one population each, of all sources."""
        return tuple(group for group in self.groups if group.population and not group.source)

    @property
    def sources(self) -> tuple[Group, ...]:
        """The groups of one source within one population each."""
        return tuple(group for group in self.groups if group.population and group.source)

    def comparable(self, population: Population) -> bool:
        """Whether any one source has scored films of both labels.

        Where none has, a difference between labels may be a difference between hospitals, and AUROC and
        calibration mean little.
        """
        return any(
            group.scored_positives and group.scored_negatives
            for group in self.sources
            if group.population is population
        )

    def summary(self) -> str:
        """Sum up in lines of text, one group after the other; groups of the same films once."""
        lines = [f"{self.bundle}: {films_of_patients(self.films, self.patients)}, {self.refused} refused"]
        sources = Counter(group.population for group in self.sources)
        populations = Counter(group.source for group in self.sources)
        for group in self.groups:
            repeats_another = (group.source is None and sources[group.population] == 1) or (
                group.population is None and populations[group.source] == 1
            )
            if not repeats_another:
                lines += ["", *_lines(group)]
        return "\n".join(lines)


def _lines(group: Group) -> list[str]:
    positives = f"{group.labels[Label.PNEUMONIA]} with pneumonia"
    refusals = f"{group.refusals.films} refused"
    if group.refusals.reasons:
        refusals += f" ({', '.join(f'{code} {count}' for code, count in group.refusals.reasons.items())})"
    lines = [
        f"{group.name}: {films_of_patients(group.films, group.patients)}, {positives}, {refusals}",
        f"  AUROC        {words(group.auroc)}",
    ]
    for name, point in (("low point ", group.low), ("high point", group.high)):
        lines.append(
            f"  {name}   sensitivity {words(point.sensitivity)}, specificity {words(point.specificity)}"
        )
    if group.heat:
        lines.append(
            f"  heat map     hottest in box {words(group.heat.hit_rate)}, energy in box "
            f"{words(group.heat.energy_in_box)}, by chance {words(group.heat.box_area)}"
        )
    return lines


def words(estimate: Estimate | None) -> str:
    """Write an estimate with its interval, or that it is undefined."""
    return str(estimate) if estimate else "undefined"
