"""A trunk compiled for one film at a time, and the frozen graph that any compiler starts from."""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

from cxr.model.identity import EngineIdentity
from cxr.model.threads import compute_on

Run = Callable[[Tensor, int], Tensor]
"""Takes one film (1, channels, size, size) and the number of threads, and returns its last activation."""


class FilmByFilm:
    """A trunk that runs films one by one.

    What lies between two layers then stays in the processor's cache, so that films together are no faster;
    and a film's numbers depend on no other film.

    Parameters
    ----------
    threads
        Cores that may be computed on.
    """

    def __init__(self, identity: EngineIdentity, run: Run, threads: int) -> None:
        self.identity = identity
        self._run = run
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="trunk")

    def __call__(self, batch: Tensor, threads: int) -> Tensor:
        """Return the last activation; of several films each thread takes its own."""
        films = batch.split(1)
        if threads == 1 or len(films) == 1:
            return torch.cat([self._run(film, threads) for film in films])
        return torch.cat(list(self._pool.map(lambda film: self._run(film, 1), films)))


Shape = tuple[int, int, int]
"""Channels, rows and columns of a film."""


def blank_film(shape: Shape) -> Tensor:
    """Make an input of one film, channels last."""
    channels, rows, columns = shape
    return torch.zeros(1, rows, columns, channels).permute(0, 3, 1, 2)


def freeze(trunk: nn.Module, shape: Shape) -> torch.jit.ScriptModule:
    """Record a trunk's operations on a film, with its weights as constants and its batch norms folded.

    TorchScript is deprecated in favour of `torch.compile`, which needs a C++ compiler on every machine that
    serves. Torch's own check of a trace is left out: it would import what takes seconds, and tests compare
    the results.
    """
    compute_on(1)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(trunk.eval(), blank_film(shape), check_trace=False)
        frozen: torch.jit.ScriptModule = torch.jit.freeze(traced)
    return frozen
