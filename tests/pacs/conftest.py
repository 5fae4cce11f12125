from pathlib import Path

import pytest
from peers import KEY

from cxr.worklist.worklist import Worklist


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """An empty worklist that keeps identifiers."""
    return Worklist(f"sqlite:///{tmp_path / 'worklist.sqlite3'}", tmp_path / "films", identity_key=KEY)
