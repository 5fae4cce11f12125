"""The floating-point format that a trunk computes in."""

from enum import StrEnum

UNITS = ("avx512_bf16", "amx_bf16", "sve_bf16", "bf16")


class Precision(StrEnum):
    """Format of the numbers that are multiplied; sums are kept in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def has_bfloat16() -> bool:
    """Whether this processor has units for bfloat16; others emulate it, at a tenth of the speed."""
    import torch

    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(unit, False) for unit in UNITS)
