"""The waiting times of a simulation as a figure."""

import numpy as np
from matplotlib.figure import Figure

from cxr.lab.evaluate.figures import DPI, FAINT, INK, PNEUMONIA
from cxr.triage.waits import MEASURE_WORDS, ORDER_WORDS, TRUTH_WORDS, Comparison, Measure, Order, Truth

SIZE_INCHES = (10, 4)
BAR, COLOURS = 0.38, {Truth.POSITIVE: PNEUMONIA, Truth.NEGATIVE: FAINT}


def waiting_figure(found: Comparison) -> Figure:
    """Draw a panel a measure, with bars by order and truth and their 95 % intervals."""
    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
    panels = figure.subplots(1, len(Measure), sharey=True)
    rows = np.arange(len(Order))
    for axes, measure in zip(panels, Measure, strict=True):
        for place, truth in enumerate(Truth):
            hours = [found.of(order, truth).measure(measure) for order in Order]
            values = [one.value for one in hours]
            axes.barh(
                rows + (place - 0.5) * BAR,
                values,
                BAR,
                color=COLOURS[truth],
                label=TRUTH_WORDS[truth] if measure is Measure.MEAN else "_",
                xerr=[
                    [one.value - one.low for one in hours],
                    [one.high - one.value for one in hours],
                ],
                error_kw={"ecolor": INK, "elinewidth": 1},
            )
        axes.set_title(f"{MEASURE_WORDS[measure]} wait", fontsize=11, color=INK)
        axes.set(xlabel="Hours", xlim=(0, None))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK)
    panels[0].set_yticks(rows, [ORDER_WORDS[order] for order in Order])
    panels[0].invert_yaxis()
    figure.legend(
        title=f"Simulated: {found.clinic.summary}",
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=9,
        title_fontsize=9,
    )
    return figure
