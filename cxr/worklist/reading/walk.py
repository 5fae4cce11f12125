"""A walk through the cases to read that programs do piece by piece, while people change the list."""

from sqlalchemy import select, tuple_

from cxr.worklist.reading.page import Place, Ranked
from cxr.worklist.reading.ranked_list import PAGE, RankedList
from cxr.worklist.site.mode import withholds
from cxr.worklist.store.database import utc_now
from cxr.worklist.store.schema import CaseRow, is_open


class OtherOrderError(Exception):
    """Results were withheld, or shown again, since a walk began: the list has another order now."""


class WalkedList(RankedList):
    """The order of reading, which can also be walked through."""

    def walk(self, place: Place | None = None, limit: int = PAGE) -> tuple[list[Ranked], Place | None]:
        """Return the next cases to read after a place, and the place after them; None at the end.

        A case that stays where it is comes exactly once, whatever happens to the others meanwhile.

        Raises
        ------
        OtherOrderError
            Where the place is one of another order.
        """
        began = place.began if place else utc_now()
        rows: list[tuple[int, CaseRow]] = []
        with self._database.reading() as session:
            withheld = withholds(session)
            if place and place.withheld is not withheld:
                raise OtherOrderError
            parts = self._parts(withheld, began)
            for number, part in enumerate(parts):
                if place and number < place.part:
                    continue
                query = select(CaseRow).where(is_open(), part.condition).order_by(*part.order)
                if place and number == place.part:
                    come_to = tuple(getattr(place, column.key) for column in part.columns)
                    query = query.where(tuple_(*part.columns) > come_to)
                found = session.scalars(query.limit(limit + 1 - len(rows)))
                rows += [(number, row) for row in found]
            rank = self._rank(session, rows[0][1], withheld, began) or 1 if rows else 1
            ranked = [self._ranked(row, rank + i, withheld, began) for i, (_, row) in enumerate(rows[:limit])]
            if len(rows) <= limit:
                return ranked, None
            number, last = rows[limit - 1]
            # Nothing but what this part is ordered by: a program can read its cursor, and a lane is a flag.
            columns = {column.key: getattr(last, column.key) for column in parts[number].columns}
            return ranked, Place(began, withheld, number, **columns)
