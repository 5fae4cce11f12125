import logging
import warnings

from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import (
    MAX_FILE_MB,
    MAX_MEGAPIXELS,
    MIN_SIDE,
    Adjusted,
    Film,
    FilmSource,
    Overruled,
    Population,
    RequestedPriority,
    Sex,
    View,
)
from cxr.film.orientation import AS_STORED, Orientation
from cxr.film.sandbox import read_film

__all__ = [
    "AS_STORED",
    "MAX_FILE_MB",
    "MAX_MEGAPIXELS",
    "MIN_SIDE",
    "Adjusted",
    "Film",
    "FilmError",
    "FilmErrorCode",
    "FilmSource",
    "Orientation",
    "Overruled",
    "Population",
    "RequestedPriority",
    "Sex",
    "View",
    "read_film",
]

# pydicom's warnings and log lines quote values, which may be patient data. Set once for the process:
# `warnings.catch_warnings` is not safe in several threads.
warnings.filterwarnings("ignore", module=r"pydicom\b")
logging.getLogger("pydicom").disabled = True
# At DEBUG, Pillow logs a TIFF's tags with their text.
logging.getLogger("PIL").setLevel(logging.INFO)
