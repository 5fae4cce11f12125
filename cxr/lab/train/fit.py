"""The training loop: balanced batches, growing resolution, averaged weights, resume."""

import csv
import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel

from cxr.lab.train import checkpoint
from cxr.lab.train.augment import Augmentation, move
from cxr.lab.train.clutter import Clutter
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.focus import box_maps, heat_fields, misplaced_heat, run
from cxr.lab.train.lungs import Outlines, outline_loss, outline_maps
from cxr.lab.train.sampler import balanced_batches
from cxr.lab.train.sharpness import Sharpness
from cxr.lab.train.split import Part
from cxr.lab.train.tuning import some_of_each, tune
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_batch, to_input
from cxr.model.threads import ALL, compute_on
from cxr.model.trunk import OUTPUT_STRIDE

log = logging.getLogger(__name__)
EPOCHS_CSV = "epochs.csv"
HEAD_RATE = 4
"""Times that the head, which starts from nothing, learns faster than the trunk."""
COARSE_SIZE, COARSE_STRIDE = 160, 32
# Batches over which the batch norms of ImageNet get used to grey films before training.
SETTLING = 12
# The quality check is fitted on films that are changed more; for the flag, less carries over better.
AUGMENTATION = Augmentation(contrast=0, brightness=0, shading=0)
SHARPNESS = Sharpness(local=0, blurred=0, sharpened=0, jpeg=0, noisy=0.25)
# Films of each source and label that are looked at after an epoch.
LOOKED_AT = 30


