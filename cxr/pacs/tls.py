"""TLS for both directions, from the files that the settings name."""

import ssl
from dataclasses import dataclass
from pathlib import Path


class TlsError(Exception):
    """A file of the settings that TLS needs is missing or is not what it should be."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Our own certificate with its key, and those whom we believe, each as PEM.

    Attributes
    ----------
    authorities
        By whom a peer's certificate must be signed; without it a server's by one that the machine knows,
        and clients need none.
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None

    def for_server(self) -> ssl.SSLContext:
        """Make what a listener needs.

        Raises
        ------
        TlsError
            Where the certificate is missing, or a file cannot be used.
        """
        if self.certificate is None:
            raise TlsError(
                "A listener with TLS needs its certificate: set CXR_TLS_CERTIFICATE and CXR_TLS_KEY."
            )
        context = self._context(ssl.Purpose.CLIENT_AUTH)
        if self.authorities:
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def for_client(self) -> ssl.SSLContext:
        """Make what a sender needs; it believes no server whose name is not in its certificate.

        Raises
        ------
        TlsError
            Where a file cannot be used.
        """
        return self._context(ssl.Purpose.SERVER_AUTH)

    def _context(self, purpose: ssl.Purpose) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(purpose, cafile=self.authorities)
            if self.certificate:
                # A key that wants a pass phrase would have the program ask for it on the terminal.
                context.load_cert_chain(self.certificate, self.key, password=lambda: b"")
        except (OSError, ValueError):  # an SSLError is an OSError
            raise TlsError(
                "The files for TLS cannot be used. Check that CXR_TLS_CERTIFICATE, CXR_TLS_KEY and "
                "CXR_TLS_AUTHORITIES name PEM files that may be read, that the key belongs to the "
                "certificate, and that it needs no pass phrase."
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
