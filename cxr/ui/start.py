"""How the app starts: the imports of the first page, the server, the first page, and only then torch."""

import logging
import tomllib
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import streamlit as st
from PIL import Image
from pydantic import ValidationError

from cxr.access.this_machine import OpenToAllError, require_loopback
from cxr.film.sandbox import stop_decoding
from cxr.logs import configure_logs, log_start
from cxr.setting_values import faults
from cxr.settings import Settings
from cxr.ui.runtime_fixes import fix_runtime
from cxr.ui.service import warm_up
from cxr.ui.words import said

log = logging.getLogger(__name__)

FIRST_PAGE = (
    "cxr.ui.free_memory",
    "cxr.ui.held_uploads",
    "cxr.ui.styles",
    "cxr.ui.widgets.film_panel",
    "cxr.ui.widgets.left_out",
    "cxr.ui.widgets.notices",
    "cxr.ui.widgets.population",
    "cxr.ui.widgets.site_notice",
    "cxr.ui.widgets.uploaded_film",
    "cxr.samples",
    "cxr.worklist.worklist",
)
"""What *Read a film* imports: importing it later would delay the server while a browser loads the page."""


def start_settings() -> Settings:
    """Read the settings and begin to log; ends the program with a message where a setting is wrong."""
    try:
        settings = Settings()
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise SystemExit("\n".join(faults(error))) from None
    if settings.missing_folder:
        raise SystemExit(settings.missing_folder)
    if path := st.get_option("server.baseUrlPath"):
        raise SystemExit(
            f"server.baseUrlPath is {path!r}, but the program needs a host name of its own. "
            "Remove the option and forward a whole host name, as the examples in deploy/ do."
        )
    if settings.sign_in == "none":
        try:
            require_loopback(st.get_option("server.address") or "")
        except OpenToAllError as error:
            raise SystemExit(said(error)) from None
    configure_logs(settings)
    log_start(settings)
    return settings


@asynccontextmanager
async def starting(_: st.App) -> AsyncIterator[None]:
    """Prepare whatever the first visitor would otherwise wait for."""
    fix_runtime()
    # Pillow registers its formats with the first picture; two threads that do so at once may find none.
    Image.preinit()
    for module in FIRST_PAGE:
        import_module(module)
    warm_up()
    address = f"http://localhost:{st.get_option('server.port')}"
    log.info("address: %s", address)
    if not st.get_option("server.headless"):
        # `streamlit run` opens a browser only for scripts, not for an app object.
        webbrowser.open(address)
    yield
    stop_decoding()
