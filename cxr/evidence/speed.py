"""How fast a bundle is, beside a plain pipeline in the same run: `speed.json` beside its card."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from cxr.evidence.metrics_file import read_measured

SPEED = "speed.json"
FULL_SIZE, DICOM, SMALL = "full size JPEG", "DICOM", "224 to 256 pixels"
"""Names of the sets of films."""
MEASURE_IT = "Measure the speed with 'python -m cxr bench --save'."


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of repeats, the lowest and the highest."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.low:.1f}-{self.high:.1f})"


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds a film, and how many times faster than the plain pipeline, round by round."""

    milliseconds: Spread
    times_faster: Spread

    @property
    def films_a_second(self) -> float:
        """Films a second, by the median."""
        return 1000 / self.milliseconds.median


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """One set of films, every way of scoring it in turn, round after round.

    Attributes
    ----------
    plain
        A peer's pipeline: decode by Pillow, a float32 forward pass by torchvision, Grad-CAM by its package
        with a second one and a backward pass, one film at a time.
    frugal
        The same where the score is taken from Grad-CAM's own forward pass.
    single, batch
        Ours by library: one warm film at a time, and all at once.
    """

    name: str
    films: int
    plain: Spread
    frugal: Pace
    single: dict[str, Pace]
    batch: dict[str, Pace]


@dataclass(frozen=True, slots=True)
class Parts:
    """Milliseconds of one core for each part of a full-size film's way."""

    read: float
    squash: float
    forward: float
    head: float
    gate: float
    map: float
    calibration: float

    @property
    def extras(self) -> float:
        """Share of the forward pass that map, gate and calibration together cost."""
        return (self.gate + self.map + self.calibration) / self.forward


@dataclass(frozen=True, slots=True)
class Floor:
    """What the trunk's multiplications alone would take at the rate of large matrices on the same cores.

    Attributes
    ----------
    gflop
        Floating-point operations of a film, 1e9, and how many of them are in bfloat16.
    forward, floor
        Milliseconds a film of the trunk with all cores busy, and of its multiplications at that rate.
    """

    gflop: float
    gflop_bfloat16: float
    float32_gflops: float
    bfloat16_gflops: float
    forward: float
    floor: float

    @property
    def share(self) -> float:
        """Share of the forward pass that is multiplication."""
        return self.floor / self.forward


@dataclass(frozen=True, slots=True)
class WorklistSpeed:
    """Films through the worklist: milliseconds a film, each once.

    Attributes
    ----------
    batch
        The same films scored without a worklist.
    scored
        From waiting to scored and committed.
    accepted
        From a file's bytes to a film on disk and a row, one after the other.
    """

    films: int
    batch: Spread
    scored: Spread
    accepted: Spread

    @property
    def times_batch(self) -> float:
        """How many times batch scoring takes what waits on the worklist."""
        return self.scored.median / self.batch.median

    @property
    def times_batch_handed_in(self) -> float:
        """The same with handing in, all of it before the first is scored."""
        return (self.accepted.median + self.scored.median) / self.batch.median


@dataclass(frozen=True, slots=True)
class WorkersSpeed:
    """Films a second through the worklist by processes, one thread each, once all of them are ready."""

    films: int
    rates: dict[int, float]

    @property
    def scaling(self) -> float:
        """How many times faster two processes are than one."""
        return self.rates[2] / self.rates[1]


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process that screens, in MB: by films done, and the most that it held."""

    by_films: dict[int, float]
    peak: float

    @property
    def growth(self) -> float:
        """MB between the first tenth of the films and the last."""
        counts = sorted(self.by_films)
        return self.by_films[counts[-1]] - self.by_films[counts[1]]


@dataclass(frozen=True, slots=True)
class AppStart:
    """The app in a browser, from a cold start: seconds, and MB of its process. Spread over some starts."""

    starts: int
    contentful_paint: Spread
    heading: Spread
    result: Spread
    resident_mb: Spread
    peak_mb: Spread


@dataclass(frozen=True, slots=True)
class Machine:
    """What it was measured on."""

    processor: str
    cores: int
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Speed:
    """Everything that one run of the benchmark measured.

    `engines` says by library in which numbers it computed, and why.
    """

    bundle: str
    machine: Machine
    engines: dict[str, str]
    sets: tuple[SetSpeed, ...]
    parts: dict[str, Parts]
    floors: dict[str, Floor]
    memory: Memory
    seconds: float
    worklist: WorklistSpeed | None = None
    workers: WorkersSpeed | None = None
    start: AppStart | None = None

    def set(self, name: str) -> SetSpeed | None:
        """The set of films of that name, where it was measured."""
        return next((one for one in self.sets if one.name == name), None)

    @property
    def films_a_second_a_core(self) -> float:
        """Of full-size films in a batch, by torch, which needs no extra."""
        films = self.set(FULL_SIZE) or self.sets[0]
        return films.batch["torch"].films_a_second / self.machine.cores

    def to_json(self) -> str:
        """Write everything as JSON."""
        return TypeAdapter(Speed).dump_json(self, indent=1).decode() + "\n"


def read_speed(bundle: Path) -> Speed:
    """Read what was measured of a bundle's speed, from its folder.

    Raises
    ------
    EvidenceError
        Where there is nothing, or another version of this program wrote it.
    """
    return read_measured(bundle / SPEED, Speed, MEASURE_IT)
