import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_are_there_before_torch() -> None:
    """What the pages import decides how soon they show; torch alone takes seconds."""
    modules = (
        *("service", "notices", "reader", "add_films", "filters", "case_table", "selection"),
        *("case_desk", "case_history", "trail_words", "evidence_sections"),
    )
    code = (
        f"import sys, cxr.worklist.store, cxr.worklist.worker; from cxr.ui import {', '.join(modules)}; "
        "print([name for name in ('torch', 'sklearn', 'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
