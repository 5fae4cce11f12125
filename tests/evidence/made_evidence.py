"""Evidence made up for tests, with every part or without the optional ones."""

from cxr.evidence.evaluation import AtPoint, Evaluation, Group, HeatAgreement, Refusals, ReliabilityBin
from cxr.evidence.heat_comparison import ComparedHeat, HeatComparison
from cxr.evidence.label import Label
from cxr.evidence.metrics_file import Evidence
from cxr.evidence.quality_evidence import Kind, QualityEvidence
from cxr.evidence.shortcuts import (
    Audit,
    MapLikeness,
    ProbeScore,
    Randomisation,
    Randomised,
    RandomPart,
    Shortcut,
    SourceProbe,
)
from cxr.evidence.stress import Effect, Measures, ShiftName, Stress, StressGroup
from cxr.film import Population
from cxr.model.estimate import Estimate
from cxr.triage.flag import Flag

VERSION = "made-00000000"
FLAGS = (Flag.URGENT, Flag.REVIEW, Flag.ROUTINE, Flag.REFUSED)
OF_LABEL = {
    Label.PNEUMONIA: (0.8, 0.155, 0.035, 0.01),
    Label.NORMAL: (0.02, 0.17, 0.8, 0.01),
    Label.OTHER: (0.3, 0.4, 0.3, 0.0),
}


def estimate(value: float, width: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - width, high=value + width)


def group(
    population: Population,
    source: str | None,
    labels: tuple[Label, ...] = (Label.NORMAL, Label.PNEUMONIA),
    films: int = 100,
) -> Group:
    """Films of which as many are of each label."""
    both = Label.NORMAL in labels and Label.PNEUMONIA in labels
    each = films // len(labels)
    sensitivity = estimate(0.96) if Label.PNEUMONIA in labels else None
    specificity = estimate(0.81) if Label.NORMAL in labels else None
    return Group(
        population=population,
        source=source,
        films=films,
        patients=films // 2,
        labels={label: each if label in labels else 0 for label in Label},
        refusals=Refusals(1, estimate(0.01, 0.01), {"blank": 1}),
        scored_positives=each if sensitivity else 0,
        scored_negatives=each if specificity else 0,
        auroc=estimate(0.95) if both else None,
        low=AtPoint(sensitivity, specificity, None, None),
        high=AtPoint(sensitivity, specificity, None, None),
        brier=estimate(0.05),
        calibration_error=estimate(0.02),
        reliability=tuple(
            ReliabilityBin(films // 5, said, estimate(found, 0.05))
            for said, found in ((0.05, 0.06), (0.3, 0.25), (0.5, 0.55), (0.7, 0.72), (0.95, 0.94))
        ),
        flags={label: dict(zip(FLAGS, map(estimate, OF_LABEL[label]), strict=True)) for label in labels},
        heat=HeatAgreement(40, 38, estimate(0.94), estimate(0.86), estimate(0.2))
        if population is Population.ADULT and Label.PNEUMONIA in labels
        else None,
    )


def evaluation(*groups: Group) -> Evaluation:
    """Groups of one source each, and the populations that they add up to."""
    populations = {one.population: one.source for one in groups if one.population}
    labels = {
        p: tuple(sorted({label for g in groups if g.population is p for label in g.flags}))
        for p in populations
    }
    whole = (group(population, None, labels[population]) for population in sorted(populations))
    films = sum(one.films for one in groups)
    return Evaluation(VERSION, films, films // 2, 1, 200, (*whole, *groups))


def both_populations() -> Evaluation:
    return evaluation(
        group(Population.CHILD, "kermany"),
        group(Population.ADULT, "siim", (Label.NORMAL, Label.PNEUMONIA, Label.OTHER), 150),
    )


def bare_evidence() -> Evidence:
    """No more than the two parts of the training split."""
    return Evidence(VERSION, both_populations(), both_populations())


def full_evidence() -> Evidence:
    external = evaluation(
        group(Population.ADULT, "chexpert_normal", (Label.NORMAL,)),
        group(Population.ADULT, "hannover", (Label.PNEUMONIA,)),
    )
    return Evidence(
        bundle=VERSION,
        tune=both_populations(),
        holdout=both_populations(),
        val=both_populations(),
        external=external,
        stress=stress(),
        audit=audit(),
        heat_comparison=HeatComparison(
            bundle=VERSION,
            without=ComparedHeat("train --focus 0", 3, estimate(0.6), estimate(0.4)),
            with_boxes=ComparedHeat("train", 3, estimate(0.93), estimate(0.86)),
        ),
        quality=quality(),
    )


def measures(auroc: float, specificity: float) -> Measures:
    return Measures(
        auroc=estimate(auroc),
        sensitivity_low=estimate(0.95),
        specificity_low=estimate(specificity),
        specificity_high=None,
        refused=estimate(0.0),
    )


def stress() -> Stress:
    """Drops that grow with the severity; noise does most."""
    groups = []
    for population in (Population.CHILD, Population.ADULT):
        effects = []
        for shift in ShiftName:
            for severity in (1, 2, 3):
                lost = 0.01 * severity * (3 if shift is ShiftName.NOISE else 1)
                shifted, drop = measures(0.95 - lost, 0.8 - 2 * lost), measures(lost, 2 * lost)
                effects.append(Effect(shift, severity, 0.5, 40, shifted, drop))
        groups.append(StressGroup(population, 40, 20, measures(0.95, 0.8), tuple(effects)))
    return Stress(VERSION, 80, 40, 200, tuple(groups))


def audit() -> Audit:
    def shortcuts(auroc: float) -> tuple[Shortcut, ...]:
        leak = max(auroc, 1 - auroc)
        return tuple(
            Shortcut(population, 40, 20, estimate(auroc), estimate(leak), estimate(0.02))
            for population in (Population.CHILD, Population.ADULT)
        )

    score = ProbeScore(estimate(0.9), estimate(0.95))
    likeness = MapLikeness(estimate(0.05), estimate(0.1), estimate(0.2))
    parts = tuple(Randomised(part, likeness, True) for part in RandomPart)
    return Audit(
        bundle=VERSION,
        films=80,
        patients=40,
        bootstrap_repeats=200,
        border_alone=shortcuts(0.55),
        lungs_blanked=shortcuts(0.6),
        source_probes=(SourceProbe(("kermany", "siim"), 40, 20, score, score),),
        randomisation=Randomisation(30, 30, 3, likeness, parts),
    )


def quality() -> QualityEvidence:
    return QualityEvidence(
        kinds=(
            Kind("chest_lateral", True, 100, estimate(1.0, 0.0)),
            Kind("photograph", True, 50, estimate(0.97)),
            Kind("screenshot_or_diagram", False, 50, estimate(0.96)),
        ),
        false_refusals={Population.CHILD: estimate(0.004), Population.ADULT: estimate(0.009)},
        left_out=(Kind("chest_lateral", False, 100, estimate(0.94)),),
    )
