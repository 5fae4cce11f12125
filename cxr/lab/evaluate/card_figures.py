"""Figures of the model card, drawn from the evidence alone, so that they never differ from its figures."""

import io

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxr.evidence.label import Label
from cxr.evidence.metrics_file import Evidence
from cxr.evidence.stress import StressGroup
from cxr.lab.evaluate.figures import DPI, INK, reliability_figure
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_COLOURS

# Beside the colours of the page, for print in grey.
PATTERNS = {Flag.URGENT: "", Flag.REVIEW: "//", Flag.ROUTINE: ".", Flag.REFUSED: "xx"}
# A drop this large, of AUROC or of specificity, has the darkest colour.
FULL_DROP = 0.3


def card_figures(evidence: Evidence) -> dict[str, str]:
    """Draw every figure that the evidence allows: SVG by file name."""
    figures = {"flags.svg": flags_figure(evidence)}
    for group in evidence.holdout.populations:
        if group.auroc:
            figures[f"reliability_{group.population}.svg"] = reliability_figure(group)
    for stressed in evidence.stress.groups if evidence.stress else ():
        figures[f"stress_{stressed.population}.svg"] = stress_figure(stressed)
    return {name: _svg(figure) for name, figure in figures.items()}


def flags_figure(evidence: Evidence) -> Figure:
    """Share of films with each flag, a bar for each label of each group."""
    bars = [
        (f"{name}: {group.name}, {label}", group.flags[label])
        for name, evaluation in evidence.sets.items()
        for group in evaluation.sources
        for label in Label
        if label in group.flags
    ]
    figure = Figure(figsize=(7.5, 0.8 + 0.27 * len(bars)), dpi=DPI, layout="constrained")
    axes = _plain(figure)
    reached = [0.0] * len(bars)
    for flag, hatch in PATTERNS.items():
        estimates = [flags.get(flag) for _, flags in bars]
        shares = [found.value if found else 0.0 for found in estimates]
        axes.barh(
            range(len(bars)),
            shares,
            left=reached,
            color=FLAG_COLOURS[flag],
            hatch=hatch,
            edgecolor="white",
            label=flag,
        )
        reached = [so_far + more for so_far, more in zip(reached, shares, strict=True)]
    axes.set_yticks(range(len(bars)), [name for name, _ in bars], fontsize=9)
    axes.set(xlabel="Share of films", xlim=(0, 1))
    axes.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=len(PATTERNS), frameon=False, fontsize=9)
    return figure


def stress_figure(group: StressGroup) -> Figure:
    """How much AUROC and specificity fall under each shift: a cell a severity, darker the more."""
    shifts = list(dict.fromkeys(effect.shift for effect in group.effects))
    severities = sorted({effect.severity for effect in group.effects})
    figure = Figure(figsize=(7.5, 1.2 + 0.3 * len(shifts)), dpi=DPI, layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    for axes, measure, title in zip(
        both,
        ("auroc", "specificity_low"),
        ("Drop of AUROC", "Drop of specificity, low point"),
        strict=True,
    ):
        drops = {(e.shift, e.severity): getattr(e.drop, measure) for e in group.effects}
        cells = [[drops.get((shift, severity)) for severity in severities] for shift in shifts]
        values = [[found.value if found else float("nan") for found in row] for row in cells]
        axes.imshow(values, cmap="Oranges", vmin=0, vmax=FULL_DROP, aspect="auto")
        for row, found in enumerate(values):
            for column, value in enumerate(found):
                colour = "white" if value > FULL_DROP * 0.6 else INK
                axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, color=colour)
        axes.set_title(f"{title}: {group.population}", fontsize=10, color=INK)
        axes.set_xticks(range(len(severities)), [f"severity {severity}" for severity in severities])
        axes.set_yticks(range(len(shifts)), [shift.replace("_", " ") for shift in shifts])
        axes.tick_params(length=0, labelsize=9, colors=INK)
    return figure


def _plain(figure: Figure) -> Axes:
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return axes


def _svg(figure: Figure) -> str:
    """The same SVG for the same figure, whenever it is drawn; its words are words, which keeps it small."""
    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "cxr", "svg.fonttype": "none"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()
