"""Tables of what one site has decided: whether results are shown, when they are withheld, its profiles."""

from __future__ import annotations

import datetime

from sqlalchemy import Boolean, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from cxr.worklist.store.schema import Table, UtcDateTime


class SiteStateRow(Table):
    """The state of the site: one row, read with every list, so that all processes agree at once.

    `least_agreement` is the limit of the stop rule; None: there is no such rule.
    """

    __tablename__ = "site_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mode: Mapped[str] = mapped_column(String(16), default="live", server_default="live")
    since: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    who: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    least_agreement: Mapped[float | None]


class SiteProfileRow(Table):
    """A version of the site profile as JSON; at most one is in use."""

    __tablename__ = "site_profiles"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[str] = mapped_column(String(8), unique=True)
    profile: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    in_use: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
