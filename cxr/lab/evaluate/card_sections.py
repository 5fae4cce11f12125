"""The sections of the model card that contain figures; each is None if it was not measured."""

from cxr.evidence.label import Label
from cxr.evidence.metrics_file import SETS, Evidence
from cxr.evidence.predictive import share_with_pneumonia
from cxr.evidence.shortcuts import Audit
from cxr.evidence.stress import StressGroup
from cxr.film.counted import films_of_patients
from cxr.lab.evaluate.goals import GOALS
from cxr.lab.evaluate.tables import NOTHING, measures_table, table
from cxr.triage.flag import Flag

PREVALENCES = (0.05, 0.1, 0.2, 0.35, 0.5)
WORDS = {True: "reached", False: "not reached", None: "not measured"}

EFFECT = "sick less well in logits, as a share of whole films"


def goals(evidence: Evidence) -> str:
    """The goals and the measured values."""
    rows = [(goal.measure, goal.words, goal.found(evidence), WORDS[goal.reached(evidence)]) for goal in GOALS]
    return table(("measure", "goal", "found", ""), rows)


def results(evidence: Evidence) -> str:
    """A table a set of films, a column a source."""
    parts = []
    for name, evaluation in evidence.sets.items():
        columns = [(group.name, evaluation, group) for group in evaluation.sources]
        what, done = SETS[name]
        parts.append(f"**{name}**, {what}: {done}.\n\n{measures_table(columns)}")
    return "\n\n".join(parts)


def flags(evidence: Evidence) -> str:
    """The share of films with each flag, by what they show."""
    rows = [
        (name, group.name, label, group.labels[label], *(group.flags[label].get(flag) for flag in Flag))
        for name, evaluation in evidence.sets.items()
        for group in evaluation.sources
        for label in Label
        if label in group.flags
    ]
    return table(("set", "films", "label", "number", *Flag), rows)


def predictive(evidence: Evidence) -> str:
    """The share of pneumonia among films of each flag, for clinics with more or fewer of it."""
    # What was refused is read by a person whatever it is worth, and is too little to tell.
    scored = [flag for flag in Flag if flag is not Flag.REFUSED]
    rows = [
        (
            group.name,
            f"{prevalence:.0%}",
            *(_percent(share_with_pneumonia(group, flag, prevalence)) for flag in scored),
        )
        for group in evidence.holdout.populations
        for prevalence in PREVALENCES
    ]
    return table(("holdout", "pneumonia among all films", *(f"among {flag}" for flag in scored)), rows)


def stress(evidence: Evidence) -> str | None:
    """What is left, and what is lost, under each shift, population by population."""
    if not evidence.stress:
        return None
    return "\n\n".join(_stressed(group) for group in evidence.stress.groups)


def _stressed(group: StressGroup) -> str:
    rows = [
        (
            effect.shift.replace("_", " "),
            effect.severity,
            f"{effect.strength:g}" if effect.strength is not None else None,
            effect.shifted.auroc,
            effect.drop.auroc and effect.drop.auroc.value,
            effect.shifted.specificity_low,
            effect.drop.specificity_low and effect.drop.specificity_low.value,
            effect.shifted.sensitivity_low,
            effect.shifted.refused,
        )
        for effect in group.effects
    ]
    head = ("shift", "severity", "strength", "AUROC", "drop")
    low = ("specificity, low point", "drop", "sensitivity, low point", "refused")
    return f"**{group.population}**: {films_of_patients(group.films, group.patients)}.\n\n" + table(
        (*head, *low), rows
    )


def audit(evidence: Evidence) -> str | None:
    """What the network reads where it should not."""
    found = evidence.audit
    if not found:
        return None
    patches = (("border alone", found.border_alone), ("lungs blanked", found.lungs_blanked))
    shown = table(
        ("what is left of the film", "films", "AUROC", "away from 0.5 either way", EFFECT),
        [
            (f"{name}, {one.population}", one.films, one.auroc, one.leak, one.effect)
            for name, of_patch in patches
            for one in of_patch
        ],
    )
    return "\n\n".join([shown, *_probes(found), *_randomised(found)])


def _probes(found: Audit) -> list[str]:
    if not found.source_probes:
        return []
    rows = [
        (" or ".join(probe.sources), name, probe.films, score.balanced_accuracy, score.auroc)
        for probe in found.source_probes
        for name, score in (("the network's features", probe.features), ("grey levels", probe.statistics))
    ]
    text = (
        "How well a linear probe identifies a film's source from the network's features, and "
        "another from ten "
        "statistics of its grey levels:"
    )
    return [f"{text}\n\n{table(('sources', 'predicted from', 'films', 'balanced accuracy', 'AUROC'), rows)}"]


def _randomised(found: Audit) -> list[str]:
    if not found.randomisation:
        return []
    maps = found.randomisation
    rows = [
        (part.part.replace("_", " "), part.likeness.absolute_correlation, part.likeness.similarity)
        for part in maps.parts
    ]
    other = maps.other_films
    rows.append(("nothing: another patient's map", other.absolute_correlation, other.similarity))
    text = (
        f"How similar the heat maps of {maps.films} films remain when weights are randomised (Adebayo 2018); "
        "they should be no more similar than the maps of two patients:"
    )
    head = ("what is random", "mean rank correlation, either way", "structural similarity")
    return [f"{text}\n\n{table(head, rows)}"]


def heat(evidence: Evidence) -> str | None:
    """The network compared with one that was trained without the loss on boxes."""
    compared = evidence.heat_comparison
    if not compared:
        return None
    rows = [
        (name, f"`{found.command}`", found.epochs, found.hit_rate, found.energy_in_box)
        for name, found in (("with", compared.with_boxes), ("without", compared.without))
    ]
    shown = table(("box loss", "command", "epochs", "hit rate", "energy in box"), rows)
    return f"The network with the loss is `{compared.bundle}`.\n\n{shown}"


def refusals(evidence: Evidence) -> str | None:
    """What the quality check refuses of each kind, and of the films that it should let through."""
    found = evidence.quality
    if not found:
        return None
    refused = table(
        ("kind of image", "kind seen in training", "images", "refused"),
        [(kind.words, "yes" if kind.seen else "no", kind.films, kind.refused) for kind in found.kinds],
    )
    left_out = table(
        ("kind left out of the quality head's training", "images", "refused"),
        [(kind.words, kind.films, kind.refused) for kind in found.left_out],
    )
    false = table(("films refused without need", "share"), list(found.false_refusals.items()))
    return "\n\n".join([refused, *([left_out] if found.left_out else []), false])


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.1f} %"
