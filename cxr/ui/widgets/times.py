"""Times in words, in the time zone of the reader's browser."""

from __future__ import annotations

import datetime
import zoneinfo

import streamlit as st

from cxr.language import formats
from cxr.ui.words import _, language


def waited(time: datetime.timedelta) -> str:
    """Write a waiting time: '4 min', '2 h 05 min', '3 d 4 h'."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return _("{minutes} min", minutes=minutes) if minutes else _("under 1 min")
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("{hours} h {minutes} min", hours=hours, minutes=f"{minutes:02d}")
    return _("{days} d {hours} h", days=hours // 24, hours=hours % 24)


def duration(seconds: float) -> str:
    """Write a short time: '40 s', '3 min'."""
    if seconds < 90:
        return _("{seconds} s", seconds=max(1, round(seconds)))
    return _("{minutes} min", minutes=round(seconds / 60))


def moment(at: datetime.datetime) -> str:
    """Write a time: '10:05' if it is today, else '3 May 2024, 10:05'."""
    return formats.moment(language(), at.astimezone(_zone()), now().date())


def day(at: datetime.date) -> str:
    """Write a date: '3 May 2024'."""
    return formats.day(language(), at)


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
