"""Films that a browser session may load, each under a key that nobody can guess."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakValueDictionary

from cxr.explain.overlay import Grey
from cxr.film import Adjusted, FilmSource, Orientation
from cxr.film.decoding_pool import DecodingFailedError

VIEWER = "/viewer"
"""Path below which films are served."""
MOST_OFFERS = 128
"""Films that a session can load at a time: a page of the worklist, and the last cases or *Read a film*."""
FilmKey = tuple[str, bool, Orientation]
"""Digest of a film's file, and what a person adjusted."""
AGAIN_SECONDS = 60.0
"""How long a film that could not be packed is refused at once: each try may take 25 seconds."""
CACHE_BYTES = 96 * 1024 * 1024
"""Packed films kept in memory: some thirty of 2500 x 2500 pixels."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Offer:
    """A film that can be loaded for as long as this object exists: a session keeps it.

    Attributes
    ----------
    sha256
        Digest of the film's file.
    small
        The film at reduced size, where it was read already.
    owner
        Key of the session of who signed in, the only one that it is served to; None without sign-in.
    """

    source: FilmSource = field(repr=False)
    sha256: str
    small: Grey | None = field(repr=False)
    owner: str | None = field(default=None, repr=False)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def film(self) -> FilmKey:
        """What the film is kept by, once packed."""
        return key_of(self.source, self.sha256)

    @property
    def address(self) -> str:
        """Where the server has all its grey levels."""
        return f"{VIEWER}/film/{self.key}"

    @property
    def small_address(self) -> str:
        """Where the server has a small picture of it."""
        return f"{VIEWER}/small/{self.key}"

    @property
    def withdrawn(self) -> bool:
        """Whether the film's file is gone, because it was purged or redacted."""
        file = Adjusted.of(self.source).file
        return isinstance(file, Path) and not file.exists()


def key_of(source: FilmSource, sha256: str) -> FilmKey:
    """What tells a film from others, and from itself adjusted otherwise."""
    adjusted = Adjusted.of(source)
    return sha256, adjusted.inverted, adjusted.orientation


_offers: WeakValueDictionary[str, Offer] = WeakValueDictionary()


class Offers:
    """The films that one session may load; the oldest give way to new ones, and all end with the session.

    Parameters
    ----------
    owner
        As in `Offer`.
    """

    def __init__(self, owner: str | None = None) -> None:
        self._owner = owner
        self._kept: OrderedDict[FilmKey, Offer] = OrderedDict()

    def of(self, source: FilmSource, sha256: str, small: Grey | None = None) -> Offer:
        """Offer a film, under the same key as before where it was offered before."""
        film = key_of(source, sha256)
        offer = self._kept.pop(film, None)
        if offer is None or offer.source != source:
            offer = Offer(source, sha256, small, self._owner)
            _offers[offer.key] = offer
        self._kept[film] = offer
        while len(self._kept) > MOST_OFFERS:
            self._kept.popitem(last=False)
        return offer


def offered(key: str, owner: str | None = None) -> Offer | None:
    """Return the film offered under a key; `None` for any other key, and for another owner's."""
    offer = _offers.get(key)
    return offer if offer and offer.owner in (None, owner) else None


class PackedFilms:
    """Packed films by digest, the least recently used removed first; each is packed once."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most = most_bytes
        self._change = threading.Condition()
        self._kept: OrderedDict[FilmKey, bytes] = OrderedDict()
        self._made: set[FilmKey] = set()
        self._failed: OrderedDict[FilmKey, tuple[float, DecodingFailedError]] = OrderedDict()
        self.bytes = 0

    def of(self, film: FilmKey, pack: Callable[[], bytes]) -> bytes:
        """Return a packed film, packing it unless it is kept; whoever asks meanwhile waits for it."""
        with self._change:
            self._change.wait_for(lambda: film not in self._made)
            if film in self._kept:
                self._kept.move_to_end(film)
                return self._kept[film]
            at, failure = self._failed.get(film, (-AGAIN_SECONDS, None))
            if failure and time.monotonic() < at + AGAIN_SECONDS:
                raise failure.with_traceback(None)
            self._made.add(film)
        content = None
        try:
            content = pack()
            return content
        except DecodingFailedError as error:
            with self._change:
                self._failed[film] = time.monotonic(), error
                while len(self._failed) > MOST_OFFERS:
                    self._failed.popitem(last=False)
            raise
        finally:
            with self._change:
                self._made.discard(film)
                if content is not None and len(content) <= self._most:
                    self._kept[film] = content
                    self.bytes += len(content)
                while self.bytes > self._most:
                    self.bytes -= len(self._kept.popitem(last=False)[1])
                self._change.notify_all()

    def forget(self, film: FilmKey) -> None:
        """Remove a film."""
        with self._change:
            self.bytes -= len(self._kept.pop(film, b""))
