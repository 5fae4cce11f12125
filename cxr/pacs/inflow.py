"""Limits on what a peer may send, checked while it arrives and before it fills the memory."""

import time
from socket import SHUT_RDWR

from pynetdicom import evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.transport import AssociationSocket

from cxr.film.limits import MAX_FILE_BYTES

MAX_PDU_BYTES = 128 * 1024
"""Maximum PDU length that we announce to a peer."""
LONGEST_PDU_BYTES = 1024 * 1024
"""Maximum PDU length that is read: a request that offers every SOP class is longer than a PDU of data."""
MAX_COMMAND_BYTES = 16 * 1024
SECONDS_OF_PDU = 60
"""Time for a PDU to arrive: a peer that drips would keep one of few associations for days."""
_PIECE = 64 * 1024
_COMMAND, _LAST = 1, 2


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
    that it can be refused at the end with a status that the storage SCU understands.
    """

    def __init__(self) -> None:
        self._command = 0
        self._film = 0

    def check(self, event: evt.Event) -> None:
        """Check a PDU that has arrived, before it is appended to the previous ones."""
        if not isinstance(event.pdu, P_DATA_TF):
            return
        for item in event.pdu.presentation_data_value_items:
            # A byte of flags, then a fragment of a command or of a film (PS3.8 E.2).
            value = item.presentation_data_value or b""
            flags, size = int.from_bytes(value[:1]), len(value) - 1
            if flags & _COMMAND:
                self._command += size
                # A peer that sends its next film before the answer to the last would fill the memory.
                if self._command > MAX_COMMAND_BYTES or event.assoc.dimse.msg_queue.qsize() > 0:
                    event.assoc.abort(block=False)
                    return
            else:
                room = max(0, MAX_FILE_BYTES + 1 - self._film)
                self._film += size
                if size > room:
                    item.presentation_data_value = value[: 1 + room]
            if flags & _LAST:
                self._command = self._film = 0
