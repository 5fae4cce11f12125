"""What the app creates once ends when Streamlit's cache is cleared, as its own key does."""

import threading

import pytest
import streamlit as st
from ui.shown_cases import waiting

from cxr.ui.service import worker, worklist

SECONDS = 120


def workers() -> int:
    return sum(thread.name == "worklist worker" for thread in threading.enumerate())


@pytest.mark.usefixtures("app_folder")
def test_clearing_the_cache_leaves_no_second_worker() -> None:
    others = workers()
    waiting(worklist(), 0)
    first = worker()
    st.cache_resource.clear()
    assert workers() == others
    assert worker() is not first
    assert workers() == others + 1 and worker().wait_until_idle(SECONDS)
    assert worklist().scoring.waiting() == 0
