"""The training loop: balanced batches, averaged weights, early stopping on the tuning patients, resume."""

import csv
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cxr.lab.train import checkpoint
from cxr.lab.train.augment import Augmentation
from cxr.lab.train.clutter import Clutter
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.focus import heat_fields, logits_and_cam, misplaced_heat
from cxr.lab.train.frames import SwappedFrames
from cxr.lab.train.hidden import CANNOT_TELL, HiddenLungs, said_of_hidden
from cxr.lab.train.sampler import balanced_batches, batches_in_epoch
from cxr.lab.train.sharpness import Sharpness
from cxr.lab.train.split import Part
from cxr.lab.train.style import StyleMixing
from cxr.lab.train.tuning import tune
from cxr.model.card import Preprocessing
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_batch, to_input

log = logging.getLogger(__name__)
EPOCHS_CSV = "epochs.csv"
HEAD_RATE = 5
"""Times that the head, which starts from nothing, learns faster than the trunk."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Everything that decides how a run goes, beside the films and the starting weights."""

    epochs: int = 12
    patience: int = 4
    batch_size: int = 32
    learning_rate: float = 4e-4
    head_learning_rate: float = HEAD_RATE * 4e-4
    weight_decay: float = 0.02
    averaging: float = 0.995
    warmup: float = 0.1
    focus: float = 0.5
    smoothing: float = 0.05
    style_mixing: float = 0.5
    swapped_frames: float = 0.5
    hidden_lungs: float = 0.25
    silence: float = 0.5
    size: int = 224
    slope_limit: float = 4.0
    seed: int = 7
    bfloat16: bool = True


