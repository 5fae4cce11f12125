"""What the pages share and the app keeps once: the model, warmed up in the background, and the worklist."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.evidence.evidence import Evidence
    from cxr.screening import Screener
    from cxr.worklist.store import Worklist
    from cxr.worklist.worker import Worker

HEAD_START_SECONDS = 0.8


@st.cache_resource(show_spinner=False)
def warm_up() -> Future[Screener]:
    """Start loading the model in the background, so that the first paint does not wait for torch."""
    return ThreadPoolExecutor(1, thread_name_prefix="warm-up").submit(_load, Settings())


def screener() -> Screener:
    """Give the model, as soon as it is warm; tell the user and stop the page where it cannot be used."""
    future = warm_up()
    if not future.done():
        with st.spinner("The model is warming up, a few seconds after a start."):
            future.exception()
    if error := future.exception():
        st.error(str(error), icon=":material/error:")
        forget(future)
        st.stop()
    return future.result()


def forget(failed: Future[Screener]) -> None:
    """Load the model anew the next time: it may have been mended."""
    if warm_up() is failed:
        warm_up.clear()


def prevalence() -> float:
    """Share of films with pneumonia for which probabilities are shown here."""
    return Settings().prevalence


def measured_evidence() -> Evidence:
    """Give what was measured on the model; tell the user and stop the page where nothing was."""
    from cxr.evidence.evidence import EvidenceError, read_evidence

    settings = Settings()
    try:
        return read_evidence(settings.models / settings.bundle)
    except EvidenceError as error:
        st.info(str(error), icon=":material/pending:")
        st.stop()


@st.cache_resource(show_spinner=False)
def worklist() -> Worklist:
    """Open the worklist."""
    from cxr.worklist.store import Worklist

    return Worklist.of(Settings())


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """Start the worker, which also scores what an earlier run of the app left waiting."""
    from cxr.worklist.worker import Worker

    return Worker(worklist(), _ready, Settings().batch_size)


def _ready() -> Screener:
    future = warm_up()
    if future.exception():
        forget(future)
    return future.result()


def _load(settings: Settings) -> Screener:
    # Importing torch keeps Python busy for seconds; the page that is being drawn just now goes first.
    time.sleep(HEAD_START_SECONDS)
    from cxr.engine_choice import open_screener
    from cxr.model.bundle import load_bundle

    # The choice runs films through the network: the first pass of one is several times slower than the next.
    return open_screener(load_bundle(settings.models / settings.bundle), settings)
