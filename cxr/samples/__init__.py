"""Six composites, each a blend of training films of one class, that show nobody: to look at, to check by."""

from pathlib import Path


def sample_paths() -> list[Path]:
    """The composites, by name."""
    return sorted(Path(__file__).parent.glob("*.png"))
