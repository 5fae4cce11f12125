"""Measure within how many films drift is noticed."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cxr.cli.loading import fail, fails_on, load_measured_bundle, load_settings
from cxr.cli.measuring import SourceOption, SplitOption, of_hospital
from cxr.cli.progress import progress_bars
from cxr.film.counted import counted


def notice_drift(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="Labelled films.")],
    source: SourceOption,
    films: Annotated[int, typer.Option(min=20, help="Films to score, half of them with pneumonia.")] = 200,
    split: SplitOption = None,
) -> None:
    """Measure within how many films each kind of drift is noticed.

    The films are scored as they are and with changed pixels; references of 500 films and later films are
    drawn from them 200 times. Prints the share of draws noticed, and of those that count as drifted.
    """
    from cxr.evidence.stress import ShiftName
    from cxr.lab.evaluate.notice_drift import COUNTS, notice_drift, score_pool
    from cxr.lab.evaluate.sample import balanced_sample
    from cxr.lab.evaluate.shifts import Shift
    from cxr.lab.evaluate.tables import table
    from cxr.measure.labels import LabelsError, read_labels
    from cxr.screening import Screener

    bundle = load_measured_bundle()
    with fails_on(LabelsError):
        chosen = balanced_sample(of_hospital(read_labels(labels), source, split), films)
    kinds = (ShiftName.CONTRAST_DOWN, ShiftName.CONTRAST_UP, ShiftName.GAMMA_DARK, ShiftName.NOISE)
    shifts = [Shift(name, 3) for name in kinds]
    with progress_bars() as show:
        screener = Screener(bundle, load_settings().batch_size)
        pool = score_pool(chosen, screener, shifts, partial(show, "films"))
    if not pool.positive.any() or pool.positive.all():
        fail(f"{source} has no scored films of one label. Choose a source with both.")
    print(
        f"{counted(len(pool.logits), 'film')} of {source} scored, {int(pool.positive.sum())} with pneumonia."
    )
    print(f"Refused: {', '.join(f'{name} {count}' for name, count in pool.refused.items())}.\n")
    head = ("drift", *(f"{count} films" for count in COUNTS), "noticed within")
    print(table(head, (found.row for found in notice_drift(pool))))
