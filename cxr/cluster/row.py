"""Columns of a Parquet part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow


def schema() -> pyarrow.Schema:
    """Columns of a part: those of `score --json`, and the SHA-256 of the file."""
    import pyarrow as pa

    reason = pa.struct([("code", pa.string()), ("sentence", pa.string())])
    return pa.schema(
        [
            pa.field("file", pa.string(), nullable=False),
            pa.field("flag", pa.string(), nullable=False),
            ("probability", pa.float64()),
            ("reasons", pa.list_(reason)),
            ("population", pa.string()),
            pa.field("model", pa.string(), nullable=False),
            ("seconds", pa.float64()),
            ("sha256", pa.string()),
        ]
    )
