"""The results that the README shows, made from the bundle's evidence."""

from cxr.evaluate.tables import measures_table
from cxr.evidence.evidence import Evidence
from cxr.film import Population

COLUMNS = (
    ("holdout", Population.CHILD, "holdout, children"),
    ("holdout", Population.ADULT, "holdout, adults"),
    ("val", Population.ADULT, "val, adults"),
    ("external", Population.ADULT, "external, adults"),
)


def results_table(evidence: Evidence) -> str:
    """The main figures as a Markdown table: a row a measure, a column a set of films."""
    found = (
        (heading, evidence.sets[name], evidence.sets[name].population(population))
        for name, population, heading in COLUMNS
        if name in evidence.sets
    )
    return measures_table((heading, evaluation, group) for heading, evaluation, group in found if group)
