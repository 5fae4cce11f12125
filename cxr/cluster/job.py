"""The job that a machine of the cluster gets, and its report on each part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from cxr.film import FilmError, Population
from cxr.film.decoding_pool import Limits
from cxr.film.sandbox import limit_decoding

if TYPE_CHECKING:
    from cxr.cluster.parts import Part
    from cxr.model.site_profile import SiteProfile
    from cxr.screening import Screener


class MachineError(Exception):
    """A machine of the cluster lacks something; what to do about it, without naming any film."""


@dataclass(frozen=True, slots=True)
class Job:
    """How films are scored, the same on every machine.

    Attributes
    ----------
    bundle, version
        Folder of the bundle on each machine, and the version that must be there.
    engine, precision
        As in the settings: each machine chooses by itself.
    stated
        The population, where the header of a film does not state it.
    limits
        What decoding one film may take.
    profile
        The site profile, if one is used: it goes along, so that no machine needs a file of it.
    trusted
        Digest of a bundle that was not released.
    """

    bundle: Path
    version: str
    batch_size: int
    prevalence: float
    stated: Population
    engine: Literal["auto", "torch", "openvino"] = "auto"
    precision: Literal["auto", "float32"] = "auto"
    limits: Limits = field(default_factory=Limits)
    profile: SiteProfile | None = None
    trusted: str | None = None

    @property
    def site_profile(self) -> None:
        """No file: the profile is in the job."""
        return

    def screener(self) -> Screener:
        """Start the bundle's engine on one thread: there is an actor for every core.

        Raises
        ------
        MachineError
            Where this machine has no such bundle.
        """
        import cv2

        from cxr.engine_choice import open_screener
        from cxr.model.bundle import BundleError, load_trusted_bundle
        from cxr.model.site_profile import ProfileError, with_profile

        cv2.setNumThreads(1)
        limit_decoding(replace(self.limits, children=1))
        try:
            bundle = load_trusted_bundle(self.bundle, self.trusted)
        except BundleError as error:
            raise MachineError(f"A machine of the cluster has no usable bundle. {error}") from None
        try:
            profiled = with_profile(bundle, self.profile) if self.profile else bundle
            screener = open_screener(profiled, self, threads=1)
        except ProfileError as error:
            raise MachineError(f"A machine of the cluster cannot use the site profile. {error}") from None
        if screener.version != self.version:
            raise MachineError(
                f"A machine of the cluster has the bundle {screener.version} at {self.bundle}, and "
                f"{self.version} is needed. Copy it there."
            )
        return screener


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is not on the worklist, and why: there is no case without a film."""

    file: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Done:
    """The report on a part.

    Attributes
    ----------
    refused, unread
        Films that were read and not scored; files that could not be read.
    cases
        Numbers of its films on the worklist.
    off_list
        Files that are not on the worklist.
    left_out
        What the files are that never were films (see `cxr.film.left_out`).
    failure
        Why it was not done: something is wrong with the machine or the destination.
    """

    part: str
    films: int = 0
    refused: int = 0
    unread: int = 0
    cases: tuple[int, ...] = ()
    off_list: tuple[Unread, ...] = ()
    left_out: tuple[str, ...] = ()
    failure: str | None = None

    def to_json(self) -> str:
        """Serialise it, to be sent from machine to machine."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Done:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        off_list = tuple(Unread(**one) for one in values["off_list"])
        cases, left_out = tuple(values["cases"]), tuple(values["left_out"])
        return cls(**values | {"cases": cases, "off_list": off_list, "left_out": left_out})


class Desk(Protocol):
    """A destination that is open on one machine."""

    def take(self, part: Part, contents: Sequence[bytes | FilmError]) -> Done:
        """Score the films of a part and save the results; the same part again changes nothing."""


class Destination(Protocol):
    """Where results are saved, in a form that is sent to the machines of the cluster."""

    def desk(self, job: Job, screener: Screener) -> Desk:
        """Open the destination on this machine."""
