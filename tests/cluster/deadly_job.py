"""A network that takes its process with it on some films, as a decoder with a fault would."""

import os
from dataclasses import dataclass

import torch

from cxr.cluster.job import Job
from cxr.model.bundle import load_bundle
from cxr.screening import Screener


@dataclass(frozen=True, slots=True)
class DeadlyJob(Job):
    """A job whose network ends its process at once on a film with a white corner."""

    def screener(self) -> Screener:
        """Put the network to work."""
        torch.set_num_threads(1)
        bundle = load_bundle(self.bundle)

        def die(_trunk: torch.nn.Module, batch: tuple[torch.Tensor]) -> None:
            if (batch[0][:, 0, :8, :8].mean(dim=(1, 2)) > 1.7).any():
                os._exit(9)

        bundle.network.trunk.register_forward_pre_hook(die)
        return Screener(bundle, self.batch_size, self.prevalence)
