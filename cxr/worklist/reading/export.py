"""The worklist as a CSV file for a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

from cxr import RESEARCH_USE
from cxr.film import Population
from cxr.triage.words import POPULATION_WORDS
from cxr.worklist.reading.page import Ranked

COLUMNS = (
    *(
        "rank",
        "case",
        "name",
        "flag",
        "probability",
        "prevalence",
        "population",
        "raised",
        "arrived",
        "waited_minutes",
    ),
    *("state", "reader", "finding", "side", "zone", "agrees", "note", "why", "model", "use"),
)
# A spreadsheet evaluates a cell that begins with one of these (OWASP: CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where it expects another separator than a comma, as in most of Europe, a cell also begins after that, and
# after a line end: quotation marks then do not hold a cell together.
_INNER_FORMULA = re.compile(r"""([;|\t\r\n][\s"']*)(?=[=+\-@＝＋－＠])""")


def as_csv(cases: Iterable[Ranked]) -> tuple[str, int]:
    """Write a header and one line for each case; return the text and the number of cases.

    Times are UTC; every line ends with the statement of use. Text that a spreadsheet would evaluate as a
    formula is prefixed with an apostrophe.
    """
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    count = 0
    for ranked in cases:
        lines.writerow([harmless(cell) for cell in _cells(ranked)])
        count += 1
    return text.getvalue(), count


def _cells(ranked: Ranked) -> list[object]:
    case, report = ranked.case, ranked.case.report
    return [
        *(ranked.rank, case.number, case.name, case.flag),
        None if case.probability is None else f"{case.probability:.4f}",
        None if case.prevalence is None else f"{case.prevalence:g}",
        *(
            POPULATION_WORDS[case.population or Population.UNKNOWN],
            case.raised,
            f"{case.arrived_at:%Y-%m-%dT%H:%M:%SZ}",
        ),
        *(int(ranked.waited.total_seconds() // 60), case.state, case.reader),
        *((report.finding, report.location.side, report.location.zone) if report else (None, None, None)),
        *((report.agrees, report.note) if report else (None, None)),
        *(ranked.why, case.bundle_version, RESEARCH_USE),
    ]


def harmless(cell: object) -> object:
    """Prefix text that a spreadsheet would evaluate as a formula with an apostrophe, within a cell too."""
    if not isinstance(cell, str):
        return cell
    text = _INNER_FORMULA.sub(r"\1'", cell)
    return f"'{text}" if cell.lstrip(" ").startswith(FORMULA) else text
