"""In which numbers the trunk computes."""

from enum import StrEnum

import torch


class Precision(StrEnum):
    """Kind of the numbers that are multiplied; sums are kept in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"

    @property
    def torch(self) -> torch.dtype:
        """Torch's name for it."""
        return torch.float32 if self is Precision.FLOAT32 else torch.bfloat16


def has_bfloat16() -> bool:
    """Whether this processor computes in bfloat16; others imitate it, at a tenth of the speed."""
    supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return supported
