"""Tables of evidence in Markdown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cxr.evidence.evaluation import Evaluation, Group
from cxr.evidence.label import Label
from cxr.model.estimate import Estimate

NOTHING = "–"
"""In place of a value that is undefined, or that was not measured."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table; a missing value becomes a dash."""
    lines = [head, ["---"] * len(head), *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: object) -> str:
    """Format a value for a table."""
    match value:
        case None:
            return NOTHING
        case float():
            return f"{value:.3f}"
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of a table of groups.

    `compares` says that it holds the labels against each other, which asks for both of them from one source.
    """

    name: str
    found: Callable[[Group], Estimate | None]
    compares: bool = False


MEASURES = (
    Measure("AUROC", lambda group: group.auroc, compares=True),
    Measure("sensitivity, low point", lambda group: group.low.sensitivity),
    Measure("specificity, low point", lambda group: group.low.specificity),
    Measure("sensitivity, high point", lambda group: group.high.sensitivity),
    Measure("specificity, high point", lambda group: group.high.specificity),
    Measure("Brier score", lambda group: group.brier, compares=True),
    Measure("calibration error", lambda group: group.calibration_error, compares=True),
    Measure("refused", lambda group: group.refusals.share),
    Measure("heat map: hit rate", lambda group: group.heat.hit_rate if group.heat else None),
    Measure("heat map: energy in box", lambda group: group.heat.energy_in_box if group.heat else None),
)


def measures_table(columns: Iterable[tuple[str, Evaluation, Group]]) -> str:
    """A row a measure, a column a group of an evaluation under a heading."""
    columns = list(columns)
    groups = [group for _, _, group in columns]

    def row(measure: Measure) -> list[object]:
        return [measure.name, *(_found(measure, evaluation, group) for _, evaluation, group in columns)]

    rows: list[list[object]] = [
        ["films", *(group.films for group in groups)],
        ["patients", *(group.patients for group in groups)],
        ["with pneumonia", *(group.labels[Label.PNEUMONIA] for group in groups)],
        *(row(measure) for measure in MEASURES),
    ]
    return table(["", *(heading for heading, _, _ in columns)], rows)


def _found(measure: Measure, evaluation: Evaluation, group: Group) -> Estimate | None:
    comparable = group.population is not None and evaluation.comparable(group.population)
    return measure.found(group) if comparable or not measure.compares else None
