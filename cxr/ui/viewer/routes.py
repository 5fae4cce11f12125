"""What the viewer loads besides Streamlit's messages: a small picture first, then the full film.

Films never go through the WebSocket, where they would hold up the page. A film has a key that only one
session knows, as Streamlit's own media files do, and is served to that session alone where people sign in.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cxr.access.decoding_threads import DecodingThreads
from cxr.access.headers import SESSION_HEADER
from cxr.film import FilmError
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.film.sandbox import pack_film
from cxr.ui.viewer.offers import VIEWER, Offer, PackedFilms, offered
from cxr.ui.widgets.film_view import UNREADABLE, remembered

SMALL_SIDE, SMALL_QUALITY = 640, 85
# A film on a shared machine's disk would outlive the session that was allowed to see it.
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
UNKNOWN = "No film has this key: it belongs to a session that ended. Reload the page."
WITHDRAWN = "This film is no longer stored."
NOT_NOW = "The server cannot read films just now. Open the film again in a minute."

_packed = PackedFilms()
_threads = DecodingThreads()


def viewer_routes() -> list[BaseRoute]:
    """List the viewer's routes."""
    return [
        Route(f"{VIEWER}/film/{{key}}", partial(_answer, _film_of), methods=["GET"]),
        Route(f"{VIEWER}/small/{{key}}", partial(_answer, _small_of), methods=["GET"]),
    ]


async def _answer(make: Callable[[Offer], Response], request: Request) -> Response:
    asker = request.headers.get(SESSION_HEADER, "")
    offer = offered(request.path_params["key"], asker or None)
    if offer is None:
        return PlainTextResponse(UNKNOWN, 404, PRIVATE)
    return await _threads.run(asker, lambda: _made(make, offer))


def _made(make: Callable[[Offer], Response], offer: Offer) -> Response:
    if offer.withdrawn:
        _packed.forget(offer.film)
        return PlainTextResponse(WITHDRAWN, 410, PRIVATE)
    try:
        return make(offer)
    except FilmError as error:
        return PlainTextResponse(error.sentence, 422, PRIVATE)
    except DecodingUnavailableError:
        return PlainTextResponse(NOT_NOW, 503, PRIVATE)


def _small_of(offer: Offer) -> Response:
    small = offer.small if offer.small is not None else remembered(offer.sha256, offer.source).grey
    if small is None:
        return PlainTextResponse(UNREADABLE, 422, PRIVATE)
    image = Image.fromarray(small)
    image.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BILINEAR, 2.0)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=SMALL_QUALITY)
    return Response(file.getvalue(), headers=PRIVATE, media_type="image/jpeg")


def _film_of(offer: Offer) -> Response:
    content = _packed.of(offer.film, lambda: pack_film(offer.source))
    headers = PRIVATE | {"Content-Encoding": "gzip"}
    return Response(content, headers=headers, media_type="application/octet-stream")
