"""What a test may want and not find."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip a test for want of something; where `CI` is set, nothing may be wanting."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI is set: nothing may be skipped", pytrace=False)
    pytest.skip(what)
