"""The speed of a bundle next to a plain pipeline in the same run: `speed.json` beside its card."""

from dataclasses import dataclass
from pathlib import Path

from cxr.evidence.as_json import AsJson
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
    """Milliseconds per film, and the ratio to the plain pipeline, round by round."""

    milliseconds: Spread
    times_faster: Spread

    @property
    def films_a_second(self) -> float:
        """Films per second, from the median."""
        return 1000 / self.milliseconds.median


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """One set of films, scored in every way in turn, round after round.

    Attributes
    ----------
    plain
        A plain pipeline: decode with Pillow, a float32 forward pass in eager torch, Grad-CAM from the
        `grad-cam` package with a second forward and a backward pass, one film at a time.
    frugal
        The same, with the score taken from Grad-CAM's own forward pass.
    single, batch
        This program, by library: one warm film at a time, and all at once.
    """

    name: str
    films: int
    plain: Spread
    frugal: Pace
    single: dict[str, Pace]
    batch: dict[str, Pace]


@dataclass(frozen=True, slots=True)
class Parts:
    """Milliseconds on one core for each step of a full-size film."""

    read: float
    resize: float
    forward: float
    head: float
    quality: float
    map: float
    calibration: float


@dataclass(frozen=True, slots=True)
class WorklistSpeed:
    """Films through the worklist: milliseconds per film, each film once.

    Attributes
    ----------
    batch
        The same films scored without a worklist.
    scored
        From waiting to scored and committed.
    accepted
        From the file's bytes to a film on disk and a row, one after the other.
    """

    films: int
    batch: Spread
    scored: Spread
    accepted: Spread

    @property
    def times_batch(self) -> float:
        """Time through the worklist, as a multiple of batch scoring."""
        return self.scored.median / self.batch.median


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a screening process in MB: by films done, and the peak."""

    by_films: dict[int, float]
    peak: float


@dataclass(frozen=True, slots=True)
class AppStart:
    """The app in a browser from a cold start: seconds, and MB of its process, over several starts."""

    starts: int
    contentful_paint: Spread
    heading: Spread
    result: Spread
    resident_mb: Spread
    peak_mb: Spread


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that was measured."""

    processor: str
    cores: int
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Speed(AsJson):
    """Everything that one run of the benchmark measured.

    `engines` describes each engine, by library.
    """

    bundle: str
    machine: Machine
    engines: dict[str, str]
    sets: tuple[SetSpeed, ...]
    parts: dict[str, Parts]
    memory: Memory
    seconds: float
    worklist: WorklistSpeed | None = None
    start: AppStart | None = None


def read_speed(bundle: Path) -> Speed:
    """Read the measured speed of a bundle from its folder.

    Raises
    ------
    EvidenceError
        If there is none, or another version of this program wrote it.
    """
    return read_measured(bundle / SPEED, Speed.from_json, MEASURE_IT)
