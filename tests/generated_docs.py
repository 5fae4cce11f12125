"""Write the generated parts of the documentation: `python tests/generated_docs.py`.

Each stands between `<!-- NAME -->` and `<!-- /NAME -->` in a page; `test_docs.py` fails when one is out of date.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]

from cxr.evidence.metrics_file import read_evidence
from cxr.lab.bench.speed import read_speed
from cxr.lab.bench.speed_table import speed_tables
from cxr.lab.evaluate.readme_results import results_table
from cxr.settings import ROOT as REPOSITORY
from cxr.settings import Settings


def settings_table() -> str:
    """Make a row of every setting, with its default as anyone's checkout has it."""
    rows = ["| setting | default | purpose |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = str(field.default).replace(f"{REPOSITORY}/", "")
        shown = "" if field.default in (None, ()) else f"`{default}`"
        rows.append(f"| `CXR_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def results() -> str:
    """Make the results of the shipped model."""
    return results_table(read_evidence(_model()))


def speed() -> str:
    """Make the tables of the shipped speed figures."""
    return speed_tables(read_speed(_model()))


def _model() -> Path:
    settings = Settings()
    return settings.models / settings.bundle


GENERATED: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "results"): results,
    ("docs/speed.md", "speed"): speed,
    ("docs/settings.md", "settings"): settings_table,
}


def between(page: str, name: str) -> re.Match[str]:
    """Find what stands between a page's markers."""
    text = (ROOT / page).read_text()
    found = re.search(rf"(?<=<!-- {name} -->\n).*?\n?(?=<!-- /{name} -->)", text, re.DOTALL)
    assert found, f"{page} has no <!-- {name} --> ... <!-- /{name} -->"
    return found


if __name__ == "__main__":
    for (page, name), make in GENERATED.items():
        found = between(page, name)
        (ROOT / page).write_text(f"{found.string[: found.start()]}{make()}\n{found.string[found.end() :]}")
