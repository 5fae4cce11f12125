"""DICOM presentation state of a case: the contour of its heat map over the film that the hospital has."""

import datetime

from highdicom.color import CIELabColor
from highdicom.content import PresentationLUTTransformation
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom.dataset import Dataset

from cxr import RESEARCH_USE
from cxr.film.identity import Identity
from cxr.report.instance import Kind, bundle_version, dated, header
from cxr.report.original import original_of
from cxr.report.region import hottest_outline
from cxr.report.words import flag_word, likelihood
from cxr.worklist.case import Case

TURQUOISE = CIELabColor(85, -40, -2)
"""Colour of the contour, the overlay's own."""
IN_PAIRS = (("RescaleSlope", "RescaleIntercept"), ("WindowCenter", "WindowWidth"))
"""What means nothing alone."""
GREYS = ("MONOCHROME1", "MONOCHROME2")


def presentation_state(case: Case, identity: Identity, now: datetime.datetime) -> Dataset | None:
    """Draw the contour of the hottest region and a text over the original, with the original's own window.

    Nothing where the overlay draws no contour, and where the original is a colour image, which a grey
    presentation state cannot refer to. A film that a person had turned round is shown turned round.

    Raises
    ------
    NoOriginalError
        Where the film's file names nothing that a presentation state could refer to.
    """
    original = original_of(identity)
    for pair in IN_PAIRS:
        if any(original.get(name) in (None, "") for name in pair):
            for name in pair:
                original.pop(name, None)
    outline = hottest_outline(case.heat, original)
    if outline is None or original.get("PhotometricInterpretation") not in GREYS:
        return None
    original.SamplesPerPixel = 1
    layer = GraphicLayer("HEAT", order=1, description="Hottest region", display_color=TURQUOISE)
    words = TextObject(
        _words(case), units="DISPLAY", bounding_box=(0.02, 0.9, 0.98, 0.99), text_justification="LEFT"
    )
    contour = GraphicObject("POLYLINE", outline, units="PIXEL")
    inverse = (original.PhotometricInterpretation == "MONOCHROME1") != case.inverted
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[original],
        content_label="HEAT CONTOUR",
        content_description="Contour of the heat map, research use only",
        graphic_annotations=[
            GraphicAnnotation([original], layer, graphic_objects=[contour], text_objects=[words])
        ],
        graphic_layers=[layer],
        presentation_lut_transformation=PresentationLUTTransformation("INVERSE" if inverse else "IDENTITY"),
        **header(Kind.CONTOUR, case, identity),
    )
    state.BodyPartExamined = "CHEST"
    # highdicom takes over a rescale slope, and no table.
    if table := original.get("ModalityLUTSequence"):
        state.ModalityLUTSequence = table
    return dated(state, case, now)


def _words(case: Case) -> str:
    assert case.probability is not None
    return (
        f"{flag_word(case.flag)}: probability of pneumonia {likelihood(case.probability)}. "
        f"Outlined: what raised it most. Model {bundle_version(case)}.\r\n{RESEARCH_USE}"
    )
