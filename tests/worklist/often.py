"""What processes of `test_audit_trail.py` and `test_migrations.py` do; light, for several are started."""

from pathlib import Path

from noise import noise_png

from cxr.film import Population
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.worklist import Worklist


def hand_in_and_look_often(url: str, films: Path, who: str, times: int) -> None:
    """Hand in films, and look at each."""
    worklist = Worklist(url, films)
    for i in range(times):
        number = worklist.intake.accept("film.png", noise_png(f"{who} {i}"), Population.CHILD, who).number
        worklist.audit.note(Entry(who, Action.SAW, number))


def open_worklist(url: str, films: Path) -> None:
    """Open a worklist, as a program does when it starts."""
    Worklist(url, films)
