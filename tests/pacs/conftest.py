from pathlib import Path

import pytest
from empty_worklist import empty_database
from peers import KEY

from cxr.worklist.worklist import Worklist


@pytest.fixture
def worklist(tmp_path: Path) -> Worklist:
    """An empty worklist that keeps identifiers."""
    return Worklist(empty_database(tmp_path), tmp_path / "films", identity_key=KEY)
