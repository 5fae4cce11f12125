"""Figures of what a bundle looks at: films without lungs, the hospital in its features, random weights."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.evidence.as_json import AsJson
from cxr.evidence.evaluation import words
from cxr.film import Population
from cxr.film.counted import counted, films_of_patients
from cxr.model.estimate import Estimate

# Under this a correlation is called negligible (Mukaka 2012).
NEGLIGIBLE = 0.3
# An AUROC above this (or below its complement) on films without lungs counts as a shortcut.
MOST_SHORTCUT = 0.65


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well the labels of one population can be predicted from what a patch leaves of the films.

    Attributes
    ----------
    auroc
        Of the logits, whatever the quality check would say; None where a label is missing.
    leak
        The larger of AUROC and 1 - AUROC: 0.5 where the labels cannot be separated, 1 where they are
        separated completely, even if in the wrong direction.
    effect
        Mean logit of the sick less that of the well, as a share of what it is on whole films: AUROC measures
        order alone, however small the differences.
    """

    population: Population
    films: int
    patients: int
    auroc: Estimate | None
    leak: Estimate | None
    effect: Estimate | None


@dataclass(frozen=True, slots=True)
class ProbeScore:
    """How well films of two sources can be distinguished, with each source and label given equal weight.

    Balanced accuracy is the mean over the four pairs of source and label, AUROC the mean over the labels.
    """

    balanced_accuracy: Estimate | None
    auroc: Estimate | None


@dataclass(frozen=True, slots=True)
class SourceProbe:
    """Two sources with films of both labels; the films counted are those of the half that was measured."""

    sources: tuple[str, str]
    films: int
    patients: int
    features: ProbeScore
    statistics: ProbeScore


class RandomPart(StrEnum):
    """What is random, from the head downwards."""

    HEAD = "head"
    HEAD_AND_LAST_STAGE = "head_and_last_stage"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class MapLikeness:
    """How like the true maps other maps are: means over films.

    Attributes
    ----------
    rank_correlation
        Spearman's, over the cells of a map; a map without heat has none, which counts as 0.
    absolute_correlation
        Mean of its absolute value: a map turned into its opposite still shows the same thing.
    similarity
        SSIM (Wang et al. 2004) of maps that were each scaled to a maximum of 1.
    """

    rank_correlation: Estimate | None
    absolute_correlation: Estimate | None
    similarity: Estimate | None

    @property
    def negligible(self) -> bool:
        """Whether the mean absolute correlation is so small that nothing is left of the true maps."""
        return self.absolute_correlation is not None and self.absolute_correlation.value < NEGLIGIBLE


@dataclass(frozen=True, slots=True)
class Randomised:
    """The maps of random networks, compared with the true ones."""

    part: RandomPart
    likeness: MapLikeness
    destroyed: bool


@dataclass(frozen=True, slots=True)
class Randomisation:
    """What random weights do to the heat maps of positive films.

    Attributes
    ----------
    films
        Those that have heat; the rest has no map to compare.
    other_films
        The yardstick: the true map of one film compared with that of the next patient's. Maps are alike
        because lungs lie where they lie.
    """

    films: int
    patients: int
    draws: int
    other_films: MapLikeness
    parts: tuple[Randomised, ...]


@dataclass(frozen=True, slots=True)
class Audit(AsJson):
    """One bundle on films that were made to hide what it should look at.

    The quality check is not asked: it would refuse such films.
    """

    bundle: str
    films: int
    patients: int
    bootstrap_repeats: int
    border_alone: tuple[Shortcut, ...]
    lungs_blanked: tuple[Shortcut, ...]
    source_probes: tuple[SourceProbe, ...]
    randomisation: Randomisation | None

    def summary(self) -> str:
        """Sum up in lines of text."""
        lines = [f"{self.bundle} audited: {films_of_patients(self.films, self.patients)}"]
        for title, found in (("border alone", self.border_alone), ("lungs blanked", self.lungs_blanked)):
            lines += ["", f"{title}: AUROC, how far from 0.5 either way, share of the whole films' effect"]
            lines += [
                f"  {one.population:8} {words(one.auroc)}, leak {words(one.leak)}, effect {words(one.effect)}"
                for one in found
            ]
        for probe in self.source_probes:
            lines += [
                "",
                f"{' or '.join(probe.sources)}, distinguished by a linear probe: "
                f"{counted(probe.films, 'film')}",
            ]
            lines += [_probe_line("features", probe.features), _probe_line("grey levels", probe.statistics)]
        if self.randomisation:
            lines += ["", *_randomisation_lines(self.randomisation)]
        return "\n".join(lines)


def _probe_line(name: str, score: ProbeScore) -> str:
    return f"  {name:12} balanced accuracy {words(score.balanced_accuracy)}, AUROC {words(score.auroc)}"


def _randomisation_lines(found: Randomisation) -> list[str]:
    lines = [
        f"heat maps of {found.films} positive films against those of random weights, {found.draws} draws: "
        "mean |rank correlation|, similarity"
    ]
    for part in found.parts:
        verdict = "destroyed" if part.destroyed else "not destroyed"
        lines.append(_likeness_line(part.part, part.likeness) + f": {verdict}")
    return [*lines, _likeness_line("other films", found.other_films)]


def _likeness_line(name: str, likeness: MapLikeness) -> str:
    both = f"{words(likeness.absolute_correlation)}, {words(likeness.similarity)}"
    return f"  {name.replace('_', ' '):20} {both}"
