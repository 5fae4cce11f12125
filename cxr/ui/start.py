"""How the app starts: what the first page needs, the server, the first page, and only then torch."""

import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st

from cxr.film.sandbox import stop_decoding
from cxr.ui.service import warm_up

FIRST_PAGE = (
    "cxr.ui.widgets.film_view",
    "cxr.ui.free_memory",
    "cxr.ui.widgets.notices",
    "cxr.ui.widgets.population",
    "cxr.samples",
)
"""What *Read a film* imports: any later import delays the server while a browser loads its scripts."""


@asynccontextmanager
async def starting(_: st.App) -> AsyncIterator[None]:
    """Get everything ready that the first visitor would have to wait for, whether or not one comes."""
    for module in FIRST_PAGE:
        import_module(module)
    warm_up()
    if not st.get_option("server.headless"):
        # `streamlit run` opens a browser for a script alone, not for an app that does something at its start.
        webbrowser.open(f"http://localhost:{st.get_option('server.port')}")
    yield
    stop_decoding()
