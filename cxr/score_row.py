"""The result of a file as one row: what `score --json` prints, and the columns of a Parquet part."""

from typing import Any

from cxr.film import FilmError, Population
from cxr.model.released import is_released
from cxr.screening import Outcome


def score_row(file: str, stated: Population, outcome: Outcome, version: str) -> dict[str, Any]:
    """Make the row of a file; a file that could not be read has no seconds."""
    if outcome.error:
        return unread_row(file, stated, outcome.error, version)
    film, result = outcome.film, outcome.result
    assert film and result
    return {
        "file": file,
        "flag": result.decision.flag,
        "probability": result.score and round(result.score.probability, 4),
        "reasons": [{"code": r.code, "sentence": r.sentence} for r in result.decision.reasons],
        "population": stated if film.population is Population.UNKNOWN else film.population,
        "model": result.bundle_version,
        "seconds": round(result.seconds, 4),
        "released": is_released(result.bundle_version),
    }


def unread_row(file: str, stated: Population, error: FilmError, version: str) -> dict[str, Any]:
    """Make the row of a file that could not be read, with the reason."""
    return {
        "file": file,
        "flag": "refused",
        "probability": None,
        "reasons": [{"code": error.code, "sentence": error.sentence}],
        "population": stated if error.population is Population.UNKNOWN else error.population,
        "model": version,
        "seconds": None,
        "released": is_released(version),
    }
