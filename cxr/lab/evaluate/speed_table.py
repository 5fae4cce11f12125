"""What was measured of speed, in Markdown, as the README shows it."""

from collections.abc import Iterator

from cxr.evidence.speed import Memory, Pace, SetSpeed, Speed, WorklistSpeed
from cxr.evidence.speed_goals import speed_goals
from cxr.lab.evaluate.tables import table

LIBRARIES = {"torch": "torch", "openvino": "OpenVINO"}
REACHED = {True: "yes", False: "no", None: "–"}


def speed_tables(speed: Speed) -> str:
    """The films by way of scoring them, the parts of a film's way, and the goals."""
    head = (
        "milliseconds a film (films a second; times faster)",
        *(f"{one.name}, {one.films} films" for one in speed.sets),
    )
    films = table(head, _ways(speed))
    goals = table(
        ("goal", "wanted", "found", "reached"),
        ((goal.name, goal.wanted, goal.told, REACHED[goal.reached]) for goal in speed_goals(speed)),
    )
    beside = [_memory(speed.memory), *([_worklist(speed.worklist)] if speed.worklist else [])]
    return "\n\n".join((_machine(speed), films, _parts(speed), *beside, goals))


def _machine(speed: Speed) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in speed.machine.versions.items())
    machine = f"{speed.machine.processor}, {speed.machine.cores} cores; {versions}; model `{speed.bundle}`."
    return " ".join((machine, *speed.engines.values()))


def _ways(speed: Speed) -> Iterator[list[str]]:
    yield ["plain pipeline", *(str(one.plain) for one in speed.sets)]
    yield ["the same with one forward pass less", *(_cell(one.frugal) for one in speed.sets)]
    for library in speed.engines:
        for name, way in (("one film", _single), ("batch", _batch)):
            yield [f"ours, {name}, {LIBRARIES[library]}", *(_cell(way(one, library)) for one in speed.sets)]


def _single(films: SetSpeed, library: str) -> Pace:
    return films.single[library]


def _batch(films: SetSpeed, library: str) -> Pace:
    return films.batch[library]


def _cell(pace: Pace) -> str:
    return f"{pace.milliseconds.median:.1f} ({pace.films_a_second:.0f}; {pace.times_faster.median:.1f})"


def _parts(speed: Speed) -> str:
    rows = [
        ["read and decode", *(f"{one.read:.2f}" for one in speed.parts.values())],
        ["squash and equalise", *(f"{one.squash:.2f}" for one in speed.parts.values())],
        ["forward pass of the trunk", *(f"{one.forward:.2f}" for one in speed.parts.values())],
        ["head and its derivative", *(f"{one.head:.2f}" for one in speed.parts.values())],
        ["gate", *(f"{one.gate:.2f}" for one in speed.parts.values())],
        ["heat map", *(f"{one.map:.2f}" for one in speed.parts.values())],
        ["calibration", *(f"{one.calibration:.3f}" for one in speed.parts.values())],
        [
            "multiplication alone, share of the forward pass on all cores",
            *(f"{one.share:.0%}" for one in speed.floors.values()),
        ],
    ]
    head = ("milliseconds of one core, full-size film", *(LIBRARIES[name] for name in speed.parts))
    return table(head, rows)


def _memory(memory: Memory) -> str:
    counts = sorted(memory.by_films)
    first, last = (f"{memory.by_films[count]:.0f} MB" for count in (counts[0], counts[-1]))
    return (
        f"The process that measured held {first} with the model, {last} after {counts[-1]} films and "
        f"{memory.peak:.0f} MB at most; it holds every library at once."
    )


def _worklist(worklist: WorklistSpeed) -> str:
    batch, scored, accepted = (
        f"{one.median:.1f} ms" for one in (worklist.batch, worklist.scored, worklist.accepted)
    )
    return (
        f"Of {worklist.films} films of all sizes one takes {batch} to be scored without a worklist, {scored} "
        f"through it, after {accepted} to be handed in: safe on disk, one after the other."
    )
