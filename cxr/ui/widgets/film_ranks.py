"""Where a film lies among films that were kept out of training, as HTML."""

from __future__ import annotations

from cxr.evidence.evaluation import Group
from cxr.evidence.metrics_file import EvidenceError, read_evidence
from cxr.film import Population
from cxr.model.score import at_prevalence
from cxr.ui.look import ACCENT, FAINT
from cxr.ui.service import bundle_folder, warm_up
from cxr.ui.widgets.evidence_words import people
from cxr.ui.words import _, said, written

HEIGHT_REM = 5.0


def film_ranks(probability: float, prevalence: float, population: Population | None) -> str:
    """Draw groups of held-out films from the least probable to the most, with the film's own marked.

    Empty as long as the model is not warm, where nothing was measured with it, or where the population is not
    known.
    """
    model = warm_up()
    if population is None or not model.done() or model.exception():
        return ""
    try:
        evidence = read_evidence(bundle_folder())
    except EvidenceError:
        return ""
    group, card = evidence.holdout.population(population), model.result().card
    if group is None or population not in card.populations or evidence.bundle != model.result().version:
        return ""
    fitted = card.populations[population].calibration.fitted_prevalence
    return _drawn(group, at_prevalence(probability, prevalence, fitted), prevalence)


def _drawn(group: Group, probability: float, prevalence: float) -> str:
    """Draw the groups of films; `probability` is at the prevalence that the evidence was measured at."""
    bins, scored = group.reliability, group.scored_positives + group.scored_negatives
    if not bins or not group.scored_positives or not group.scored_negatives:
        return ""
    here = min(range(len(bins)), key=lambda place: abs(bins[place].probability - probability))
    shares = [_moved(one.share.value, group.scored_positives / scored, prevalence) for one in bins]
    bars = "".join(
        f'<div title="{_("{count} of 100", count=written(100 * share))}" style="flex:1;'
        f"background:{ACCENT if place == here else FAINT};"
        f'height:{max(2.0, 100 * share):.0f}%"></div>'
        for place, share in enumerate(shares)
    )
    words = _(
        "{scored} films of {people} that were kept out of training, from the least probable on "
        "the left to the most, in {count} groups of equal size. A bar shows how many of 100 show "
        "pneumonia (at {prevalence} in 100 overall). This film belongs to group {place}: {share} "
        "of 100.",
        scored=written(scored),
        people=people(group),
        count=len(bins),
        prevalence=said(f"{100 * prevalence:.3g}"),
        place=here + 1,
        share=written(100 * shares[here]),
    )
    return (
        f'<div role="img" aria-label="{words}" style="display:flex;align-items:flex-end;gap:2px;'
        f'height:{HEIGHT_REM}rem;border-bottom:1px solid {FAINT}">{bars}</div>'
        f'<p style="font-size:.8rem;margin:.4rem 0 0">{words}</p>'
    )


def _moved(share: float, measured: float, prevalence: float) -> float:
    """Move a share from the prevalence of the measured films to another; 0 and 1 stay."""
    return at_prevalence(share, measured, prevalence) if 0 < share < 1 else share
