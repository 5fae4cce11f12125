"""What all pages share and the app creates once: settings, the model, the worklist and its worker."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from pydantic import ValidationError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cxr.film.decoding_pool import Limits
from cxr.film.sandbox import limit_decoding
from cxr.settings import Settings
from cxr.ui.free_memory import return_free_memory
from cxr.ui.words import _, said

if TYPE_CHECKING:
    from cxr.evidence.metrics_file import Evidence
    from cxr.screening import Screener
    from cxr.ui.acceptance_test import AcceptanceTests
    from cxr.worklist.queue.worker_thread import Worker
    from cxr.worklist.worklist import Worklist

HEAD_START_SECONDS = 2.0
"""How long loading the model waits for a first page when nobody opens one."""
ASK_SECONDS = 0.1
"""How often a page that waits for the model asks whether the person has gone on to another one."""

_first_page_drawn = threading.Event()


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Read the settings, once for all pages."""
    return Settings()


def _finish(released: Future[Screener]) -> None:
    _first_page_drawn.set()
    wait([released])


@st.cache_resource(show_spinner=False, on_release=_finish)
def warm_up() -> Future[Screener]:
    """Start loading the model in the background, after the first page."""
    return ThreadPoolExecutor(1, thread_name_prefix="warm-up").submit(_load)


def first_page_is_drawn() -> None:
    """Allow the model to load.

    Importing torch keeps Python busy for seconds and doubles the time of a page that is drawn meanwhile.
    """
    _first_page_drawn.set()


def screener() -> Screener:
    """Return the model once it is warm; show the error and stop the page if it cannot be used."""
    future = warm_up()
    first_page_is_drawn()
    if not future.done():
        with st.spinner(_("The model is warming up. This takes a few seconds after a start.")):
            while not future.done():
                wait([future], ASK_SECONDS)
                if context := get_script_run_ctx():
                    context.yield_check()
    if error := future.exception():
        st.error(_sentence(error), icon=":material/error:")
        forget(future)
        st.stop()
    return worklist().profiles.applied(future.result())


def _sentence(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        # The validation error quotes the values of settings, among them the database's password.
        return _("A setting is invalid. Run 'python -m cxr settings' to see which one.")
    return said(error)


def forget(failed: Future[Screener]) -> None:
    """Load the model again the next time it is needed: it may have been fixed."""
    if warm_up() is failed:
        warm_up.clear()


def bundle_folder() -> Path:
    """Return the folder of the bundle in use."""
    return settings().models / settings().bundle


def measured_evidence() -> Evidence:
    """Read the evidence shipped with the model; explain and stop the page if there is none."""
    from cxr.evidence.metrics_file import EvidenceError, read_evidence

    try:
        return read_evidence(bundle_folder())
    except EvidenceError as error:
        st.info(said(error), icon=":material/pending:")
        st.stop()


@st.cache_resource(show_spinner=False)
def acceptance_tests() -> AcceptanceTests:
    """Return the acceptance tests of this server."""
    from cxr.ui.acceptance_test import AcceptanceTests

    return AcceptanceTests()


@st.cache_resource(show_spinner=False)
def worklist() -> Worklist:
    """Open the worklist."""
    from cxr.worklist.worklist import Worklist

    _limit_decoding()
    return Worklist.of(settings())


@st.cache_resource(show_spinner=False, on_release=lambda released: released.close())
def worker() -> Worker:
    """Start the worker, which also scores what an earlier run of the app left waiting.

    It ends when the cache is cleared: Streamlit's own key for this must not leave a second worker behind.
    """
    from cxr.worklist.queue.worker_thread import Worker

    return Worker(worklist(), _ready, settings().batch_size)


def _ready() -> Screener:
    # Called before each batch. Without returning the last batch's memory, the process grows to 1 GB.
    return_free_memory()
    future = warm_up()
    if future.exception():
        forget(future)
    return future.result()


def _load() -> Screener:
    _first_page_drawn.wait(HEAD_START_SECONDS)
    # Imports create no garbage, and collecting it would take a sixth of their time.
    gc.disable()
    try:
        from cxr.engine_choice import open_screener
        from cxr.model.bundle import load_trusted_bundle
    finally:
        gc.enable()
    _limit_decoding()
    opened = open_screener(load_trusted_bundle(bundle_folder(), settings().bundle_digest), settings())
    # Streamlit collects garbage after each run of a page, and each time looked through all of torch for it: a
    # sixth of the time with 20 people.
    gc.collect()
    gc.freeze()
    return opened


def _limit_decoding() -> None:
    limit_decoding(Limits(settings().film_seconds, settings().film_memory_mb, settings().workers))
