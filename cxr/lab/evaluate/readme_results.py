"""The results that the README shows, made from the bundle's evidence."""

from cxr.evidence.metrics_file import Evidence
from cxr.film import Population
from cxr.lab.evaluate.tables import measures_table

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
