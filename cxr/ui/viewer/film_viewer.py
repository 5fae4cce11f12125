"""The viewer on a page: it gets the addresses of a film and the small grid of its heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr.explain.overlay import CONTOUR_COLOUR, VISIBLE, inferno
from cxr.explain.region import caption, hottest_region
from cxr.ui.component import component
from cxr.ui.viewer.offers import Offer
from cxr.ui.viewer.viewer_words import viewer_words
from cxr.ui.words import said

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

    from cxr.explain.gradcam import HeatMap

COLOUR_STEPS = 32

CLIENT = Path(__file__).resolve().parent / "client"


@dataclass(frozen=True, slots=True)
class Companion:
    """A film that can be shown beside another one, and what it is."""

    offer: Offer
    label: str


def viewer() -> ComponentRenderer:
    """Return the component; from then on the server serves its scripts."""
    return component("film_viewer", folder=CLIENT)


def show_viewer(
    key: str,
    offer: Offer,
    heat: HeatMap | None,
    others: Sequence[Companion] = (),
    ahead: Offer | None = None,
) -> None:
    """Show a film in the viewer.

    Parameters
    ----------
    key
        Distinguishes the viewers of a page; the same one goes on with another film.
    heat
        Its heat map; where that is not shown, no value of it leaves the server.
    others
        Films to compare it with.
    ahead
        The film that is probably shown next, which the browser loads small once it has this one.
    """
    viewer()(
        key=key,
        data={
            "words": viewer_words(),
            "film": _addresses(offer),
            "heat": heat and heat_drawing(heat),
            "others": [_addresses(other.offer) | {"label": other.label} for other in others],
            "ahead": ahead and ahead.small_address,
        },
    )


def heat_drawing(heat: HeatMap) -> dict[str, Any]:
    """Collect what the viewer draws a heat map from: values, outline, colours, and the words for it."""
    if not heat.shown:
        return {"caption": said(caption(heat))}
    region = hottest_region(heat)
    return {
        "caption": said(caption(heat)),
        "values": [[round(float(value), 4) for value in row] for row in heat.values],
        "outline": region and [[round(x, 5), round(y, 5)] for x, y in region.outline.tolist()],
        "outlineColour": f"rgb{CONTOUR_COLOUR}",
        "colours": [inferno(step / COLOUR_STEPS) for step in range(COLOUR_STEPS + 1)],
        "visible": VISIBLE,
    }


def _addresses(offer: Offer) -> dict[str, str]:
    return {"small": offer.small_address, "full": offer.address}
