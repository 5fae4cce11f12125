"""The state of a training run between two epochs, so that it can be stopped and resumed. No pickle."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

STATE = "checkpoint.safetensors"
# The weights that a run returns, as opposed to those that it trains.
AVERAGED = "averaged/module."
PROGRESS = "checkpoint"


@dataclass(slots=True)
class Progress:
    """The progress of a run: epochs finished, its settings, its films."""

    epochs_done: int = 0
    settings: dict[str, str | int | float | bool] = field(default_factory=dict)
    data_sha256: str = ""


def save_checkpoint(
    folder: Path, modules: dict[str, torch.nn.Module], optimizer: torch.optim.Optimizer, progress: Progress
) -> None:
    """Write modules, optimizer moments and progress in one file that is replaced in one step."""
    tensors = {
        f"{name}/{key}": tensor.contiguous().clone()
        for name, module in modules.items()
        for key, tensor in module.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{key}": tensor.contiguous().clone() for key, tensor in state.items()}
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{STATE}.partial"
    save_file(tensors, partial, metadata={PROGRESS: json.dumps(asdict(progress))})
    os.replace(partial, folder / STATE)


def load_checkpoint(
    folder: Path, modules: dict[str, torch.nn.Module], optimizer: torch.optim.Optimizer
) -> Progress | None:
    """Restore what `save_checkpoint` wrote; None if there is no checkpoint yet."""
    path = folder / STATE
    if not path.is_file():
        return None
    tensors = load_file(path)
    for name, module in modules.items():
        prefix = f"{name}/"
        module.load_state_dict(
            {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        )
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith("optimizer/"):
            _, index, name = key.split("/")
            moments.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})
    return read_progress(folder)


def read_progress(folder: Path) -> Progress:
    """The progress of the run in a folder."""
    with safe_open(folder / STATE, framework="pt") as file:
        return Progress(**json.loads(file.metadata()[PROGRESS]))
