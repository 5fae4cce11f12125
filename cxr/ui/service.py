"""What the pages share and the app keeps once: the model, warmed up in the background, and the worklist."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import streamlit as st

from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.screening import Screener
    from cxr.worklist.store import Worklist
    from cxr.worklist.worker import Worker


@st.cache_resource(show_spinner=False)
def warm_up() -> Future[Screener]:
    """Start loading the model in the background, so that the first paint does not wait for torch."""
    return ThreadPoolExecutor(1, thread_name_prefix="warm-up").submit(_load, Settings())


def screener() -> Screener:
    """Give the model, as soon as it is warm; tell the user and stop the page where it cannot be used."""
    if not warm_up().done():
        with st.spinner("The model is warming up, a few seconds after a start."):
            warm_up().exception()
    if error := model_error():
        warm_up.clear()
        st.error(error, icon=":material/error:")
        st.stop()
    return warm_up().result()


def model_error() -> str | None:
    """Say what is wrong with the model and what to do; nothing while it warms up or where all is well."""
    future = warm_up()
    error = future.exception() if future.done() else None
    return str(error) if error else None


@st.cache_resource(show_spinner=False)
def worklist() -> Worklist:
    """Open the worklist."""
    from cxr.worklist.store import Worklist

    settings = Settings()
    return Worklist(settings.database, settings.films)


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """Start the worker, which also scores what an earlier run of the app left waiting."""
    from cxr.worklist.worker import Worker

    return Worker(worklist(), _ready, Settings().batch_size)


def _ready() -> Screener:
    """Wait for the model; one that failed is loaded anew the next time, for it may have been mended."""
    future = warm_up()
    if future.exception():
        warm_up.clear()
    return future.result()


def _load(settings: Settings) -> Screener:
    import numpy as np

    from cxr.film import Film
    from cxr.model.bundle import load_bundle
    from cxr.screening import Screener

    loaded = Screener(load_bundle(settings.models / settings.bundle), settings.batch_size)
    # The first pass of a network is several times slower than the next: it is run on nothing.
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    loaded.read([Film(ramp, sha256="")])
    return loaded
