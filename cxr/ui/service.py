"""What the pages share and the app keeps once: the model, warmed up in the background, and the worklist."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st
from pydantic import ValidationError

from cxr.film.decoding_pool import Limits
from cxr.film.sandbox import limit_decoding
from cxr.settings import Settings
from cxr.ui.free_memory import give_back_memory

if TYPE_CHECKING:
    from cxr.evidence.metrics_file import Evidence
    from cxr.screening import Screener
    from cxr.worklist.queue.worker import Worker
    from cxr.worklist.worklist import Worklist

HEAD_START_SECONDS = 2.0
"""How long torch waits for a first page to be drawn, where nobody opens one."""

_let_go = threading.Event()


@st.cache_resource(show_spinner=False)
def warm_up() -> Future[Screener]:
    """Start loading the model in the background, after the first page."""
    return ThreadPoolExecutor(1, thread_name_prefix="warm-up").submit(_load)


def first_page_is_drawn() -> None:
    """Let the model be loaded from now on.

    Importing torch keeps Python busy for seconds, and a page that is drawn meanwhile takes twice as long.
    """
    _let_go.set()


def screener() -> Screener:
    """Give the model, as soon as it is warm; tell the user and stop the page where it cannot be used."""
    future = warm_up()
    first_page_is_drawn()
    if not future.done():
        with st.spinner("The model is warming up, a few seconds after a start."):
            future.exception()
    if error := future.exception():
        st.error(_told(error), icon=":material/error:")
        forget(future)
        st.stop()
    return future.result()


def _told(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        # Its own words hold the settings' values, and the database's URL a password.
        return "A setting makes no sense. 'python -m cxr settings' tells which one."
    return str(error)


def forget(failed: Future[Screener]) -> None:
    """Load the model anew the next time: it may have been mended."""
    if warm_up() is failed:
        warm_up.clear()


def prevalence() -> float:
    """Share of films with pneumonia for which probabilities are shown here."""
    return Settings().prevalence


def measured_evidence() -> Evidence:
    """Give what was measured on the model; tell the user and stop the page where nothing was."""
    from cxr.evidence.metrics_file import EvidenceError, read_evidence

    settings = Settings()
    try:
        return read_evidence(settings.models / settings.bundle)
    except EvidenceError as error:
        st.info(str(error), icon=":material/pending:")
        st.stop()


@st.cache_resource(show_spinner=False)
def worklist() -> Worklist:
    """Open the worklist."""
    from cxr.worklist.worklist import Worklist

    settings = Settings()
    limit_decoding(Limits(settings.film_seconds, settings.film_memory_mb, settings.workers))
    return Worklist.of(settings)


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """Start the worker, which also scores what an earlier run of the app left waiting."""
    from cxr.worklist.queue.worker import Worker

    return Worker(worklist(), _ready, Settings().batch_size)


def _ready() -> Screener:
    # Called before each batch; what the last one took is given back, or pages and worker add up to 1 GB.
    give_back_memory()
    future = warm_up()
    if future.exception():
        forget(future)
    return future.result()


def _load() -> Screener:
    _let_go.wait(HEAD_START_SECONDS)
    # Nothing that is imported is garbage; looking for some takes a sixth of the time.
    gc.disable()
    try:
        from cxr.engine_choice import open_screener
        from cxr.model.bundle import load_bundle
    finally:
        gc.enable()
    # The choice runs films through the network: the first pass of one is several times slower than the next.
    settings = Settings()
    limit_decoding(Limits(settings.film_seconds, settings.film_memory_mb, settings.workers))
    return open_screener(load_bundle(settings.models / settings.bundle), settings)