class Fit:
    """One training run in a folder; a second run in the same folder goes on where the first stopped."""

    def __init__(
        self,
        network: CxrNet,
        films: dict[Part, FilmSet],
        outlines: Outlines,
        settings: FitSettings,
        folder: Path,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self._films = films
        self._outlines = outlines
        self._looked_at = some_of_each(films[Part.TUNE], LOOKED_AT)
        self._augmentation, self._clutter, self._sharpness = AUGMENTATION, Clutter(), SHARPNESS
        self._network = network
        # Averaged weights are what is tuned and shipped: they swing less from step to step.
        self._averaged = AveragedModel(
            network, multi_avg_fn=_ramped_average(settings.averaging), use_buffers=True
        )
        self._rates = (1, HEAD_RATE)
        groups: list[dict[str, Any]] = [
            {"params": network.trunk.parameters()},
            {"params": [*network.head.parameters(), *(network.lungs.parameters() if network.lungs else ())]},
        ]
        self._optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
        self._progress = self._resume()

    @property
    def _weights(self) -> dict[str, float]:
        """Weights of the losses that are wanted, by name."""
        if not self.settings.map_losses:
            return {"flag": 1.0}
        return {"flag": 1.0, "heat": self.settings.focus, "lungs": self.settings.lungs}

    @property
    def epochs_done(self) -> int:
        """Epochs trained so far, in this run and those before it."""
        return self._progress.epochs_done

    def run(self, stop_after: int | None = None) -> CxrNet:
        """Train until the last epoch, or after so many, and return the averaged weights."""
        settings = self.settings
        last = min(settings.epochs, stop_after or settings.epochs)
        if not self.epochs_done:
            self._settle_norms()
        with _progress_bar(settings.epochs * settings.steps, self.epochs_done * settings.steps) as (
            bar,
            task,
        ):
            while self.epochs_done < last:
                started = time.monotonic()
                losses = self._train_epoch(bar, task)
                self._finish_epoch(losses, time.monotonic() - started)
        self._averaged_network.set_output_stride(OUTPUT_STRIDE)
        return self._averaged_network

    def _resolution(self) -> tuple[int, int]:
        """Side of the films and output stride of the epoch that comes."""
        settings, done = self.settings, self.epochs_done / self.settings.epochs
        if done + 1e-9 < settings.coarse:
            return min(COARSE_SIZE, settings.size), COARSE_STRIDE
        return settings.size, OUTPUT_STRIDE if done + 1e-9 >= 1 - settings.fine else COARSE_STRIDE

    def _train_epoch(self, bar: Progress, task: TaskID) -> dict[str, float]:
        settings, films = self.settings, self._films[Part.FIT]
        # Predictions after the last epoch left this thread with one.
        compute_on(ALL)
        # Seeded by epoch, so that a resumed run draws what an unbroken one would have drawn.
        generator = torch.Generator().manual_seed(settings.seed * 1000 + self.epochs_done)
        torch.manual_seed(settings.seed * 1000 + self.epochs_done)
        size, stride = self._resolution()
        for network in (self._network, self._averaged_network):
            network.set_output_stride(stride)
        self._network.train()
        totals = dict.fromkeys(self._weights, 0.0)
        batches = balanced_batches(films.films, settings.batch_size, settings.steps, generator)
        for step, indices in enumerate(batches):
            self._set_learning_rate(self.epochs_done * settings.steps + step)
            losses = self._losses(films.take(indices), size, generator)
            loss = torch.stack([losses[name] * weight for name, weight in self._weights.items()]).sum()
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self._optimizer.step()
            self._averaged.update_parameters(self._network)
            totals = {name: total + losses[name].item() for name, total in totals.items()}
            described = f"epoch {self.epochs_done + 1}, loss {totals['flag'] / (step + 1):.3f}"
            bar.update(task, advance=1, description=described)
        return {name: total / settings.steps for name, total in totals.items()}

    def _losses(self, films: FilmSet, size: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """What the network gets wrong on films: their flags, where its heat lies, where it sees lungs."""
        batch, boxes, outlines = self._augmented(films, size, generator)
        positive = torch.from_numpy(films.targets)
        targets = positive.lerp(torch.tensor(0.5), self.settings.smoothing)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            if not self.settings.map_losses:
                return {"flag": binary_cross_entropy_with_logits(self._network(batch).float(), targets)}
            outputs = run(self._network, batch)
        field = heat_fields(boxes, outlines, outputs.lungs)
        return {
            "flag": binary_cross_entropy_with_logits(outputs.logits, targets),
            "heat": misplaced_heat(outputs.cam, field, positive),
            "lungs": outline_loss(outputs.lungs, outlines),
        }

    def _augmented(
        self, films: FilmSet, size: int, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Films ready for the network, and boxes and outlines where they lie on these."""
        placement = self._augmentation.placement(len(films.films), generator)
        developed = self._augmentation.develop(move(to_batch(films.resized), placement, size), generator)
        stored = self._sharpness(self._clutter(developed, generator), generator)
        maps = torch.cat([box_maps(films.films), outline_maps(films.films, self._outlines)], dim=1)
        moved = move(maps, placement, maps.shape[2])
        return to_input(stored, self.settings.preprocessing), moved[:, :1], moved[:, 1:]

    def _settle_norms(self) -> None:
        """Take means and deviations of the batch norms from films instead of photographs."""
        generator = torch.Generator().manual_seed(self.settings.seed)
        films = self._films[Part.FIT]
        norms = [layer for layer in self._network.trunk.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
        momentum = norms[0].momentum
        self._network.set_output_stride(COARSE_STRIDE)
        self._network.train()
        compute_on(ALL)
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean over all batches
        with torch.no_grad():
            for indices in balanced_batches(films.films, self.settings.batch_size, SETTLING, generator):
                self._network.trunk(self._augmented(films.take(indices), self.settings.size, generator)[0])
        for norm in norms:
            norm.momentum = momentum
        self._averaged_network.load_state_dict(self._network.state_dict())

    def _finish_epoch(self, losses: dict[str, float], seconds: float) -> None:
        state = self._progress
        size, stride = self._resolution()
        tuned = tune(self._averaged_network, self._looked_at, self.settings.preprocessing)
        state.epochs_done += 1
        checkpoint.save_checkpoint(self.folder, self._modules(), self._optimizer, state)
        self._write(
            {
                "epoch": state.epochs_done,
                "size": size,
                "output_stride": stride,
                **{name: round(loss, 5) for name, loss in losses.items()},
                "tune_loss": round(tuned.loss, 5),
                **{f"auroc_{hospital}": round(auroc, 4) for hospital, auroc in tuned.auroc.items()},
                "hit_rate": round(tuned.hit_rate, 4),
                "energy_in_box": round(tuned.energy_in_box, 4),
                "learning_rate": self._optimizer.param_groups[0]["lr"],
                "seconds": round(seconds, 1),
            }
        )

    def _set_learning_rate(self, step: int) -> None:
        """Rise in a straight line over the warm-up, then fall along a cosine to zero."""
        done = step / (self.settings.epochs * self.settings.steps)
        warmup = self.settings.warmup
        factor = (
            done / warmup if done < warmup else 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
        )
        for group, times in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = self.settings.learning_rate * times * factor

    def _resume(self) -> checkpoint.Progress:
        # As JSON gives them back.
        settings = json.loads(json.dumps(asdict(self.settings)))
        data = self._films[Part.FIT].sha256
        found = checkpoint.load_checkpoint(self.folder, self._modules(), self._optimizer)
        if found is None:
            return checkpoint.Progress(settings=settings, data_sha256=data)
        if found.settings != settings:
            raise ValueError(
                f"{self.folder} holds a run with other settings: {found.settings}. "
                "Give them again to go on, or another folder to start again."
            )
        if found.data_sha256 != data:
            raise ValueError(
                f"{self.folder} holds a run on other films: SHA-256 {found.data_sha256}, not {data}. "
                "Give the same labels and sources to go on, or another folder to start again."
            )
        log.info("Going on after epoch %d.", found.epochs_done)
        return found

    @property
    def _averaged_network(self) -> CxrNet:
        module = self._averaged.module
        assert isinstance(module, CxrNet)
        return module

    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"network": self._network, "averaged": self._averaged}

    def _write(self, epoch: dict[str, int | float]) -> None:
        path = self.folder / EPOCHS_CSV
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(epoch))
            if new:
                writer.writeheader()
            writer.writerow(epoch)


def _ramped_average(most: float) -> Callable[..., None]:
    """Average weights over few steps at first, over 1 / (1 - most) later."""

    @torch.no_grad()
    def update(averaged: list[torch.Tensor], new: list[torch.Tensor], count: Any) -> None:
        keep = min(most, (1 + int(count)) / (10 + int(count)))
        if averaged[0].is_floating_point():
            torch._foreach_lerp_(averaged, new, 1 - keep)
        else:
            for mine, latest in zip(averaged, new, strict=True):
                mine.copy_(latest)

    return update


@contextmanager
def _progress_bar(total: int, completed: int) -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, refresh_per_second=2) as bar:
        yield bar, bar.add_task("training", total=total, completed=completed)
