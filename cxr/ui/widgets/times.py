"""Times in words, in the time zone of the reader's browser."""

from __future__ import annotations

import datetime
import zoneinfo

import streamlit as st


def waited(time: datetime.timedelta) -> str:
    """Write a waiting time: '4 min', '2 h 05 min', '3 d 4 h'."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min" if minutes else "under 1 min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    return f"{hours // 24} d {hours % 24} h"


def duration(seconds: float) -> str:
    """Write a short time: '40 s', '3 min'."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"


def moment(at: datetime.datetime) -> str:
    """Write a time: '10:05' if it is today, else '3 May 2024, 10:05'."""
    here = at.astimezone(_zone())
    if here.date() == now().date():
        return f"{here:%H:%M}"
    return f"{here.day} {here:%B %Y, %H:%M}"


def day(at: datetime.date) -> str:
    """Write a date: '3 May 2024'."""
    return f"{at.day} {at:%B %Y}"


def to_the_second(at: datetime.datetime) -> str:
    """Write a time to the second: '2024-05-03 10:05:12'."""
    return f"{at.astimezone(_zone()):%Y-%m-%d %H:%M:%S}"


def now() -> datetime.datetime:
    """Return the current time in the reader's time zone."""
    return datetime.datetime.now(_zone())


def midnight() -> datetime.datetime:
    """Return when today began for the reader."""
    return datetime.datetime.combine(now().date(), datetime.time(), _zone())


def _zone() -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(st.context.timezone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return datetime.UTC
