"""Decoding within other limits."""

from collections.abc import Iterator
from contextlib import contextmanager

from cxr.film.decoding_pool import POOL, Limits
from cxr.film.sandbox import limit_decoding


@contextmanager
def decoding_by(limits: Limits) -> Iterator[None]:
    """Decode by new children within other limits."""
    POOL.stop()
    POOL.forget()
    limit_decoding(limits)
    try:
        yield
    finally:
        POOL.stop()
        POOL.forget()
        limit_decoding(Limits())
