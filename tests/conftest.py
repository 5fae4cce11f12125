import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The films of `shared/data`, or the folder that `CXR_DATA` names."""
    beside_the_project = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("CXR_DATA") or beside_the_project)
    if not (folder / "labels.csv").is_file():
        pytest.skip(f"no films: {folder} has no labels.csv (set CXR_DATA)")
    return folder
