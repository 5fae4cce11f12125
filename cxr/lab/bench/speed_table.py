"""The measured speed as Markdown tables, as the documentation shows it."""

from collections.abc import Iterator

from cxr.lab.bench.speed import Memory, Pace, Speed, WorklistSpeed
from cxr.lab.evaluate.tables import table

LIBRARIES = {"torch": "torch", "openvino": "OpenVINO"}


def speed_tables(speed: Speed) -> str:
    """Tabulate each way of scoring films, the steps of one film, memory and the worklist."""
    head = (
        "milliseconds per film (films per second; times faster)",
        *(f"{one.name}, {one.films} films" for one in speed.sets),
    )
    sections = [_machine(speed), table(head, _ways(speed)), _parts(speed), _memory(speed.memory)]
    if speed.worklist:
        sections.append(_worklist(speed.worklist))
    if start := speed.start:
        sections.append(
            f"From a cold start, medians of {start.starts}: first paint after "
            f"{start.contentful_paint.median:.2f} s, heading after {start.heading.median:.2f} s, result of "
            f"the first film after {start.result.median:.1f} s; peak memory {start.peak_mb.median:.0f} MB."
        )
    return "\n\n".join(sections)


def _machine(speed: Speed) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in speed.machine.versions.items())
    machine = f"{speed.machine.processor}, {speed.machine.cores} cores; {versions}; model `{speed.bundle}`."
    return f"{machine} {' '.join(speed.engines.values())}"


def _ways(speed: Speed) -> Iterator[list[str]]:
    yield ["plain pipeline", *(str(one.plain) for one in speed.sets)]
    yield ["plain pipeline, one forward pass fewer", *(_cell(one.frugal) for one in speed.sets)]
    for library in speed.engines:
        yield [f"one film, {LIBRARIES[library]}", *(_cell(one.single[library]) for one in speed.sets)]
        yield [f"batch, {LIBRARIES[library]}", *(_cell(one.batch[library]) for one in speed.sets)]


def _cell(pace: Pace) -> str:
    return f"{pace.milliseconds.median:.1f} ({pace.films_a_second:.0f}; {pace.times_faster.median:.1f})"


def _parts(speed: Speed) -> str:
    steps = {
        "read and decode": "read",
        "resize and normalise": "resize",
        "forward pass of the trunk": "forward",
        "head and its derivative": "head",
        "quality check": "quality",
        "heat map": "map",
        "calibration": "calibration",
    }
    rows = (
        [words, *(f"{getattr(one, name):.2f}" for one in speed.parts.values())]
        for words, name in steps.items()
    )
    return table(
        ("milliseconds on one core, full-size film", *(LIBRARIES[name] for name in speed.parts)), rows
    )


def _memory(memory: Memory) -> str:
    counts = sorted(memory.by_films)
    first, last = (f"{memory.by_films[count]:.0f} MB" for count in (counts[0], counts[-1]))
    return (
        f"The measuring process held {first} with the model loaded, {last} after {counts[-1]} films and "
        f"{memory.peak:.0f} MB at most, with all libraries loaded at once."
    )


def _worklist(worklist: WorklistSpeed) -> str:
    batch, scored, accepted = (
        f"{one.median:.1f} ms" for one in (worklist.batch, worklist.scored, worklist.accepted)
    )
    return (
        f"{worklist.films} films of all sizes take {batch} each in a plain batch and {scored} each through "
        f"the worklist ({worklist.times_batch:.2f} times), after {accepted} each to add them one by one."
    )