class Fit:
    """One training run in a folder; a second run in the same folder goes on where the first stopped."""

    def __init__(
        self, network: CxrNet, films: dict[Part, FilmSet], settings: FitSettings, folder: Path
    ) -> None:
        self.settings = settings
        self.folder = folder
        self._films = films
        self._augmentation = Augmentation()
        self._clutter = Clutter()
        self._swapped_frames = SwappedFrames(settings.swapped_frames)
        self._hidden_lungs = HiddenLungs(settings.hidden_lungs)
        self._sharpness = Sharpness()
        self._network = network
        # Averaged weights are what is tuned and shipped: they swing less from step to step.
        self._averaged = AveragedModel(
            network, multi_avg_fn=get_ema_multi_avg_fn(settings.averaging), use_buffers=True
        )
        self._best = CxrNet(hidden=network.hidden)
        self._optimizer = torch.optim.AdamW(
            [{"params": network.trunk.parameters()}, {"params": network.head.parameters()}],
            weight_decay=settings.weight_decay,
        )
        self._steps = batches_in_epoch(films[Part.FIT].films, settings.batch_size)
        self._progress = self._resume()

    @property
    def best_epoch(self) -> int:
        """Epoch whose weights the run returns, counted from 1."""
        return self._progress.best_epoch

    @property
    def epochs_done(self) -> int:
        """Epochs trained so far, in this run and those before it."""
        return self._progress.epochs_done

    def run(self) -> CxrNet:
        """Train until the last epoch, or until none was better for `patience` epochs; return the best."""
        with _progress_bar(self.settings.epochs * self._steps, self.epochs_done * self._steps) as (bar, task):
            while not self._finished():
                started = time.monotonic()
                train_loss = self._train_epoch(bar, task)
                self._finish_epoch(train_loss, time.monotonic() - started)
        return self._best

    def _finished(self) -> bool:
        state = self._progress
        return (
            state.epochs_done >= self.settings.epochs
            or state.epochs_done - state.best_epoch >= self.settings.patience
        )

    def _train_epoch(self, bar: Progress, task: TaskID) -> float:
        settings, films = self.settings, self._films[Part.FIT]
        # Seeded by epoch, so that a resumed run draws what an unbroken one would have drawn.
        generator = torch.Generator().manual_seed(settings.seed * 1000 + self.epochs_done)
        torch.manual_seed(settings.seed * 1000 + self.epochs_done)
        labels = torch.from_numpy(films.targets)
        self._network.train()
        total = 0.0
        for step, indices in enumerate(balanced_batches(films.films, settings.batch_size, generator)):
            self._set_learning_rate(self.epochs_done * self._steps + step)
            batch, fields, hidden = self._augmented(films.take(indices), generator)
            positive = labels[indices]
            targets = torch.where(
                hidden == 1, CANNOT_TELL, positive.lerp(torch.tensor(0.5), settings.smoothing)
            )
            mixing = StyleMixing(settings.style_mixing, len(indices), generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
                logits, cam = logits_and_cam(self._network, batch, mixing)
            loss = binary_cross_entropy_with_logits(logits, targets)
            loss = loss + settings.focus * misplaced_heat(cam, fields, positive * (1 - hidden))
            loss = loss + settings.silence * said_of_hidden(logits, hidden)
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self._optimizer.step()
            self._averaged.update_parameters(self._network)
            total += loss.item()
            bar.update(
                task, advance=1, description=f"epoch {self.epochs_done + 1}, loss {total / (step + 1):.3f}"
            )
        return total / self._steps

    def _augmented(
        self, films: FilmSet, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Films ready for the network, where on each of them heat may lie, and whose lungs are hidden."""
        fields = heat_fields(films.films, self.settings.size)
        moved = self._augmentation.move(torch.cat([to_batch(films.squashed), fields], dim=1), generator)
        developed = self._augmentation.develop(moved[:, :1], generator)
        developed = self._swapped_frames(developed, [film.source for film in films.films], generator)
        hidden = self._hidden_lungs(developed, generator)
        stored = self._sharpness(self._clutter(developed, generator), generator)
        preprocessing = Preprocessing(size=self.settings.size, slope_limit=self.settings.slope_limit)
        return to_input(stored, preprocessing), moved[:, 1:], hidden

    def _finish_epoch(self, train_loss: float, seconds: float) -> None:
        state, settings = self._progress, self.settings
        preprocessing = Preprocessing(size=settings.size, slope_limit=settings.slope_limit)
        tuned = tune(self._averaged_network, self._films[Part.TUNE], preprocessing)
        state.epochs_done += 1
        best = tuned.loss < state.best_loss
        if best:
            state.best_epoch, state.best_loss = state.epochs_done, tuned.loss
            self._best.load_state_dict(self._averaged_network.state_dict())
        checkpoint.save_checkpoint(self.folder, self._modules(), self._optimizer, state)
        self._write(
            {
                "epoch": state.epochs_done,
                "train_loss": round(train_loss, 5),
                "tune_loss": round(tuned.loss, 5),
                **{f"auroc_{population}": round(auroc, 5) for population, auroc in tuned.auroc.items()},
                "hit_rate": round(tuned.hit_rate, 4),
                "energy_in_box": round(tuned.energy_in_box, 4),
                "learning_rate": self._optimizer.param_groups[0]["lr"],
                "seconds": round(seconds, 1),
                "best": best,
            }
        )

    def _set_learning_rate(self, step: int) -> None:
        """Rise in a straight line over the warm-up, then fall along a cosine to zero."""
        done = step / (self.settings.epochs * self._steps)
        warmup = self.settings.warmup
        factor = (
            done / warmup if done < warmup else 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
        )
        rates = (self.settings.learning_rate, self.settings.head_learning_rate)
        for group, rate in zip(self._optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * factor

    def _resume(self) -> checkpoint.Progress:
        settings, data = asdict(self.settings), self._films[Part.FIT].sha256
        found = checkpoint.load_checkpoint(self.folder, self._modules(), self._optimizer)
        if found is None:
            return checkpoint.Progress(settings=settings, data_sha256=data)
        # Patience changes nothing but when a run ends: one that ended too early may be gone on with.
        if found.settings | {"patience": settings["patience"]} != settings:
            raise ValueError(
                f"{self.folder} holds a run with other settings: {found.settings}. "
                "Give them again to go on, or another folder to start anew."
            )
        if found.data_sha256 not in (data, checkpoint.UNKNOWN_DATA):
            raise ValueError(
                f"{self.folder} holds a run on other films: SHA-256 {found.data_sha256}, not {data}. "
                "Give the same labels and sources to go on, or another folder to start anew."
            )
        log.info("Going on after epoch %d.", found.epochs_done)
        return found

    @property
    def _averaged_network(self) -> CxrNet:
        module = self._averaged.module
        assert isinstance(module, CxrNet)
        return module

    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"network": self._network, "averaged": self._averaged, "best": self._best}

    def _write(self, epoch: dict[str, int | float | bool]) -> None:
        path = self.folder / EPOCHS_CSV
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(epoch))
            if new:
                writer.writeheader()
            writer.writerow(epoch)


@contextmanager
def _progress_bar(total: int, completed: int) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, refresh_per_second=2) as bar:
        yield bar, bar.add_task("training", total=total, completed=completed)
