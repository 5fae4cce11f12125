import pytest
from pydantic import ValidationError

from cxr.model.estimate import Estimate


def test_an_estimate_reads_as_value_and_interval() -> None:
    assert str(Estimate(value=0.9612, low=0.95, high=0.9704)) == "0.961 (0.950-0.970)"


def test_an_estimate_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Estimate(value=0.5, low=0.4, high=0.6).value = 1.0
