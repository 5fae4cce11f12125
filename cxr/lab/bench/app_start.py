"""How soon the app shows something, where a browser to look with is there."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from cxr.evidence.speed import AppStart, Spread
from cxr.settings import ROOT

SCRIPT = ROOT / "tests" / "ui" / "cold_start.py"
STARTS = 3


def measure_start(film: Path, starts: int = STARTS) -> AppStart | None:
    """Start the app anew some times, each with a browser that has never seen it; without one do nothing."""
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
