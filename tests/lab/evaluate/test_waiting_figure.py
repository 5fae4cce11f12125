from pathlib import Path

from PIL import Image

from cxr.lab.evaluate.waiting_figure import waiting_figure
from cxr.triage.clinic import Clinic
from cxr.triage.waits import Comparison, Measure, Order, OverRepeats, Truth, Waits

MEAN, PERCENTILE, LONGEST = OverRepeats((2.0, 4.0)), OverRepeats((9.0, 11.0)), OverRepeats((19.0, 21.0))
FOUND = Comparison(
    Clinic(),
    tuple(Waits(order, truth, 100, MEAN, PERCENTILE, LONGEST) for order in Order for truth in Truth),
)


def test_a_panel_a_measure_shows_a_bar_for_each_order_and_truth(tmp_path: Path) -> None:
    figure = waiting_figure(FOUND)

    assert [axes.get_title() for axes in figure.axes] == ["Mean wait", "95th percentile wait", "Longest wait"]
    widths = [{bar.get_width() for bar in axes.patches} for axes in figure.axes]
    assert widths == [{3.0}, {10.0}, {20.0}]
    assert all(len(axes.patches) == len(Order) * len(Truth) for axes in figure.axes)
    assert len(figure.axes) == len(Measure)
    figure.savefig(tmp_path / "waits.png")
    assert Image.open(tmp_path / "waits.png").width > 1000
