"""Limits on what a peer may send, checked while it arrives and before it fills the memory."""

import time
from socket import SHUT_RDWR

from pynetdicom import evt
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.transport import AssociationSocket

from cxr.film.limits import MAX_FILE_BYTES

MAX_PDU_BYTES = 128 * 1024
"""Maximum PDU length that we announce to a peer."""
LONGEST_PDU_BYTES = 1024 * 1024
"""Maximum PDU length that is read: a request that offers every SOP class is longer than a PDU of data."""
MAX_COMMAND_BYTES = 16 * 1024
MAX_ANSWER_BYTES = 64 * 1024
"""Of what comes with any other command than one that sends a film, such as an answer to a query."""
MOST_WAITING = 100
"""Answers that were received and not yet looked at, before no more are read."""
SECONDS_OF_PDU = 60
"""Time for a PDU to arrive: a peer that drips would keep one of few associations for days."""
_PIECE = 64 * 1024
_SOON_SECONDS = 0.01
_COMMAND, _LAST = 1, 2
_STORES = b"\0\0\0\1\2\0\0\0\1\0"
"""Command Field (0000,0100) of C-STORE-RQ (PS3.7 E.1)."""


class BoundedSocket(AssociationSocket):
    """A connection that is closed where a PDU is longer than any valid one, or takes too long to arrive."""

    def __init__(self, plain: AssociationSocket) -> None:
        # Taken over as it is: a second one made from the connection would announce it twice.
        self.__dict__.update(plain.__dict__)

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes, or fewer where the peer closes, unless they are too many or too slow."""
        assert self.socket
        if nr_bytes > LONGEST_PDU_BYTES:
            self.socket.shutdown(SHUT_RDWR)
            raise OSError("a PDU is longer than any valid one")
        deadline, received = time.monotonic() + SECONDS_OF_PDU, bytearray()
        while len(received) < nr_bytes and (some := self.socket.recv(min(nr_bytes - len(received), _PIECE))):
            received += some
            if time.monotonic() > deadline:
                self.socket.shutdown(SHUT_RDWR)
                raise OSError("a PDU took too long to arrive")
        return received


class Inflow:
    """Limits for one association.

    Of a film that is too large, one byte more than allowed is kept and the rest discarded as it arrives, so
    that it can be refused at the end with a status that the storage SCU understands. An association ends
    where anything else, such as an answer to a query, is larger than any valid one.

    Parameters
    ----------
    waits
        Whether the peer waits for an answer before it sends more, as one does who sends films.
    """

    def __init__(self, waits: bool = True) -> None:
        self._waits = waits
        self._command = bytearray()
        self._is_whole = False
        self._size = 0
        self._given_up = False

    def check(self, event: evt.Event) -> None:
        """Check a PDU that has arrived, before it is appended to the previous ones."""
        if not isinstance(event.pdu, P_DATA_TF):
            return
        for item in event.pdu.presentation_data_value_items:
            # A byte of flags, then a fragment of a command or of a film (PS3.8 E.2).
            value = item.presentation_data_value or b""
            flags, size = int.from_bytes(value[:1]), len(value) - 1
            if flags & _COMMAND:
                if self._is_whole:
                    self._forget()
                if not self._waits:
                    self._hold_back(event)
                self._command += value[1:]
                self._is_whole = bool(flags & _LAST)
                # A peer that sends its next film before the answer to the last would fill the memory.
                piled_up = self._waits and event.assoc.dimse.msg_queue.qsize() > 0
                if len(self._command) > MAX_COMMAND_BYTES or piled_up:
                    self._end(event)
                    return
            elif _STORES in self._command:
                room = max(0, MAX_FILE_BYTES + 1 - self._size)
                self._size += size
                if size > room:
                    item.presentation_data_value = value[: 1 + room]
            else:
                self._size += size
                if self._size > MAX_ANSWER_BYTES:
                    self._end(event)
                    return
            if flags & _LAST and not flags & _COMMAND:
                self._forget()

    def give_up(self, _: evt.Event) -> None:
        """Hold nothing back any more: the association was aborted."""
        self._given_up = True

    def _hold_back(self, event: evt.Event) -> None:
        """Read on once what came before was looked at, films one by one: else it would fill the memory."""
        waiting = event.assoc.dimse.msg_queue
        while not self._given_up and (
            waiting.qsize() > MOST_WAITING or any(isinstance(one, C_STORE) for _, one in list(waiting.queue))
        ):
            time.sleep(_SOON_SECONDS)

    def _end(self, event: evt.Event) -> None:
        event.assoc.abort(block=False)
        if not self._waits:  # whoever waits for an answer gets none
            event.assoc.dimse.msg_queue.put((None, None))

    def _forget(self) -> None:
        self._command, self._is_whole, self._size = bytearray(), False, 0


def bounding() -> list[evt.EventHandlerType]:
    """Return the handlers that bound what a peer sends over an association that we have requested."""
    inflow = Inflow(waits=False)
    return [
        (evt.EVT_CONN_OPEN, _bound),
        (evt.EVT_PDU_RECV, inflow.check),
        (evt.EVT_ABORTED, inflow.give_up),
    ]


def _bound(event: evt.Event) -> None:
    assert event.assoc.dul.socket
    event.assoc.dul.socket = BoundedSocket(event.assoc.dul.socket)
