from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import MAX_FILE_MB, MAX_MEGAPIXELS, MIN_SIDE, Film, Population, RequestedPriority
from cxr.film.read import FilmSource, Inverted, read_film

__all__ = [
    "MAX_FILE_MB",
    "MAX_MEGAPIXELS",
    "MIN_SIDE",
    "Film",
    "FilmError",
    "FilmErrorCode",
    "FilmSource",
    "Inverted",
    "Population",
    "RequestedPriority",
    "read_film",
]
