"""Where the reader sees pneumonia: side and zone, never filled in from the model's region."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from cxr.ui.words import N_, _
from cxr.worklist.case import Case
from cxr.worklist.location import NOT_STATED, Location, Side, Zone

Part = TypeVar("Part", bound=StrEnum)

SIDES = {Side.RIGHT: N_("Right"), Side.LEFT: N_("Left"), Side.BOTH: N_("Both")}
ZONES = {Zone.UPPER: N_("Upper"), Zone.MIDDLE: N_("Middle"), Zone.LOWER: N_("Lower")}


def show_location(case: Case, mine: bool) -> None:
    """Ask for side and zone of a pneumonia, or show those of the reading."""
    read = case.report.location if case.report else None
    side, zone = ((read.side,), (read.zone,)) if read else (None, None)
    with st.container(horizontal=True, gap="small", key="location"):
        _choice(_("Side, optional"), SIDES, _side_key(case), side, not mine)
        _choice(_("Zone, optional"), ZONES, _zone_key(case), zone, not mine)


def stated_location(case: Case) -> Location:
    """Return what the reader has chosen so far."""
    return Location(st.session_state.get(_side_key(case)), st.session_state.get(_zone_key(case)))


def restore_location(case: Case) -> None:
    """Choose what a reading that was undone stated."""
    location = case.report.location if case.report else NOT_STATED
    st.session_state[_side_key(case)] = location.side
    st.session_state[_zone_key(case)] = location.zone


def _choice(
    label: str, words: Mapping[Part, str], key: str, read: tuple[Part | None] | None, disabled: bool
) -> None:
    """Show a choice; `read` is what the reading states, None before there is one."""
    st.segmented_control(
        label,
        list(words),
        format_func=lambda part: _(words[part]),
        default=read[0] if read else None,
        key=f"{key}-read-{read[0]}" if read else key,
        persist_state=None if read else "session",
        disabled=disabled,
        width="content",
    )


def _side_key(case: Case) -> str:
    return f"side-{case.number}"


def _zone_key(case: Case) -> str:
    return f"zone-{case.number}"
