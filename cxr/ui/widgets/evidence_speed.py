"""How fast films are scored: what computes here, and what the benchmark measured."""

from pathlib import Path

import streamlit as st

from cxr.evidence.metrics_file import EvidenceError
from cxr.evidence.speed import FULL_SIZE, Speed, read_speed
from cxr.evidence.speed_goals import speed_goals
from cxr.ui.widgets.evidence_sections import ICONS

LIBRARIES = {"torch": "torch", "openvino": "OpenVINO"}


def show_speed(folder: Path, computing: str | None) -> None:
    """Say what computes on this machine, and show what was measured of the bundle in a folder."""
    if computing:
        st.markdown(computing)
    try:
        speed = read_speed(folder)
    except EvidenceError as error:
        st.info(str(error), icon=":material/pending:")
        return
    _show_films(speed)
    goals = speed_goals(speed)
    reached = [goal.reached for goal in goals]
    title = f"Goals of speed: {reached.count(True)} reached, {reached.count(False)} not"
    with st.expander(title, icon=":material/flag:"):
        for goal in goals:
            st.markdown(f"{ICONS[goal.reached]} {goal.name}: **{goal.told}**, goal {goal.wanted}")
    st.caption(
        f"Measured on {speed.machine.processor}, {speed.machine.cores} cores. Plain pipeline, same run: "
        "the same network, a forward pass and Grad-CAM by its package, one film at a time."
    )


def _show_films(speed: Speed) -> None:
    """Show a full-size film alone and among others, by each library."""
    films = speed.set(FULL_SIZE)
    if films is None:
        return
    columns = st.columns(1 + 2 * len(films.single))
    columns[0].metric("Plain pipeline", f"{films.plain.median:.0f} ms")
    ways = [
        (f"{way}, {LIBRARIES[library]}", pace)
        for library in films.single
        for way, pace in (("One film", films.single[library]), ("Batch", films.batch[library]))
    ]
    for column, (name, pace) in zip(columns[1:], ways, strict=True):
        column.metric(
            name,
            f"{pace.milliseconds.median:.1f} ms",
            f"{pace.times_faster.median:.1f} times faster",
            delta_arrow="off",
        )
