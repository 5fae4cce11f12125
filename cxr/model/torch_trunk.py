"""The trunk on a processor by torch: traced, frozen and fused by oneDNN Graph, which needs no compiler."""

from contextlib import nullcontext
from importlib.metadata import version

import torch
from torch import Tensor, nn

from cxr.model.film_by_film import FilmByFilm, Shape, blank_film, freeze
from cxr.model.identity import EngineIdentity, Library
from cxr.model.precision import Precision
from cxr.model.threads import ALL, compute_on

RUNS_UNTIL_FUSED = 3
"""The first run records the shapes, the second one compiles."""


def torch_trunk(
    trunk: nn.Module, shape: Shape, precision: Precision = Precision.FLOAT32, threads: int = ALL
) -> FilmByFilm:
    """Compile a trunk for films of a shape; the module itself stays as it is."""
    fused = _fuse(trunk, shape, precision)

    def run(film: Tensor, _threads: int) -> Tensor:
        # A film takes one core: OpenMP's threads wait for each other fifty times a film, and where another
        # program has one of the cores they were seen to wait twenty times as long as they computed.
        compute_on(1)
        with torch.no_grad():
            maps: Tensor = fused(film)
            return maps.float()

    return FilmByFilm(EngineIdentity(Library.TORCH, version("torch"), precision), run, threads)


def _fuse(trunk: nn.Module, shape: Shape, precision: Precision) -> torch.jit.ScriptModule:
    """Freeze a trunk, and fuse its convolutions with what follows them."""
    # Autocast casts each layer, in whatever module; its cache would outlive the tracing.
    bfloat16 = torch.autocast("cpu", torch.bfloat16, cache_enabled=False)
    with bfloat16 if precision is Precision.BFLOAT16 else nullcontext():
        fused = freeze(trunk, shape)
    fusion = torch.jit.onednn_fusion_enabled()
    torch.jit.enable_onednn_fusion(True)
    try:
        with torch.no_grad():
            for _ in range(RUNS_UNTIL_FUSED):
                fused(blank_film(shape))
    finally:
        torch.jit.enable_onednn_fusion(fusion)
    return fused
