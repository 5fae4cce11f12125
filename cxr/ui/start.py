"""How the app starts: the imports of the first page, the server, the first page, and only then torch."""

import logging
import tomllib
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st
from PIL import Image
from pydantic import ValidationError

from cxr.access.this_machine import open_to_all
from cxr.film.sandbox import stop_decoding
from cxr.logs import configure_logs, log_start
from cxr.setting_values import faults, unwritable
from cxr.settings import Settings
from cxr.ui.runtime_fixes import fix_runtime
from cxr.ui.service import warm_up
from cxr.worklist.audit.second_place import SYSLOG

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
    if wrong := _unusable_places(settings):
        raise SystemExit("\n".join(wrong))
    if path := st.get_option("server.baseUrlPath"):
        raise SystemExit(
            f"server.baseUrlPath is {path!r}, but the program needs a host name of its own. "
            "Remove the option and forward a whole host name, as the examples in deploy/ do."
        )
    if settings.sign_in == "none" and (why := open_to_all(st.get_option("server.address") or "")):
        raise SystemExit(why)
    configure_logs(settings)
    log_start(settings)
    return settings


def _unusable_places(settings: Settings) -> list[str]:
    """Name the settings whose file or folder cannot be used, before a reader meets them one by one."""
    wrong = [settings.missing_folder] if settings.missing_folder else []
    if settings.films == Path():
        wrong.append("CXR_FILMS is empty. Name a folder for the films.")
    elif there := unwritable(settings.films):
        wrong.append(
            f"CXR_FILMS={settings.films} cannot be written to: {there} is not a folder that this program may "
            "write to. Name another folder, or change its permissions."
        )
    bundle = settings.models / settings.bundle
    if not bundle.is_dir():
        wrong.append(
            f"There is no model in {bundle}. Correct CXR_MODELS, the folder of the models, or CXR_BUNDLE, "
            "the name of one."
        )
    if settings.site_profile and not settings.site_profile.is_file():
        wrong.append(
            f"CXR_SITE_PROFILE={settings.site_profile} is not a file. Correct it, or remove it to use the "
            "profile of the page This site."
        )
    head = settings.audit_head
    if head and head != SYSLOG and (Path(head).is_dir() or not Path(head).absolute().parent.is_dir()):
        wrong.append(
            f"CXR_AUDIT_HEAD={head} cannot be written. Name a file in a folder that exists, or 'syslog'."
        )
    return wrong


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
