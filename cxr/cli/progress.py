"""Progress bars of long commands, on standard error: standard output holds the results alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TaskID

Show = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and the total."""


@contextmanager
def progress_bars(transient: bool = False) -> Iterator[Show]:
    """Show a bar for each part of the work.

    Parameters
    ----------
    transient
        Whether the bars vanish in the end.
    """
    with Progress(console=Console(stderr=True), transient=transient) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield show
