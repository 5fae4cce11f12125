"""The viewer on a page: it gets the addresses of a film and the small grid of its heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from cxr import __version__
from cxr.explain.overlay import CONTOUR_COLOUR, VISIBLE, inferno
from cxr.explain.region import caption, hottest_region

if TYPE_CHECKING:
    from cxr.explain.gradcam import HeatMap
    from cxr.ui.viewer.offers import Offer

COLOUR_STEPS = 32

CLIENT = Path(__file__).parent / "client"
NAME = "film_viewer"


@dataclass(frozen=True, slots=True)
class Companion:
    """A film that can be shown beside another one, and what it is."""

    offer: Offer
    label: str


def show_viewer(key: str, offer: Offer, heat: HeatMap | None, others: Sequence[Companion] = ()) -> None:
    """Show a film in the viewer.

    Parameters
    ----------
    key
        Distinguishes the viewers of a page; the same one goes on with another film.
    heat
        Its heat map; where that is not shown, no value of it leaves the server.
    others
        Films to compare it with.
    """
    base = f"/{st.get_option('server.baseUrlPath').strip('/')}".rstrip("/") + "/viewer"
    _component()(
        key=key,
        data={
            "film": _addresses(base, offer),
            "heat": heat and heat_drawing(heat),
            "others": [_addresses(base, other.offer) | {"label": other.label} for other in others],
        },
    )


def _component() -> ComponentRenderer:
    """Return the component, after naming to Streamlit the folder that it serves the scripts from.

    It reads that from the `pyproject.toml` of installed packages alone; the app also runs from a checkout.
    A script given as text would have to be run from a `blob:`, which the Content-Security-Policy forbids.
    """
    components = get_bidi_component_manager()
    if components.get_component_asset_root(f"cxr.{NAME}") is None:
        manifest = ComponentManifest("cxr", __version__, [ComponentConfig(NAME, CLIENT.name)])
        components.register_from_manifest(manifest, CLIENT.parent)
    return _renderer()


@cache
def _renderer() -> ComponentRenderer:
    style = (CLIENT / "viewer.css").read_text()
    return st.components.v2.component(f"cxr.{NAME}", js="main.js", css=style)


def heat_drawing(heat: HeatMap) -> dict[str, Any]:
    """Collect what the viewer draws a heat map from: values, outline, colours, and the words for it."""
    if not heat.shown:
        return {"caption": caption(heat)}
    region = hottest_region(heat)
    return {
        "caption": caption(heat),
        "values": [[round(float(value), 4) for value in row] for row in heat.values],
        "outline": region and [[round(x, 5), round(y, 5)] for x, y in region.outline.tolist()],
        "outlineColour": f"rgb{CONTOUR_COLOUR}",
        "colours": [inferno(step / COLOUR_STEPS) for step in range(COLOUR_STEPS + 1)],
        "visible": VISIBLE,
    }


def _addresses(base: str, offer: Offer) -> dict[str, str]:
    return {"small": f"{base}/small/{offer.key}", "full": f"{base}/film/{offer.key}"}
