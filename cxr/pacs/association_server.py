"""A server for associations that silent or very slow peers cannot block for others."""

import logging
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from socketserver import BaseServer
from typing import Any, cast
from weakref import WeakKeyDictionary

from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dul import DULServiceProvider
from pynetdicom.presentation import PresentationContext
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from cxr.pacs.inflow import BoundedSocket, Inflow

log = logging.getLogger(__name__)

MAX_ASSOCIATIONS = 16
MAX_ASSOCIATIONS_OF_ADDRESS = 10
MAX_PENDING = 20
"""Connections without an association: where there are more, the oldest is closed."""
SECONDS_TO_REQUEST = 10
"""Time for TLS and the complete association request, however slowly its bytes arrive."""
# Result, source and reason (PS3.8 9.3.4): rejected for now, as the local limit is exceeded.
LIMIT_EXCEEDED = (0x02, 0x03, 0x02)


@dataclass(frozen=True, slots=True)
class _Pending:
    address: str
    deadline: float


class _Handler(RequestHandler):
    def _create_association(self) -> Association:
        association = super()._create_association()
        assert association.dul.socket
        association.dul.socket = BoundedSocket(association.dul.socket)
        association.bind(evt.EVT_PDU_RECV, Inflow().check)
        # Of this object alone: it is a thread that has not started yet.
        vars(association.dul)["run"] = partial(_read, association.dul, association.dul.run)
        return association


def _read(dul: DULServiceProvider, run: Callable[[], None]) -> None:
    """Run the thread that reads from a peer; whoever waits for what it reads waits no longer than it runs.

    An association would wait for ten seconds, and a hundred and sixty of them keep all others out.
    """
    try:
        run()
    except Exception as error:
        log.warning("A peer does not keep to the protocol (%s). It was disconnected.", type(error).__name__)
    finally:
        dul.to_user_queue.put(cast(Any, None))  # as where nothing has come in time


class AssociationServer(ThreadedAssociationServer):
    """Accepts connections, and closes those that do not become an association in time."""

    daemon_threads = True

    def __init__(
        self,
        entity: AE,
        address: tuple[str, int],
        title: str,
        contexts: list[PresentationContext],
        tls: ssl.SSLContext | None,
        handlers: list[evt.EventHandlerType],
    ) -> None:
        self._pending: dict[socket.socket, _Pending] = {}
        self._lock = threading.Lock()
        self._last_film: WeakKeyDictionary[Association, float] = WeakKeyDictionary()
        super().__init__(entity, address, title, contexts, tls, handlers, _Handler)
        self.bind(evt.EVT_REQUESTED, self._limit)
        self.bind(evt.EVT_ESTABLISHED, self._established)
        self.bind(evt.EVT_DIMSE_RECV, self._used)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection; its TLS handshake is left to its own thread."""
        assert self.socket
        connection, address = self.socket.accept()
        connection.settimeout(SECONDS_TO_REQUEST)
        if self.ssl_context:
            connection = self.ssl_context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Note a connection; where too many have no association yet, close the oldest of the worst peer."""
        with self._lock:
            self._close_expired()
            if len(self._pending) >= MAX_PENDING:
                [(worst, _)] = Counter(one.address for one in self._pending.values()).most_common(1)
                self._close(next(key for key, one in self._pending.items() if one.address == worst))
            self._pending[request] = _Pending(client_address[0], time.monotonic() + SECONDS_TO_REQUEST)
        return True

    def service_actions(self) -> None:
        """Close connections whose time is over; called twice a second."""
        with self._lock:
            self._close_expired()
        super().service_actions()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Complete the TLS handshake, then serve."""
        if isinstance(request, ssl.SSLSocket):
            request.do_handshake()
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log that a connection failed."""
        log.warning("A connection failed before its association request; with TLS, check its certificates.")

    def shutdown(self) -> None:
        """Accept no more connections."""
        BaseServer.shutdown(self)
        self.server_close()

    def _limit(self, event: evt.Event) -> None:
        """Reject an association beyond the limits, so that its peer tries again later."""
        established = [one for one in self.active_associations if one.is_established]
        addresses = Counter(one.requestor.address for one in established)
        own = addresses[event.assoc.requestor.address]
        full = len(established) >= MAX_ASSOCIATIONS and not (
            own == 0 and self._make_room(established, addresses)
        )
        if full or own >= MAX_ASSOCIATIONS_OF_ADDRESS:
            request = event.assoc.requestor.primitive
            event.assoc.requestor.ae_title = request.calling_ae_title if request else ""
            event.assoc.acse.send_reject(*LIMIT_EXCEEDED)
            evt.trigger(event.assoc, evt.EVT_REJECTED, {})
            event.assoc.kill()

    def _make_room(self, established: list[Association], addresses: Counter[str]) -> bool:
        """Abort one association of the address that has most of them, if it has several.

        A few addresses could otherwise keep all others out. It is the one whose last film is longest ago:
        other messages, such as C-ECHO, keep none.
        """
        [(worst, count)] = addresses.most_common(1)
        if count == 1:
            return False
        several = [one for one in established if one.requestor.address == worst]
        min(several, key=lambda one: self._last_film.get(one, 0.0)).abort(block=False)
        return True

    def _used(self, event: evt.Event) -> None:
        if isinstance(event.message, C_STORE_RQ):
            self._last_film[event.assoc] = time.monotonic()

    def _established(self, event: evt.Event) -> None:
        self._last_film[event.assoc] = time.monotonic()
        connection = event.assoc.dul.socket
        with self._lock:
            if connection and connection.socket:
                self._pending.pop(connection.socket, None)

    def _close_expired(self) -> None:
        now = time.monotonic()
        for connection, pending in list(self._pending.items()):
            if connection.fileno() < 0:
                del self._pending[connection]
            elif pending.deadline < now:
                self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        """Shut a connection down; the thread that reads from it then ends by itself."""
        del self._pending[connection]
        with suppress(OSError):  # it may be closed already
            connection.shutdown(socket.SHUT_RDWR)
