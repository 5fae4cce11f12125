"""A DICOMweb service: how it is reached, and what its failures mean."""

import logging
import ssl
from collections.abc import Callable
from typing import TypeVar

import requests
from dicomweb_client.web import DICOMwebClient

from cxr.pacs.archive import AnswerError, BusyError, SettingError, UnreachableError
from cxr.pacs.bounded_http import BoundedAnswers
from cxr.pacs.tls import SECONDS_TO_CONNECT, TlsFiles, fault_of

Answer = TypeVar("Answer")


class WebService:
    """Connects to a service; no redirection is followed, and no proxy of the environment is used.

    Parameters
    ----------
    url
        Address of the service, below which are `studies`.
    authorization
        Content of the header `Authorization`; None for none.
    tls
        Our certificate, and the authorities that must have signed the server's.
    seconds
        How long an answer is waited for.

    Attributes
    ----------
    client, session
        What asks the service, to be called within `asked`.
    """

    def __init__(
        self, url: str, seconds: float, authorization: str | None = None, tls: TlsFiles | None = None
    ) -> None:
        for name in ("dicomweb_client", "urllib3", "retrying"):
            # They log addresses, which hold UIDs.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.max_redirects = 0
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, BoundedAnswers())
        if tls and tls.authorities:
            self.session.verify = str(tls.authorities)
        if tls and tls.certificate:
            own, key = str(tls.certificate), str(tls.key or tls.certificate)
            self.session.cert = (own, key)
        headers = {"Authorization": authorization} if authorization else None
        timeout = (SECONDS_TO_CONNECT, seconds)
        self.client = DICOMwebClient(url, session=self.session, headers=headers, timeout=timeout)
        self.client.set_http_retry_params(retry=False)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def asked(self, ask: Callable[[], Answer], one_of_many: bool) -> Answer:
        """Ask, and say what a failure means; the texts of exceptions hold addresses with UIDs.

        Parameters
        ----------
        one_of_many
            Whether the question is about one study: one that is missing is no fault of a setting.
        """
        try:
            return ask()
        except requests.exceptions.HTTPError as error:
            code = error.response.status_code if error.response is not None else 0
        except requests.exceptions.TooManyRedirects:
            raise SettingError(
                "The DICOMweb service leads elsewhere. Set CXR_PACS_DICOMWEB to where it leads."
            ) from None
        except requests.exceptions.SSLError as error:
            raise SettingError(f"The DICOMweb service {_fault(error)}") from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            raise UnreachableError(
                "The DICOMweb service cannot be reached. Check CXR_PACS_DICOMWEB."
            ) from None
        except ValueError:  # no JSON; for requests an OSError too
            raise AnswerError("An answer of DICOMweb could not be read.") from None
        except OSError:  # of a file that requests was given; its own errors are OSErrors too
            raise UnreachableError("The DICOMweb service broke off its answer.") from None
        except Exception as error:
            raise AnswerError(f"An answer of DICOMweb could not be read ({type(error).__name__}).") from None
        if code in (401, 403):
            raise SettingError(f"The DICOMweb service denies access ({code}). Check CXR_PACS_AUTHORIZATION.")
        if code in (404, 405) and not one_of_many:
            raise SettingError(
                f"There is no DICOMweb service at that address ({code}). Correct CXR_PACS_DICOMWEB."
            )
        if code in (408, 413, 429, 502, 503, 504):
            raise BusyError(f"The DICOMweb service is out of resources ({code}).")
        raise AnswerError(f"The DICOMweb service answered {code}.")


def _fault(error: BaseException) -> str:
    """Say what is wrong with TLS, by Python's own error, from which those of requests and urllib3 came."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLError):
        found = found.__cause__ or found.__context__
    return fault_of(found or ssl.SSLError())
