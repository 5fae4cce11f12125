"""TLS for both directions, from the files that the settings name."""

import ssl
from dataclasses import dataclass
from pathlib import Path


class TlsError(Exception):
    """A file that TLS needs is missing or invalid."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Our certificate with its key, and the authorities that we trust, each as PEM.

    Attributes
    ----------
    authorities
        Authorities that must have signed a peer's certificate. Without it a server's certificate must be
        signed by one that the machine trusts, and clients need none.
    """

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None

    def for_server(self) -> ssl.SSLContext:
        """Create the context of the storage SCP.

        Raises
        ------
        TlsError
            If the certificate is missing, or a file cannot be used.
        """
        if self.certificate is None:
            raise TlsError(
                "The storage SCP needs a certificate for TLS: set CXR_TLS_CERTIFICATE and CXR_TLS_KEY."
            )
        context = self._context(ssl.Purpose.CLIENT_AUTH)
        if self.authorities:
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def for_client(self) -> ssl.SSLContext:
        """Create the context of the storage SCU, which trusts no server whose name is not in its certificate.

        Raises
        ------
        TlsError
            If a file cannot be used.
        """
        return self._context(ssl.Purpose.SERVER_AUTH)

    def _context(self, purpose: ssl.Purpose) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(purpose, cafile=self.authorities)
            if self.certificate:
                # With a passphrase set, the program would otherwise ask for it on the terminal.
                context.load_cert_chain(self.certificate, self.key, password=lambda: b"")
        except (OSError, ValueError):  # an SSLError is an OSError
            raise TlsError(
                "The files for TLS cannot be used. Check that CXR_TLS_CERTIFICATE, CXR_TLS_KEY and "
                "CXR_TLS_AUTHORITIES name PEM files that may be read, that the key belongs to the "
                "certificate, and that it has no passphrase."
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
