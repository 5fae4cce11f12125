"""TLS for both directions, from the files that the settings name."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_CONNECT = 10
SECONDS_TO_REFUSE = 2
"""In which a server says that it does not accept our certificate; one that does waits for us to speak."""
# Of a certificate, in OpenSSL's x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_OTHER_NAME = (62, 64)


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


def fault_of(error: ssl.SSLError) -> str:
    """Say what is wrong with an encrypted connection and what to do, with none of the exception's own text.

    Returns
    -------
    What follows the name of the server, as "has a certificate that has expired. ...".
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _EXPIRED:
            return "has a certificate that has expired, or so has one that signed it. Renew it there."
        if error.verify_code == _NOT_YET_VALID:
            return "has a certificate that is not valid yet. Check the clocks of both machines."
        if error.verify_code in _OTHER_NAME:
            return (
                "has a certificate for another host name. Name the host in the settings as the certificate "
                "does, or have one issued for it."
            )
        return (
            "has a certificate that is not trusted here. Name a file with the certificate of its authority "
            "in CXR_TLS_AUTHORITIES."
        )
    if "ALERT" in (error.reason or ""):
        return (
            "does not accept our certificate. Set CXR_TLS_CERTIFICATE and CXR_TLS_KEY to one that it trusts, "
            "or enter its authority there."
        )
    return "speaks no TLS on that port, or another version. Check the port, and that TLS is on there."


def fault_of_server(host: str, port: int, context: ssl.SSLContext) -> str | None:
    """Find out why an encrypted connection failed, as `fault_of`; None if encryption is not the reason."""
    try:
        with (
            socket.create_connection((host, port), SECONDS_TO_CONNECT) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            connection.settimeout(SECONDS_TO_REFUSE)
            connection.recv(1)
    except ssl.SSLError as error:
        return fault_of(error)
    except OSError:
        pass
    return None
