"""DICOM secondary capture of a case: the film with its heat map over a strip of explanations."""

import datetime
import textwrap

import numpy as np
from highdicom.sc import SCImage
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset

from cxr import RESEARCH_USE
from cxr.explain.overlay import DISPLAY_SIDE, OPACITY, Colour, display, overlay
from cxr.explain.place import heat_sentences
from cxr.film import Film
from cxr.film.identity import Identity
from cxr.film.orientation import AS_STORED
from cxr.report.instance import Kind, bundle_version, finished, header
from cxr.report.original import original_of, require
from cxr.report.text import caveats
from cxr.triage.words import FLAG_WORDS, at_prevalence, percent
from cxr.worklist.case import Case

TEXT_SIZE = 20
LINE_HEIGHT = 28
MARGIN = 24
MAX_LINES = 24
_WHITE, _AMBER = (255, 255, 255), (255, 210, 120)


def overlay_capture(
    case: Case,
    film: Film,
    identity: Identity,
    prevalence: float | None = None,
    zone: datetime.tzinfo | None = None,
) -> Dataset:
    """Draw a film as the app does, with its heat map where there is one to show, over a strip of text.

    The strip names no patient: `BurnedInAnnotation` is that of the original, and absent where it has none.

    Raises
    ------
    NoOriginalError
        If the film lacks what an image refers to.
    """
    original = original_of(identity)
    require(original, ("Rows", "Columns"))
    picture = drawn(case, film, prevalence)
    capture = SCImage.from_ref_dataset(
        original,
        picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        specific_character_set=original.SpecificCharacterSet,
        **header(Kind.OVERLAY, case, identity),
    )
    # highdicom requires an orientation; one that the film does not state is not guessed here.
    # Nor is it known whether the header of a film that a person rotated speaks of before or after.
    stating = original if case.orientation == AS_STORED else Dataset()
    capture.PatientOrientation = stating.get("PatientOrientation", "")
    capture.ConversionType = "WSD"
    capture.ImageComments = RESEARCH_USE
    capture.BodyPartExamined = original.get("BodyPartExamined") or "CHEST"
    if stated := original.get("BurnedInAnnotation"):
        capture.BurnedInAnnotation = stated
    source = Dataset()
    source.ReferencedSOPClassUID = original.SOPClassUID
    source.ReferencedSOPInstanceUID = original.SOPInstanceUID
    capture.SourceImageSequence = [source]
    return finished(capture, case, identity, zone)


def drawn(case: Case, film: Film, prevalence: float | None = None) -> Colour:
    """Draw film and strip, shape (height, width, 3)."""
    grey = display(film, DISPLAY_SIDE)
    colours = overlay(grey, case.heat, OPACITY) if case.heat else np.repeat(grey[:, :, None], 3, axis=2)
    lines = _lines(case, case.prevalence or prevalence)
    height = len(lines) * LINE_HEIGHT + 2 * MARGIN
    canvas = Image.new("RGB", (DISPLAY_SIDE, colours.shape[0] + height))
    canvas.paste(Image.fromarray(colours), ((DISPLAY_SIDE - colours.shape[1]) // 2, 0))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
    for row, line in enumerate(lines):
        colour = _AMBER if row == len(lines) - 1 else _WHITE
        draw.text((MARGIN, colours.shape[0] + MARGIN + row * LINE_HEIGHT), line, colour, font)
    return np.asarray(canvas)


def _lines(case: Case, prevalence: float | None) -> list[str]:
    texts = [f"{FLAG_WORDS[case.flag]}. Case {case.number}. Model {bundle_version(case)}.", *caveats(case)]
    if case.probability is not None and case.operating_points:
        assumed = f" {at_prevalence(prevalence)}" if prevalence is not None else ""
        texts.append(f"Probability of pneumonia {percent(case.probability)}{assumed}.")
        low, high = percent(case.operating_points.low), percent(case.operating_points.high)
        texts.append(f"Thresholds: review from {low}, urgent from {high}.")
    if case.heat and case.heat.shown:
        texts += heat_sentences(case.heat)
    texts += [reason.sentence for reason in case.reasons]
    lines = [line for text in texts for line in textwrap.wrap(text, DISPLAY_SIDE // 11)]
    return [*lines[:MAX_LINES], RESEARCH_USE]
