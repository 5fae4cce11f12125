"""All texts of the film viewer, which its scripts get with the film."""

from __future__ import annotations

from typing import Any

from cxr.ui.words import N_, _, language

TEXTS = {
    "toolbar": N_("Film tools"),
    "stage": N_("Film. Press the question mark for keys."),
    "film": N_("The film"),
    "filmWithHeat": N_("The film with its heat map"),
    "grey": N_("Drag to change brightness and contrast"),
    "ruler": N_("Measure"),
    "noRuler": N_("Measuring is not possible: the file gives no pixel spacing"),
    "lens": N_("Magnifier"),
    "out": N_("Zoom out"),
    "in": N_("Zoom in"),
    "fit": N_("Fit to the frame"),
    "actual": N_("Actual size: one pixel of the film on one of the screen"),
    "invert": N_("Invert grey levels on the screen"),
    "rotate": N_("Rotate by 90°"),
    "mirror": N_("Mirror"),
    "heat": N_("Heat map"),
    "noHeat": N_("No heat map"),
    "contour": N_("Outline of the hottest region"),
    "beside": N_("Heat map beside the film"),
    "opacity": N_("Opacity of the heat map"),
    "low": N_("low"),
    "high": N_("high (same scale for all films)"),
    "reset": N_("Reset view and window"),
    "full": N_("Full screen"),
    "keys": N_("Keys"),
    "close": N_("Close"),
    "presets": N_("Window"),
    "asStored": N_("The grey levels as stored in the file"),
    "percentiles": N_("From the {from} to the {to} percentile of this film's grey levels"),
    "compare": N_("Compare with"),
    "nothing": N_("Compare with: none"),
    "loading": N_("Loading full resolution …"),
    "failed": N_("Full resolution could not be loaded. Reload the page to try again."),
    "noFilm": N_("The film could not be loaded. Reload the page to try again."),
    "invertedSign": N_("Inverted"),
    "rotatedSign": N_("Rotated {degrees}°"),
    "mirroredSign": N_("Mirrored"),
    "reduced": N_("Reduced resolution: the film is too large for this browser's graphics"),
    "value": N_("x {x}, y {y}: grey level {grey}"),
    "zoom": N_("Zoom {share} %"),
    "window": N_("Level {centre}, width {width}"),
    "length": N_("Length {mm} mm"),
    "lengthAtDetector": N_("Length {mm} mm, at the detector"),
    "atDetector": N_("{length} at the detector"),
    "mouse": N_("Wheel: zoom. Drag: move. Right drag: window. Two fingers: zoom and move."),
}
"""By the name under which the scripts know them."""
PRESETS = {
    "stored": N_("Stored"),
    "lung": N_("Lung"),
    "bone": N_("Bone"),
    "mediastinum": N_("Mediastinum"),
}
KEYS = (
    ("+ −", N_("zoom in, zoom out")),
    ("0", N_("fit to the frame (or double-click)")),
    ("z", N_("actual size")),
    ("← ↑ → ↓", N_("move")),
    ("[ ]", N_("narrower, wider window")),
    (", .", N_("brighter, darker")),
    ("w", N_("next preset window")),
    ("i", N_("invert")),
    ("r", N_("rotate")),
    ("m", N_("mirror")),
    ("h", N_("heat map")),
    ("c", N_("outline")),
    ("s", N_("heat map beside the film")),
    ("g", N_("magnifier")),
    ("l", N_("measure a length")),
    ("a", N_("side and zone of a pneumonia, once the case is yours")),
    ("Esc", N_("back to moving")),
    ("?", N_("this list")),
)


def viewer_words() -> dict[str, Any]:
    """Collect the texts in the language of the session."""
    return {
        "language": str(language()),
        "texts": {name: _(text) for name, text in TEXTS.items()},
        "presets": {name: _(text) for name, text in PRESETS.items()},
        "keys": [[key, _(text)] for key, text in KEYS],
    }
