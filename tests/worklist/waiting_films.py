"""Films that wait on a worklist, and a network whose layers can be watched."""

from made_films import png

from cxr.film import Population
from cxr.model.bundle import Bundle
from cxr.model.engine import Engine
from cxr.worklist.case import Case
from cxr.worklist.worklist import Worklist

CHILD = Population.CHILD


def add_films(worklist: Worklist, seeds: range) -> list[int]:
    """Add made films, and return the numbers of their cases."""
    return [worklist.intake.accept(f"{seed}.png", png(seed), CHILD, "Ada").number for seed in seeds]


def cases(worklist: Worklist) -> list[Case]:
    """Cases to read, by arrival."""
    return sorted((ranked.case for ranked in worklist.ranked.page().rows), key=lambda case: case.number)


def layer_by_layer(bundle: Bundle) -> Engine:
    """The bundle's own network, whose hooks are called."""
    return Engine(bundle.network, bundle.card.preprocessing)
