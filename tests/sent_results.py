"""Results in the outbox, as tests look at them."""

from cxr.worklist.queue.outbox import Delivery
from cxr.worklist.worklist import Worklist

ALL = 10_000


def waiting_results(worklist: Worklist) -> int:
    return sum(one.next_try is not None for one in worklist.outbox.deliveries(ALL))


def delivery_of(worklist: Worklist, case: int) -> Delivery | None:
    return next((one for one in worklist.outbox.deliveries(ALL) if one.case == case), None)
