"""How much a peer may pour in: asked while it flows, before it fills the memory."""

from socket import SHUT_RDWR

from pynetdicom import evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.transport import AssociationSocket

from cxr.film.limits import MAX_FILE_BYTES

MAX_PDU_BYTES = 128 * 1024
"""Largest portion of data that we let a peer send, as it is told when it calls."""
LONGEST_PDU_BYTES = 1024 * 1024
"""Longest portion that is read: a call that offers everything is longer than one of data."""
MAX_COMMAND_BYTES = 16 * 1024
_COMMAND, _LAST = 1, 2


class BoundedSocket(AssociationSocket):
    """A connection that is cut where a peer announces more than anybody has to say at once."""

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes, unless they are too many."""
        if nr_bytes > LONGEST_PDU_BYTES and self.socket:
            self.socket.shutdown(SHUT_RDWR)
            raise OSError("longer than any portion may be")
        return super().recv(nr_bytes)


class Inflow:
    """Watch what flows in on one association.

    Of a film that is larger than any may be, one byte more than allowed is kept and the rest let go as it
    comes, so that it can be refused in the end with a status that its sender understands.
    """

    def __init__(self) -> None:
        self._command = 0
        self._film = 0

    def see(self, event: evt.Event) -> None:
        """Look at a portion that has come, before it is put to what came before."""
        if not isinstance(event.pdu, P_DATA_TF):
            return
        for item in event.pdu.presentation_data_value_items:
            # A byte that says what follows, then a part of a command or of a film (PS3.8 E.2).
            value = item.presentation_data_value or b""
            kind, size = int.from_bytes(value[:1]), len(value) - 1
            if kind & _COMMAND:
                self._command += size
                if self._command > MAX_COMMAND_BYTES or self._is_ahead(event):
                    event.assoc.abort(block=False)
                    return
            else:
                room = max(0, MAX_FILE_BYTES + 1 - self._film)
                self._film += size
                if size > room:
                    item.presentation_data_value = value[: 1 + room]
            if kind & _LAST:
                self._command = self._film = 0

    @staticmethod
    def _is_ahead(event: evt.Event) -> bool:
        """Tell a peer that sends its next film without waiting for an answer to the one before."""
        waiting: int = event.assoc.dimse.msg_queue.qsize()
        return waiting > 0
