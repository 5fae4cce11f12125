"""A probability on a bar with its thresholds, as HTML."""

from cxr.model.card import OperatingPoints
from cxr.triage.flag import FLAG_OF_POINTS, Flag
from cxr.triage.words import FLAG_COLOURS, FLAG_WORDS
from cxr.ui.words import _, percent, said


def probability_bar(probability: float, points: OperatingPoints) -> str:
    """Draw the bar; lines and words take the text colour of the page."""
    edges = (0.0, points.low, points.high, 1.0)
    zones = "".join(
        f'<div style="width:{100 * (end - start):.2f}%;background:{FLAG_COLOURS[flag]}" '
        f'title="{_zone(flag, start, end)}"></div>'
        for flag, start, end in zip(FLAG_OF_POINTS, edges[:-1], edges[1:], strict=True)
    )
    review = _("review from {percent}", percent=percent(points.low))
    urgent = _("urgent from {percent}", percent=percent(points.high))
    label = _(
        "Probability {percent}; {review}, {urgent}",
        percent=percent(probability),
        review=review,
        urgent=urgent,
    )
    return (
        f'<div role="img" aria-label="{label}" '
        'style="max-width:26rem;font-size:.8rem"><div style="position:relative;height:2.5rem">'
        '<div style="position:absolute;top:1rem;left:0;right:0;height:.9rem;display:flex;'
        f'border-radius:3px;overflow:hidden">{zones}</div>'
        f"{_marker(probability)}{_tick(points.low)}{_tick(points.high)}</div>"
        '<div style="display:flex;flex-wrap:wrap;gap:.2rem 1rem">'
        f"{_legend(Flag.REVIEW, review)}{_legend(Flag.URGENT, urgent)}</div></div>"
    )


def _zone(flag: Flag, start: float, end: float) -> str:
    """Name a part of the bar."""
    word = said(FLAG_WORDS[flag]).lower()
    return _("{flag}: {low} to {high}", flag=word, low=percent(start), high=percent(end))


def _marker(at: float) -> str:
    """Draw a line through the bar with an arrowhead above it."""
    return (
        f'<div style="position:absolute;left:{100 * at:.2f}%;top:.1rem;transform:translateX(-50%);'
        'line-height:1">▼</div>'
        f'<div style="position:absolute;left:{100 * at:.2f}%;top:.9rem;height:1.1rem;'
        'border-left:2px solid currentColor;transform:translateX(-50%)"></div>'
    )


def _tick(at: float) -> str:
    """Draw a short line below the bar."""
    return (
        f'<div style="position:absolute;left:{100 * at:.2f}%;top:1.9rem;height:.4rem;'
        'border-left:1px solid currentColor"></div>'
    )


def _legend(flag: Flag, text: str) -> str:
    """Write a text behind a patch of the flag's colour."""
    return (
        '<div style="white-space:nowrap"><span style="display:inline-block;width:.7em;height:.7em;'
        f'margin-right:.4em;border-radius:2px;background:{FLAG_COLOURS[flag]}"></span>{text}</div>'
    )
