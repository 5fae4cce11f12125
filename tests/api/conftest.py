import datetime

import pytest
from api.calling import Caller, RunningApp

from cxr.worklist.worklist import Worklist

YEAR = datetime.timedelta(days=365)


@pytest.fixture
def caller(worklist: Worklist) -> Caller:
    """A program with a token, and the API of a worklist."""
    return Caller(RunningApp(worklist), worklist.tokens.add("ris", YEAR, "root")[1])
