"""A probability on a bar from 0 to 1 with the operating points marked, as SVG."""

from cxr.model.card import OperatingPoints

WIDTH, BAR_TOP, BAR_HEIGHT = 400, 22, 14
ZONES = (("routine", "#3f9d6b"), ("review", "#d98e1f"), ("urgent", "#cf4545"))


def probability_bar(probability: float, points: OperatingPoints) -> str:
    """Draw the bar; its text takes the page's own colour, so that it reads in light and dark."""
    edges = (0.0, points.low, points.high, 1.0)
    zones = "".join(
        f'<rect x="{x(start):.1f}" y="{BAR_TOP}" width="{x(end) - x(start):.1f}" height="{BAR_HEIGHT}" '
        f'fill="{colour}"><title>{name}: {start:.2f} to {end:.2f}</title></rect>'
        for (name, colour), start, end in zip(ZONES, edges[:-1], edges[1:], strict=True)
    )
    below = BAR_TOP + BAR_HEIGHT
    return (
        f'<svg viewBox="0 0 {WIDTH} 78" width="100%" style="max-width:26rem" role="img" '
        f'font-family="inherit" font-size="12" fill="currentColor" '
        f'aria-label="Probability {probability:.2f}; low operating point {points.low:.2f}, '
        f'high operating point {points.high:.2f}">'
        f"{zones}"
        f"{_tick(points.low, below, 14, f'review from {points.low:.2f}')}"
        f"{_tick(points.high, below, 30, f'urgent from {points.high:.2f}')}"
        f"{_marker(probability)}"
        "</svg>"
    )


def x(probability: float) -> float:
    """Place of a probability on the bar, in the drawing's own units."""
    return 8 + probability * (WIDTH - 16)


def _tick(at: float, top: int, text_below: int, text: str) -> str:
    return (
        f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{BAR_TOP}" y2="{top + text_below - 9}" '
        f'stroke="currentColor" stroke-width="1"/>'
        f'<text x="{x(at):.1f}" y="{top + text_below + 3}" text-anchor="{_anchor(at)}">{text}</text>'
    )


def _marker(at: float) -> str:
    place = x(at)
    return (
        f'<path d="M{place:.1f} {BAR_TOP + 1} l-6 -10 h12 z" fill="currentColor"/>'
        f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{BAR_TOP}" y2="{BAR_TOP + BAR_HEIGHT}" '
        f'stroke="currentColor" stroke-width="2.5"/>'
    )


def _anchor(at: float) -> str:
    return "start" if at < 0.2 else "end" if at > 0.8 else "middle"
