"""Storage SCU: sends the objects of results by C-STORE."""

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)
from pynetdicom.association import Association
from pynetdicom.status import STATUS_SUCCESS, STATUS_WARNING, code_to_category

from cxr.pacs.application_entity import VERIFICATION, Destination, requesting_entity
from cxr.pacs.inflow import bounding
from cxr.pacs.result_sender import DUPLICATE, SendingError, UnreachableError

SOP_CLASSES = (
    *(Comprehensive3DSRStorage, ComprehensiveSRStorage),
    *(SecondaryCaptureImageStorage, GrayscaleSoftcopyPresentationStateStorage),
)
SECONDS_TO_ANSWER = 30


class StorageScu:
    """Sends objects to a PACS in one association, until it is released."""

    def __init__(self, destination: Destination) -> None:
        self.title = destination.title
        self._destination = destination
        self._association: Association | None = None
        self._entity = requesting_entity(destination.our_title, SECONDS_TO_ANSWER)
        self._entity.add_requested_context(VERIFICATION)
        for sop_class in SOP_CLASSES:
            self._entity.add_requested_context(sop_class, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])

    def report_class(self) -> UID:
        """Choose Comprehensive SR where the PACS accepts that and no Comprehensive 3D SR."""
        accepted = _accepted(self._connected())
        older = ComprehensiveSRStorage in accepted and Comprehensive3DSRStorage not in accepted
        return ComprehensiveSRStorage if older else Comprehensive3DSRStorage

    def send(self, objects: Sequence[Dataset]) -> list[Dataset]:
        """Send the objects whose SOP classes the PACS accepts, and return these."""
        association = self._connected()
        accepted = _accepted(association)
        fitting = [one for one in objects if one.SOPClassUID in accepted]
        if not fitting:
            raise SendingError("the PACS accepts none of the SOP classes")
        failures = []
        for number, one in enumerate(fitting, start=1):
            try:
                answer = association.send_c_store(one, msg_id=number)
            except RuntimeError:  # the association ended in between
                answer = Dataset()
            except Exception as error:  # one that cannot be encoded
                failures.append(f"{one.Modality} cannot be sent ({type(error).__name__})")
                continue
            status = answer.get("Status")
            if status is None:
                self.release()
                raise UnreachableError("the PACS did not answer")
            if code_to_category(status) not in (STATUS_SUCCESS, STATUS_WARNING) and status != DUPLICATE:
                failures.append(f"the PACS answered 0x{status:04X}")
        if failures:
            raise SendingError(failures[0])
        return fitting

    def release(self) -> None:
        """Release the association."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None

    def _connected(self) -> Association:
        if self._association is None or not self._association.is_established:
            to = self._destination
            tls = (to.tls, to.host) if to.tls else None
            try:
                association = self._entity.associate(
                    *(to.host, to.port),
                    ae_title=to.title,
                    tls_args=tls,
                    evt_handlers=bounding(),
                )
            except OSError:
                raise UnreachableError(f"the address of {to.title} is unknown") from None
            if association.is_rejected:
                raise UnreachableError(f"{to.title} rejects associations from {to.our_title}")
            if not association.is_established:
                raise UnreachableError(f"{to.title} cannot be reached")
            self._association = association
        return self._association


def _accepted(association: Association) -> set[UID | None]:
    return {context.abstract_syntax for context in association.accepted_contexts}
