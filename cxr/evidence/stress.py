"""What shifts between hospitals do to ranking, flags and refusals."""

from dataclasses import dataclass
from enum import StrEnum

from cxr.evidence.as_json import AsJson
from cxr.film import Population
from cxr.film.counted import films_of_patients
from cxr.model.estimate import Estimate


class ShiftName(StrEnum):
    """What is done to a film."""

    GAMMA_DARK = "gamma_dark"
    GAMMA_BRIGHT = "gamma_bright"
    CONTRAST_DOWN = "contrast_down"
    CONTRAST_UP = "contrast_up"
    BRIGHTER = "brighter"
    DARKER = "darker"
    BLUR = "blur"
    NOISE = "noise"
    JPEG = "jpeg"
    ROTATION = "rotation"
    BORDER = "border"
    MARKER = "marker"
    DOWNSCALE = "downscale"


@dataclass(frozen=True, slots=True)
class Measures:
    """What is asked of a run; None where it is undefined.

    All but `refused` are of the scored films. AUROC is that of the logits.
    """

    auroc: Estimate | None
    sensitivity_low: Estimate | None
    specificity_low: Estimate | None
    specificity_high: Estimate | None
    refused: Estimate | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one shift does to the films of a population.

    Attributes
    ----------
    strength
        What the severity means (see `KINDS`).
    scored
        Films scored with and without the shift: `shifted` and `drop` are of these, but for `refused`.
    drop
        Unshifted minus shifted, film by film; under 0 for a rise, as of films refused.
    """

    shift: ShiftName
    severity: int
    strength: float | None
    scored: int
    shifted: Measures
    drop: Measures


@dataclass(frozen=True, slots=True)
class StressGroup:
    """Films of one population, unshifted and under every shift."""

    population: Population
    films: int
    patients: int
    unshifted: Measures
    effects: tuple[Effect, ...]

    def worst(self, measure: str, severity: int = 2) -> Effect | None:
        """Find the shift of a severity under which a measure drops most; None where it is undefined.

        Of many drops the largest is too large by chance: its interval is that of a single drop.
        """
        asked = [effect for effect in self.effects if effect.severity == severity]
        drops = [(getattr(effect.drop, measure), effect) for effect in asked]
        defined = [(drop.value, effect) for drop, effect in drops if drop]
        return max(defined, key=lambda pair: pair[0])[1] if defined else None


@dataclass(frozen=True, slots=True)
class Stress(AsJson):
    """One bundle on shifted films."""

    bundle: str
    films: int
    patients: int
    bootstrap_repeats: int
    groups: tuple[StressGroup, ...]

    def summary(self) -> str:
        """Sum up as text: a table a population, a line a shift, drops with their intervals."""
        lines = [f"{self.bundle} under shifts: {films_of_patients(self.films, self.patients)}"]
        for group in self.groups:
            lines += ["", *_table(group)]
        return "\n".join(lines)


HEAD = (
    f"{'':17}{'AUROC':>6} {'drop':26}{'sens. low':>9} {'spec. low':>9} {'drop':26}{'spec. high':>10}"
    f" {'refused':>7}"
)


def _table(group: StressGroup) -> list[str]:
    lines = [f"{group.population}: {films_of_patients(group.films, group.patients)}", HEAD]
    lines.append(_line("unshifted", group.unshifted, None))
    for effect in group.effects:
        lines.append(_line(f"{effect.shift} {effect.severity}", effect.shifted, effect.drop))
    return lines


def _line(name: str, found: Measures, drop: Measures | None) -> str:
    return (
        f"{name:17}{_value(found.auroc):>6} {_whole(drop.auroc if drop else None):26}"
        f"{_value(found.sensitivity_low):>9} {_value(found.specificity_low):>9} "
        f"{_whole(drop.specificity_low if drop else None):26}{_value(found.specificity_high):>10} "
        f"{_value(found.refused):>7}"
    )


def _value(estimate: Estimate | None) -> str:
    return f"{estimate.value:.3f}" if estimate else "-"


def _whole(estimate: Estimate | None) -> str:
    """A drop with its interval; `to`, because a dash before a negative bound cannot be read."""
    if not estimate:
        return ""
    return f"{estimate.value:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})"
