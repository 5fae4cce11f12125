"""Groups of films and measured values in words."""

from __future__ import annotations

from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.sources import SOURCES
from cxr.film import Population
from cxr.model.estimate import Estimate
from cxr.ui.escape import literal
from cxr.ui.words import N_, _, percentage, said, written

SHOWS = {Label.PNEUMONIA: N_("with pneumonia"), Label.NORMAL: N_("without pneumonia")}
PEOPLE = {
    Population.CHILD: N_("children"),
    Population.ADULT: N_("adults"),
    Population.UNKNOWN: N_("patients"),
}


def people(group: Group) -> str:
    """Name the patients of a group: 'children', 'adults'."""
    return _(PEOPLE[group.population or Population.UNKNOWN])


ALSO_FROM = {"rsna_equalised": N_("NIH Clinical Center, equalised films")}
"""Sources whose hospital has films in another one too: their bars would be drawn as one."""


def place(group: Group) -> str:
    """Name where the films of a group come from."""
    source = group.source or ""
    if source in ALSO_FROM:
        return _(ALSO_FROM[source])
    return said(SOURCES[source].place) if source in SOURCES else literal(source)


def share_words(estimate: Estimate | None) -> str:
    """Write a measured share with its 95 % interval: '95.0 % (93.0 to 97.0)'; empty if undefined."""
    if estimate is None:
        return ""
    return _(
        "{share} ({low} to {high})",
        share=percentage(estimate.value),
        low=written(100 * estimate.low, 1),
        high=written(100 * estimate.high, 1),
    )
