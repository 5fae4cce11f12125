"""The app's own small components: their scripts are files that the app serves itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from cxr import __version__
from cxr.ui.styles import CLIENT


def component(name: str, html: str | None = None, folder: Path = CLIENT) -> ComponentRenderer:
    """Return the component whose script, and style if it has one, are the files of that name.

    Streamlit reads the folder of the files from the `pyproject.toml` of installed packages alone; the app
    also runs from a checkout. A script given as text would have to be run from a `blob:`, which the
    Content-Security-Policy forbids.
    """
    components = get_bidi_component_manager()
    if components.get_component_asset_root(f"cxr.{name}") is None:
        manifest = ComponentManifest("cxr", __version__, [ComponentConfig(name, folder.name)])
        components.register_from_manifest(manifest, folder.parent)
    return _renderer(name, html, folder)


@cache
def _renderer(name: str, html: str | None, folder: Path) -> ComponentRenderer:
    style = folder / f"{name}.css"
    css = style.read_text(encoding="utf-8") if style.is_file() else None
    return st.components.v2.component(f"cxr.{name}", html=html, css=css, js=f"{name}.js")
