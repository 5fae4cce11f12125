"""Figures of an evaluation: discrimination and calibration."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from cxr.evidence.evaluation import Evaluation, Group
from cxr.measure.groups import scored_films
from cxr.measure.metrics import Scored
from cxr.measure.screened import ScreenedFilm
from cxr.model.card import OperatingPoints

# Dark enough to print in grey; distinguishable to colour-blind readers (Okabe and Ito, 2008).
INK, FAINT, PNEUMONIA, NORMAL = "#334155", "#cbd5e1", "#d55e00", "#0072b2"
LOW_STYLE, HIGH_STYLE = ":", "--"
SIZE_INCHES, DPI = (5.2, 5.8), 150


def draw_figures(films: Sequence[ScreenedFilm], evaluation: Evaluation, out: Path) -> list[Path]:
    """Write the figures of each population that has scored films, as PNG; return where they lie.

    The ROC curve and the reliability diagram need films of both labels.
    """
    written = []
    for population in sorted({film.labelled.population for film in films}):
        of_population = [film for film in films if film.labelled.population is population]
        scored, _ = scored_films(of_population)
        group = evaluation.group(population)
        figures = {}
        if len(scored.positive):
            points = {film.score.operating_points for film in of_population if film.score}
            figures["probability"] = probability_figure(scored, points, group.name)
        if group.auroc:
            figures["roc"] = roc_figure(scored, group)
            figures["reliability"] = reliability_figure(group)
        for name, figure in figures.items():
            path = out / f"{name}_{population}.png"
            figure.savefig(path)
            written.append(path)
    return written


def roc_figure(scored: Scored, group: Group) -> Figure:
    """Sensitivity against false alarms, with both operating points on the curve."""
    figure, axes = _figure(f"Telling pneumonia from normal: {group.name}")
    false_alarms, found, _ = roc_curve(scored.positive, scored.probability, drop_intermediate=False)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    axes.plot(false_alarms, found, color=INK, label=f"AUROC {group.auroc}")
    for name, point, marker in (("Low", group.low, "o"), ("High", group.high, "s")):
        if point.sensitivity and point.specificity:
            axes.plot(
                1 - point.specificity.value,
                point.sensitivity.value,
                marker,
                color=PNEUMONIA,
                label=f"{name} operating point",
            )
    axes.set(
        xlabel="1 − specificity (share of normal films)", ylabel="Sensitivity (share of pneumonia films)"
    )
    _square(axes)
    _legend(figure)
    return figure


def reliability_figure(group: Group) -> Figure:
    """Share of pneumonia among films of about one probability, with Wilson's 95 % intervals."""
    figure, axes = _figure(f"Probability and what was found: {group.name}")
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, label="Perfect calibration")
    for number, films in enumerate(group.reliability):
        said, found = films.probability, films.share
        label = "Bins of equal size, 95 % interval" if number == 0 else "_"
        axes.plot([said, said], [found.low, found.high], color=NORMAL, linewidth=1)
        axes.plot(said, found.value, "o", color=NORMAL, label=label)
    axes.set(xlabel="Mean probability given", ylabel="Share of films with pneumonia")
    _square(axes)
    _legend(figure, f"Calibration error {group.calibration_error}")
    return figure


def probability_figure(scored: Scored, points: Collection[OperatingPoints], name: str) -> Figure:
    """How probabilities are spread over each label, with the operating points applied to the films."""
    figure, axes = _figure(f"Probabilities by label: {name}")
    bins = np.linspace(0, 1, 41).tolist()
    for label, kept, colour in (
        ("Normal", ~scored.positive, NORMAL),
        ("Pneumonia", scored.positive, PNEUMONIA),
    ):
        count = int(kept.sum())
        if count:
            weights = np.full(count, 1 / count)
            axes.hist(
                scored.probability[kept],
                bins,
                weights=weights,
                color=colour,
                alpha=0.55,
                label=f"{label}, {count} films",
            )
    for number, both in enumerate(points):
        for text, value, style in (("Low", both.low, LOW_STYLE), ("High", both.high, HIGH_STYLE)):
            label = f"{text} operating point" if number == 0 else "_"
            axes.axvline(value, color=INK, linestyle=style, linewidth=1, label=label)
    axes.set(xlabel="Probability of pneumonia-type opacity", ylabel="Share of the label's films", xlim=(0, 1))
    _legend(figure)
    return figure


def _figure(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure, axes


def _legend(figure: Figure, title: str | None = None) -> None:
    """Explain the marks under the axes, where no film can be hidden."""
    figure.legend(title=title, loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def _square(axes: Axes) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
