"""Groups of films and measured values in words."""

from __future__ import annotations

from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.evidence.sources import SOURCES
from cxr.film import Population
from cxr.model.estimate import Estimate
from cxr.ui.escape import literal

SHOWS = {Label.PNEUMONIA: "with pneumonia", Label.NORMAL: "without pneumonia"}
PEOPLE = {Population.CHILD: "children", Population.ADULT: "adults", Population.UNKNOWN: "patients"}


def people(group: Group) -> str:
    """Name the patients of a group: 'children', 'adults'."""
    return PEOPLE[group.population or Population.UNKNOWN]


def place(group: Group) -> str:
    """Name where the films of a group come from."""
    source = group.source or ""
    return SOURCES[source].place if source in SOURCES else literal(source)


def share_words(estimate: Estimate | None) -> str:
    """Write a measured share with its 95 % interval: '95.0 % (93.0 to 97.0)'; empty if undefined."""
    if estimate is None:
        return ""
    return f"{100 * estimate.value:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"
