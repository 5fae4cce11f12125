"""How soon the app shows something in a browser, if one is installed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from cxr.lab.bench.speed import AppStart, Spread
from cxr.settings import ROOT

SCRIPT = ROOT / "tests" / "ui" / "cold_start.py"
STARTS = 3


def measure_start(film: Path, starts: int = STARTS) -> AppStart | None:
    """Start the app several times, each with a fresh browser profile; do nothing without a browser."""
    if not (SCRIPT.exists() and find_spec("playwright") and (which("chromium") or which("google-chrome"))):
        return None
    command = [sys.executable, str(SCRIPT), str(film), str(starts)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(ended.stdout)

    def spread_of(name: str) -> Spread:
        one = found[name]
        return Spread(one["median"], min(one["all"]), max(one["all"]))

    return AppStart(
        starts,
        *(spread_of(name) for name in ("contentful_paint", "heading", "result", "resident_mb", "peak_mb")),
    )
