"""A comparison of two bundles as Markdown, for the terminal, a printer and whoever has to decide."""

from collections.abc import Sequence

from cxr import RESEARCH_USE
from cxr.film import Population
from cxr.film.counted import counted, films_of_patients
from cxr.model.estimate import Estimate
from cxr.site.comparison import MEASURES, Change, Comparison, Paired, PopulationComparison
from cxr.triage.words import POPULATION_WORDS


def summary(found: Comparison) -> str:
    """Sum up in a few lines."""
    changed = counted(len(found.changes), "film changes its flag", "films change their flag")
    lines = [f"{found.before} against {found.after}: {changed}."]
    for population, some in found.populations.items():
        lines.append(
            f"{POPULATION_WORDS[population]}: {films_of_patients(some.films, some.patients)} scored by both."
        )
        lines += [f"  {MEASURES[name]}: {_in_words(one)}" for name, one in some.measures.items()]
    return "\n".join(lines)


def as_markdown(found: Comparison) -> str:
    """Write the whole report."""
    blocks = [
        f"# {found.before} against {found.after}",
        f"{RESEARCH_USE} Films are named by their line in the list, or by the number of their case.",
        *(block for one in found.populations.items() for block in _population(*one)),
        "## Films whose flag changes",
        _changes(found.changes),
    ]
    return "\n\n".join(blocks) + "\n"


def _population(population: Population, some: PopulationComparison) -> list[str]:
    kept = f"{counted(some.unchanged, 'film keeps its flag', 'films keep their flag')}."
    rows = [
        [MEASURES[name], str(one.before or "-"), str(one.after or "-"), _signed(one.difference)]
        for name, one in some.measures.items()
    ]
    moves = [
        [label, move, f"{count}"] for label, counts in some.moves.items() for move, count in counts.items()
    ]
    return [
        f"## {POPULATION_WORDS[population]}",
        f"{films_of_patients(some.films, some.patients)}, with pneumonia or normal, scored by both. In "
        "brackets are 95 % intervals, bootstrapped over patients, of the difference on the same draws.",
        _table(["", "first", "second", "difference"], rows),
        f"{kept} The others:" if moves else kept,
        *([_table(["label", "flag", "films"], moves)] if moves else []),
        _refitted(some),
    ]


def _refitted(some: PopulationComparison) -> str:
    if some.refitted is None:
        return f"Operating points of the second, fitted on these films: none. {some.not_refitted}"
    points = some.refitted.fitted.operating_points
    return (
        f"Operating points of the second, fitted on these films: low {points.low:.3f}, high "
        f"{points.high:.3f}. On the same films, on which they look better than they are: sensitivity "
        f"{some.refitted.sensitivity}, specificity {some.refitted.specificity}."
    )


def _changes(changes: Sequence[Change]) -> str:
    if not changes:
        return "None."
    rows = [
        [
            *(f"{one.place}", one.label, one.before, one.after),
            " ".join([one.why, *(f"({reason})" for reason in one.reasons)]),
            *(_number(one.probability_before), _number(one.probability_after)),
        ]
        for one in changes
    ]
    return _table(["film", "label", "first", "second", "why", "first", "second"], rows)


def _in_words(one: Paired) -> str:
    if one.difference is None:
        return "not measured: a label is missing"
    doubt = "" if one.certain or not _differs(one.difference) else ", which may be chance"
    return f"{one.before}, then {one.after}; difference {_signed(one.difference)}{doubt}"


def _differs(one: Estimate) -> bool:
    """Whether any draw of patients shows a difference."""
    return one.low < 0 or one.high > 0


def _signed(one: Estimate | None) -> str:
    if one is None:
        return "-"
    return f"{one.value:+.3f} ({one.low:+.3f} to {one.high:+.3f})" if _differs(one) else "none on these films"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
