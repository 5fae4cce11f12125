"""What a machine of the cluster is told, and what it says of each part that it did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from cxr.film import FilmError, Population

if TYPE_CHECKING:
    from cxr.cluster.parts import Part
    from cxr.screening import Screener


class MachineError(Exception):
    """A machine of the cluster lacks something; what to do about it, without a word of any film."""


@dataclass(frozen=True, slots=True)
class Job:
    """How films are scored, the same on every machine.

    Attributes
    ----------
    bundle, version
        Folder of the bundle on each machine, and the version that has to lie there.
    engine, precision
        As in the settings: each machine chooses by itself.
    stated
        Whom the films show, where their header does not say.
    """

    bundle: Path
    version: str
    batch_size: int
    prevalence: float
    stated: Population
    engine: Literal["auto", "torch", "openvino"] = "auto"
    precision: Literal["auto", "float32"] = "auto"

    def screener(self) -> Screener:
        """Put the bundle to work on one thread: there is an actor for every core.

        Raises
        ------
        MachineError
            Where this machine has no such bundle.
        """
        import cv2

        from cxr.engine_choice import open_screener
        from cxr.model.bundle import BundleError, load_bundle

        cv2.setNumThreads(1)
        try:
            bundle = load_bundle(self.bundle)
        except BundleError as error:
            raise MachineError(f"A machine of the cluster has no usable bundle. {error}") from None
        if bundle.version != self.version:
            raise MachineError(
                f"A machine of the cluster has the bundle {bundle.version} at {self.bundle}, and "
                f"{self.version} is to be used. Copy it there."
            )
        return open_screener(bundle, self, threads=1)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is not on the worklist, and why: there is no case without a film."""

    file: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a part.

    Attributes
    ----------
    refused, unread
        Films that were read and not scored; files that could not be read.
    cases
        Numbers of its films on the worklist.
    off_list
        Files that are not on the worklist.
    failure
        Why nothing came of it: something is wrong with the machine or with the destination.
    """

    part: str
    films: int = 0
    refused: int = 0
    unread: int = 0
    cases: tuple[int, ...] = ()
    off_list: tuple[Unread, ...] = ()
    failure: str | None = None

    def to_json(self) -> str:
        """Write it down, for the way from machine to machine."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Done:
        """Read what `to_json` wrote."""
        said = json.loads(text)
        off_list = tuple(Unread(**one) for one in said["off_list"])
        return cls(**said | {"cases": tuple(said["cases"]), "off_list": off_list})


class Desk(Protocol):
    """Where an actor takes films to."""

    def take(self, part: Part, contents: Sequence[bytes | FilmError]) -> Done:
        """Score the films of a part and write down what is said; the same part again changes nothing."""


class Destination(Protocol):
    """Where results go, in words that travel to the machines of the cluster."""

    def desk(self, job: Job, screener: Screener) -> Desk:
        """Open the destination on this machine."""
