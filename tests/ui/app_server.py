"""The app as its users start it, by its address."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr.lab.bench.served_app import served_app

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_app(folder: Path, **settings: str) -> Iterator[str]:
    """Serve the app with its worklist in a folder, and give its address."""
    with served_app(folder, **settings) as app:
        yield app.url
