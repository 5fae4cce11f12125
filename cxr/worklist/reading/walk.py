"""A walk through the cases to read that programs do piece by piece, while people change the list."""

from sqlalchemy import select, tuple_

from cxr.worklist.accounts.accounts import utc_now
from cxr.worklist.reading.page import Place, Ranked
from cxr.worklist.reading.ranked_list import PAGE, RankedList
from cxr.worklist.store.schema import CaseRow, is_open


class WalkedList(RankedList):
    """The order of reading, which can also be walked through."""

    def walk(self, place: Place | None = None, limit: int = PAGE) -> tuple[list[Ranked], Place | None]:
        """Return the next cases to read after a place, and the place after them; None at the end.

        A case that stays where it is comes exactly once, whatever happens to the others meanwhile.
        """
        began = place.began if place else utc_now()
        rows: list[CaseRow] = []
        with self._database.reading() as session:
            for late, (condition, order) in zip((True, False), self._halves(began), strict=True):
                if place and late > place.late:
                    continue
                query = select(CaseRow).where(is_open(), condition).order_by(*order)
                if place and late == place.late:
                    query = query.where(tuple_(*order) > tuple(getattr(place, one.key) for one in order))
                rows += session.scalars(query.limit(limit + 1 - len(rows)))
            rank = self._rank(session, rows[0], began) or 1 if rows else 1
            found = [self._ranked(row, rank + i, began) for i, row in enumerate(rows[:limit])]
            if len(rows) <= limit:
                return found, None
            last = rows[limit - 1]
            key = (last.lane, last.age_group, last.rank, last.arrived_at, last.id)
            return found, Place(began, self._overdue_at(last, began), *key)
