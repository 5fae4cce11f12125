import pytest
from matplotlib.axes import Axes
from measure.made_screened import POINTS, screened

from cxr.evidence.label import Label
from cxr.lab.evaluate.figures import probability_figure, reliability_figure, roc_figure
from cxr.measure.groups import measure_group, scored_films
from cxr.measure.screened import ScreenedFilm

FILMS: list[ScreenedFilm] = [
    *(screened(Label.NORMAL, probability) for probability in (0.1, 0.2, 0.3, 0.5)),
    *(screened(Label.PNEUMONIA, probability) for probability in (0.3, 0.6, 0.9, 0.95)),
]
GROUP = measure_group(FILMS, repeats=20)
SCORED, _ = scored_films(FILMS)


def point(axes: Axes, label: str) -> tuple[float, float]:
    (line,) = (line for line in axes.lines if line.get_label() == label)
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])


def test_operating_points_are_marked_on_the_roc_curve_where_the_films_are() -> None:
    (axes,) = roc_figure(SCORED, GROUP).axes
    assert point(axes, "Low operating point") == (0.25, 0.75)
    assert point(axes, "High operating point") == (0, 0.5)
    curve = next(line for line in axes.lines if str(line.get_label()).startswith("AUROC 0.9"))
    assert [0.25, 0.75] in curve.get_xydata().tolist()


def test_the_reliability_diagram_has_a_point_a_bin_with_its_interval_around_it() -> None:
    (axes,) = reliability_figure(GROUP).axes
    bars, points = axes.lines[1::2], axes.lines[2::2]
    assert [line.get_xdata()[0] for line in points] == pytest.approx(sorted(SCORED.probability))
    for bar, bin_ in zip(bars, points, strict=True):
        low, high = bar.get_ydata()
        assert low <= bin_.get_ydata()[0] <= high


def test_each_label_s_bars_add_up_to_one_and_the_points_stand_where_they_are() -> None:
    (axes,) = probability_figure(SCORED, [POINTS], "child").axes
    assert [sum(bar.get_height() for bar in bars) for bars in axes.containers] == pytest.approx([1, 1])
    assert [line.get_xdata()[0] for line in axes.lines] == [POINTS.low, POINTS.high]


def test_a_label_without_films_has_no_bars() -> None:
    scored, _ = scored_films(FILMS[:4])
    figure = probability_figure(scored, [POINTS], "child")
    assert len(figure.axes[0].containers) == 1
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "Normal, 4 films",
        "Low operating point",
        "High operating point",
    ]
