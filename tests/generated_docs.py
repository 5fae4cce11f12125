"""Write the generated parts of the documentation: `python tests/generated_docs.py`.

Each is between `<!-- NAME -->` and `<!-- /NAME -->`; `test_docs.py` fails when one is out of date.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_rooms import CLINIC, MAY_IMPORT, ONLY_IN

from cxr.evidence.metrics_file import read_evidence
from cxr.lab.bench.speed import read_speed
from cxr.lab.bench.speed_table import speed_tables
from cxr.lab.evaluate.readme_results import results_table
from cxr.settings import ROOT as REPOSITORY
from cxr.settings import Settings

ROOMS = {
    "film": "files read as films: raster and DICOM, limits, grey levels, de-identification, redaction",
    "quality": "whether a film may be scored, with reasons that a person can act on",
    "model": "network, preprocessing shared with training, bundle, engines, calibration",
    "explain": "heat map, overlay, contour, zones in words, blanking, other maps",
    "triage": "flags, priority, queue simulation",
    "screening": "a film's path from file to result",
    "samples": "six composite sample films",
    "check_films": "generated films that check an engine",
    "engine_choice": "which engine scores",
    "score_row": "a result as one row: JSON and Parquet",
    "worklist": "queue, store, identity, reading, audit",
    "report": "PDF and DICOM objects",
    "pacs": "storage SCP and SCU; past films by C-FIND, C-GET, C-MOVE or DICOMweb",
    "api": "HTTP API for programs: films in; results out, also as FHIR; findings in",
    "ui": "pages and widgets",
    "app": "the app's entry point",
    "setting_values": "what a setting may hold",
    "language": "languages: which one a person sees; catalogues of texts, dates and numbers",
    "settings": "settings, checked at the start",
    "evidence": "what was measured on a model, as the app shows it",
    "measure": "labelled films: accuracy measured and operating points fitted on them",
    "site": "one hospital: its acceptance test, its own operating points, and monitoring",
    "lab.evaluate": "measures a model",
    "lab.train": "trains a model",
    "lab.bench": "measures speed",
    "cluster": "Ray: one worker's work on many machines",
    "logs": "what is logged, and how",
    "access": "what surrounds the app: sign-in, allowed hosts, headers, upload limits, health",
    "cli": "commands",
}
"""What each room of `MAY_IMPORT` holds; a new room needs a line here."""


def rooms_table() -> str:
    """Make a row of every room, with what it may import."""
    rows, above = ["| room | what it holds | may import |", "|---|---|---|"], set[str]()
    for room, may in MAY_IMPORT.items():
        if room in ("__init__", "__main__", "lab"):
            continue
        whole = bool(above) and above <= may and room in CLINIC
        named = [f"`{one}`" for one in sorted(may - above if whole else may)]
        allowed = ["rooms above"] * whole + named
        rows.append(f"| `{room}` | {ROOMS[room]} | {', '.join(allowed) or 'nothing'} |")
        above.add(room)
    return "\n".join(rows)


def packages_table() -> str:
    """Make a row of every package that only some rooms may import."""
    rows = [
        f"| `{name}` | {', '.join(f'`{room}`' for room in sorted(ONLY_IN[name]))} |"
        for name in ONLY_IN
        if ONLY_IN[name]
    ]
    return "\n".join(["| package | imported in |", "|---|---|", *rows])


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
    ("docs/architecture.md", "rooms"): rooms_table,
    ("docs/architecture.md", "packages"): packages_table,
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
