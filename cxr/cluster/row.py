"""What is said of a file in one row: the columns of a Parquet part, and the keys of `score --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr.film import FilmError, Population

if TYPE_CHECKING:
    import pyarrow

    from cxr.screening import Outcome


def score_row(file: str, stated: Population, outcome: Outcome, version: str) -> dict[str, Any]:
    """Say of a file what came of it; without seconds where it could not be read."""
    if outcome.error:
        return unread_row(file, stated, outcome.error, version)
    film, reading = outcome.film, outcome.result
    assert film and reading
    return {
        "file": file,
        "flag": reading.decision.flag,
        "probability": reading.score and round(reading.score.probability, 4),
        "reasons": [{"code": r.code, "sentence": r.sentence} for r in reading.decision.reasons],
        "population": stated if film.population is Population.UNKNOWN else film.population,
        "model": reading.bundle_version,
        "seconds": round(reading.seconds, 4),
    }


def unread_row(file: str, stated: Population, error: FilmError, version: str) -> dict[str, Any]:
    """Say of a file why it could not be read."""
    return {
        "file": file,
        "flag": "refused",
        "probability": None,
        "reasons": [{"code": error.code, "sentence": error.sentence}],
        "population": stated,
        "model": version,
        "seconds": None,
    }


def schema() -> pyarrow.Schema:
    """Columns of a part: those of `score --json`, and the SHA-256 of the file's bytes."""
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
