"""How the app starts: the imports of the first page, the server, the first page, and only then torch."""

import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st

from cxr.film.sandbox import stop_decoding
from cxr.ui.service import warm_up

FIRST_PAGE = (
    "cxr.ui.free_memory",
    "cxr.ui.widgets.film_panel",
    "cxr.ui.widgets.left_out",
    "cxr.ui.widgets.notices",
    "cxr.ui.widgets.population",
    "cxr.ui.widgets.uploaded_film",
    "cxr.samples",
)
"""What *Read a film* imports: importing it later would delay the server while a browser loads the page."""


@asynccontextmanager
async def starting(_: st.App) -> AsyncIterator[None]:
    """Prepare whatever the first visitor would otherwise wait for."""
    for module in FIRST_PAGE:
        import_module(module)
    warm_up()
    if not st.get_option("server.headless"):
        # `streamlit run` opens a browser only for scripts, not for an app object.
        webbrowser.open(f"http://localhost:{st.get_option('server.port')}")
    yield
    stop_decoding()
