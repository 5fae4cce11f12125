"""The cases before and after one in a list, by their numbers."""

from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.reading.order import Columns, Part, parts_of_view
from cxr.worklist.store.schema import CaseRow

Neighbours: TypeAlias = tuple[int | None, int | None]


def beside(session: Session, row: CaseRow, wanted: Filter, to_read: tuple[Part, ...]) -> Neighbours:
    """Return the neighbours of a case in a list, by its place there, whether or not it is listed itself.

    Reading or dismissing a case changes no priority, so that it keeps its place among those to read. Where it
    has none in the view of those read or dismissed, because it is neither, that place counts too.
    """
    last = {ListView.READ: row.read_at, ListView.DISMISSED: row.dismissed_at}
    if last.get(wanted.list_view, row.arrived_at) is None:
        wanted = replace(wanted, list_view=ListView.TO_READ)
    parts, conditions = parts_of_view(wanted, to_read), wanted.conditions()
    own = next(place for place, part in enumerate(parts) if part.holds(row))

    def first(order: Columns, *where: ColumnElement[bool]) -> int | None:
        query = select(CaseRow.id).where(*where, *conditions).order_by(*order)
        return session.scalar(query.limit(1))

    here = parts[own]
    previous = first(here.backwards, here.condition, here.before(row))
    for part in reversed(parts[:own]):
        if previous is None:
            previous = first(part.backwards, part.condition)
    following = first(here.order, here.condition, here.after(row))
    for part in parts[own + 1 :]:
        if following is None:
            following = first(part.order, part.condition)
    return previous, following
