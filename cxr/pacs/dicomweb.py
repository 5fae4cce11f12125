"""DICOMweb: finds past films by QIDO-RS and gets them by WADO-RS."""

import datetime
import logging
import ssl
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, TypeVar

import requests
from dicomweb_client.web import DICOMwebClient
from pydicom.dataset import Dataset

from cxr.film.dicom_file import text_of
from cxr.pacs.archive import (
    MODALITIES,
    SECONDS_TO_ANSWER,
    SECONDS_TO_CONNECT,
    AnswerError,
    BusyError,
    PastFilm,
    SettingError,
    UnreachableError,
    film_of,
    may_show_a_chest,
    study_of,
)
from cxr.pacs.tls import TlsFiles, fault_of

PAGE = 500
"""Studies that are asked for at once; a server may give fewer."""
Answer = TypeVar("Answer")


class WebArchive:
    """A PACS that offers DICOMweb.

    No redirection is followed, and no proxy of the environment is used.

    Parameters
    ----------
    url
        Address of the service, below which are `studies`.
    authorization
        Content of the header `Authorization`; None for none.
    tls
        Our certificate, and the authorities that must have signed the server's.
    """

    title = "The DICOMweb service"

    def __init__(
        self,
        url: str,
        authorization: str | None = None,
        tls: TlsFiles | None = None,
        modalities: Sequence[str] = MODALITIES,
    ) -> None:
        for name in ("dicomweb_client", "urllib3", "retrying"):
            # They log addresses, which hold UIDs.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._modalities = modalities
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.max_redirects = 0
        if tls and tls.authorities:
            self._session.verify = str(tls.authorities)
        if tls and tls.certificate:
            own, key = str(tls.certificate), str(tls.key or tls.certificate)
            self._session.cert = (own, key)
        headers = {"Authorization": authorization} if authorization else None
        timeout = (SECONDS_TO_CONNECT, SECONDS_TO_ANSWER)
        self._client = DICOMwebClient(url, session=self._session, headers=headers, timeout=timeout)
        self._client.set_http_retry_params(retry=False)

    def studies(self, day: datetime.date) -> set[str]:
        """Find the studies of a day, page by page."""
        found = set[str]()
        for modality in self._modalities:
            wanted = {"StudyDate": f"{day:%Y%m%d}", "ModalitiesInStudy": modality}
            seen = set[str]()
            while True:
                page = self._search(
                    self._client.search_for_studies, search_filters=wanted, limit=PAGE, offset=len(seen)
                )
                new = {text_of(one, "StudyInstanceUID") for one in page} - seen
                if not new:  # also from a service that ignores the offset
                    break
                seen |= new
                found |= {uid for one in page if (uid := study_of(one, day))}
        return found

    def films(self, study: str) -> list[PastFilm]:
        """Find the series of a study, and the films of those that may show a chest."""
        films = []
        fields = ["Modality", "BodyPartExamined"]
        for series in self._search(self._client.search_for_series, study, fields=fields):
            uid = text_of(series, "SeriesInstanceUID")
            if uid and may_show_a_chest(series, self._modalities):
                found = self._search(self._client.search_for_instances, study, uid)
                films += [film_of(one, study, uid) for one in found]
        return [one for one in films if one]

    def fetch(self, film: PastFilm) -> bytes | None:
        """Get a film in the transfer syntax in which the PACS has it."""
        found = self._asked(
            lambda: self._client.retrieve_instance(film.study, film.series, film.instance), one_of_many=True
        )
        try:
            file = BytesIO()
            found.save_as(file, enforce_file_format=True)
            return file.getvalue()
        except Exception as error:  # pydicom's messages may hold patient data
            raise AnswerError(f"A film could not be read ({type(error).__name__}).") from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _search(self, search: Callable[..., list[dict[str, Any]]], *where: str, **what: Any) -> list[Dataset]:
        found = self._asked(lambda: search(*where, **what), one_of_many=bool(where))
        try:
            return [Dataset.from_json(one) for one in found]
        except Exception as error:
            raise AnswerError(f"An answer is not valid DICOM JSON ({type(error).__name__}).") from None

    def _asked(self, ask: Callable[[], Answer], one_of_many: bool) -> Answer:
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
            raise SettingError(f"{self.title} {_fault(error)}") from None
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
