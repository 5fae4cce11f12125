"""A simulation kept beside the model it was calculated with, so that the app shows one at once."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cxr.evidence.as_json import AsJson
from cxr.triage.waits import Comparison

SIMULATION = "simulation.json"


@dataclass(frozen=True, slots=True)
class StoredSimulation(AsJson):
    """Waiting times, and the bundle whose flags they were calculated from."""

    bundle: str
    comparison: Comparison


def keep_simulation(folder: Path, stored: StoredSimulation) -> None:
    """Write a simulation into the folder of its bundle."""
    (folder / SIMULATION).write_text(stored.to_json(indent=1), encoding="utf-8")


def stored_simulation(folder: Path, bundle: str) -> Comparison | None:
    """Read the simulation kept in a bundle's folder; None unless it was calculated with that bundle."""
    try:
        found = StoredSimulation.from_json((folder / SIMULATION).read_bytes())
    except (OSError, ValidationError):
        return None
    return found.comparison if found.bundle == bundle else None
