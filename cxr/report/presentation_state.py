"""DICOM presentation state of a case: the outline of its hottest region over the original film."""

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
from cxr.explain.region import OUTLINED
from cxr.film import Film
from cxr.film.identity import Identity
from cxr.film.orientation import AS_STORED
from cxr.report.displayed import keep_displayed
from cxr.report.instance import Kind, bundle_version, finished, header
from cxr.report.original import original_of, require
from cxr.report.outline import outline_over
from cxr.report.text import caveats
from cxr.triage.words import FLAG_WORDS, percent
from cxr.worklist.case import Case

TURQUOISE = CIELabColor(85, -40, -2)
"""Colour of the outline, the same as in the overlay."""
GREYS = ("MONOCHROME1", "MONOCHROME2")


def presentation_state(
    case: Case, identity: Identity, zone: datetime.tzinfo | None = None, film: Film | None = None
) -> Dataset | None:
    """Draw the outline of the hottest region and a text over the original, with the window of the display.

    Returns `None` where no outline is drawn, or where the original is a colour image, which a greyscale
    presentation state cannot refer to. A film that a person inverted, rotated or mirrored is displayed so.

    Parameters
    ----------
    film
        The film as read, if it can be: it says what of its header the display uses.

    Raises
    ------
    NoOriginalError
        If the film lacks what a presentation state refers to.
    """
    original = original_of(identity)
    if original.get("PhotometricInterpretation") not in GREYS:
        return None
    outline = outline_over(case.heat, original, case.orientation)
    if outline is None:
        return None
    require(original, ("Rows", "Columns", "SeriesInstanceUID"))
    table_below_0 = keep_displayed(original, film)
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
    if case.orientation != AS_STORED:
        state.ImageRotation = case.orientation.degrees
        state.ImageHorizontalFlip = "Y" if case.orientation.mirrored else "N"
    # highdicom copies a rescale slope, but no table.
    if table := original.get("ModalityLUTSequence"):
        state.ModalityLUTSequence = table
    if table_below_0:
        voi = Dataset()
        voi.VOILUTSequence = [table_below_0]
        state.SoftcopyVOILUTSequence = [voi]
    return finished(state, case, identity, zone)


def _words(case: Case) -> str:
    assert case.probability is not None
    result = f"{FLAG_WORDS[case.flag]}: probability of pneumonia {percent(case.probability)}. {OUTLINED}."
    return "\r\n".join([f"{result} Model {bundle_version(case)}.", *caveats(case), RESEARCH_USE])
