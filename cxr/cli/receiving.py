"""Connect a PACS: receive films, score them, send the results back."""

import datetime
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from pydantic import TypeAdapter, ValidationError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.films import StatedPopulation
from cxr.cli.loading import fail, fails_on, load_screener, load_settings, open_worklist, start_logs
from cxr.cli.worklist import stopped_by_signal
from cxr.film import Population
from cxr.setting_values import AeTitle
from cxr.settings import Settings
from cxr.worklist.queue.outbox import Delivery
from cxr.worklist.queue.worker import work
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from cxr.pacs.application_entity import Destination
    from cxr.pacs.result_sender import ResultSender
    from cxr.pacs.storage_scp import StorageScp
    from cxr.pacs.tls import TlsFiles

STOP_SECONDS = 30.0
"""How long films being scored and results being sent may take once the program stops."""


def receive(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")] = 11112,
    aet: Annotated[str, typer.Option(help="Our AE title, which storage SCUs must call.")] = "CXR",
    population: StatedPopulation = Population.UNKNOWN,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Score nothing here; `cxr work` does it elsewhere.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads to compute on; by default one per core.")
    ] = None,
) -> None:
    """Receive films from the PACS, score them, send results back.

    Runs until Ctrl-C. CXR_RECEIVE_FROM lists who may send; CXR_PACS_HOST, CXR_PACS_PORT and CXR_PACS_AET
    say where results go, or CXR_PACS_DICOMWEB where CXR_PACS_SEND_BY is web.
    """
    from cxr.pacs.application_entity import log_only_exception_types

    settings = load_settings()
    _check(settings, aet)
    start_logs()
    worklist = open_worklist()
    with fails_on(WorklistError):
        worklist.identities.check()
    tasks: list[Callable[[threading.Event], object]] = []
    stop = stopped_by_signal()
    if not no_work:
        tasks.append(partial(work, worklist, load_screener(threads), settings.batch_size))
    if sends := sends_results(settings):
        tasks.append(_result_sender(settings, worklist, aet).run)
    log_only_exception_types()
    storage_scp = storage_scp_of(settings, worklist, aet, port, population, sends)
    running = [threading.Thread(target=task, args=(stop,), daemon=True) for task in tasks]
    for thread in running:
        thread.start()
    print(f"Listening on port {storage_scp.port} as {aet}.", flush=True)
    if settings.receive_address in ("127.0.0.1", "::1", "localhost"):
        print("Only this machine can reach it. Set CXR_RECEIVE_ADDRESS to change that.", flush=True)
    stop.wait()
    print("Stopping.", flush=True)
    storage_scp.close()
    wait_for(running, STOP_SECONDS)


def wait_for(running: Sequence[threading.Thread], seconds: float) -> None:
    """Wait for threads to end; exit code 1 where one does not in so many seconds."""
    until = time.monotonic() + seconds
    for thread in running:
        thread.join(max(0.0, until - time.monotonic()))
    if any(thread.is_alive() for thread in running):
        fail(
            f"What was being scored or sent did not end within {seconds:.0f} seconds and was given up. It "
            "stays on the list, and is scored or sent after a start."
        )


def outbox(
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many, waiting ones first.")] = 50,
) -> None:
    """Show which results wait for the PACS, and which were sent."""
    with fails_on(WorklistError):
        deliveries = open_worklist().outbox.deliveries(limit)
    table = Table("Case", "Result", "Failed attempts", "Last failure", box=SIMPLE)
    for delivery in deliveries:
        failure = delivery.failure or ""
        table.add_row(str(delivery.case), _state(delivery), str(delivery.attempts), failure)
    Console().print(table, highlight=False)


def check_title(title: str) -> None:
    """Stop with exit code 2 where our AE title is invalid."""
    try:
        TypeAdapter(AeTitle).validate_python(title)
    except ValidationError:
        raise typer.BadParameter(
            f"{title!r} is not a valid AE title. Give up to 16 ASCII characters."
        ) from None


def _check(settings: Settings, title: str) -> None:
    """Stop if the settings would have films received to no purpose."""
    check_title(title)
    if not settings.receive_from:
        fail(
            "No AE title may send yet. Set CXR_RECEIVE_FROM to a comma-separated list of AE titles, "
            "or set it to * to allow any."
        )
    if settings.pacs_send_by == "web" and settings.pacs_objects:
        web_service_of(settings)
    if sends_results(settings):
        check_key(settings)


def sends_results(settings: Settings) -> bool:
    """Whether the settings name where results go, and anything that goes there."""
    to = settings.pacs_dicomweb if settings.pacs_send_by == "web" else settings.pacs_host
    return bool(to and settings.pacs_objects)


def check_key(settings: Settings) -> None:
    """Stop if results could not be sent."""
    if not settings.identity_key:
        fail(
            "Results are sent under the films' original identifiers, which are kept only if CXR_IDENTITY_KEY "
            "is set. Make a key with 'cxr worklist key', or have nothing sent: CXR_PACS_OBJECTS=''."
        )


def storage_scp_of(
    settings: Settings,
    worklist: Worklist,
    title: str,
    port: int,
    population: Population,
    wants_result: bool,
    also_from: Sequence[str] = (),
) -> "StorageScp":
    """Start the storage SCP of the settings; exit code 1 if it cannot listen."""
    from cxr.pacs.outside_reports import OutsideReports
    from cxr.pacs.storage_scp import StorageScp
    from cxr.pacs.tls import TlsError

    address = (settings.receive_address, port)
    try:
        return StorageScp(
            *(worklist, title, address, (*settings.receive_from, *also_from)),
            wants_result=wants_result,
            stated=population,
            tls=tls_files(settings).for_server() if settings.receive_tls else None,
            reports=OutsideReports(worklist, settings.report_codes) if settings.receive_reports else None,
        )
    except TlsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"Cannot listen on port {port} of {settings.receive_address}: {error.strerror}.")


def _result_sender(settings: Settings, worklist: Worklist, title: str) -> "ResultSender":
    from cxr.pacs.result_sender import ResultSender
    from cxr.pacs.storage_scu import StorageScu
    from cxr.pacs.stow import WebStore
    from cxr.report.instance import Kind
    from cxr.report.objects import dicom_results

    kinds = [Kind(one) for one in settings.pacs_objects]
    by_web = settings.pacs_send_by == "web"
    return ResultSender(
        worklist,
        WebStore(*web_service_of(settings)) if by_web else StorageScu(pacs_of(settings, title)),
        lambda case, film, identity, sent, report_class: dicom_results(
            case, film, identity, settings.prevalence, sent, kinds=kinds, report_class=report_class
        ),
        datetime.timedelta(seconds=settings.pacs_retry_seconds),
    )


def pacs_of(settings: Settings, title: str) -> "Destination":
    """Make out how the PACS of the settings is reached; exit code 1 if the files for TLS cannot be used."""
    from cxr.pacs.application_entity import Destination
    from cxr.pacs.tls import TlsError

    assert settings.pacs_host
    with fails_on(TlsError):
        tls = tls_files(settings).for_client() if settings.pacs_tls else None
    return Destination(settings.pacs_host, settings.pacs_port, settings.pacs_aet, title, tls)


def web_service_of(settings: Settings) -> "tuple[str, str | None, TlsFiles]":
    """Make out how the DICOMweb service of the settings is reached; exit code 1 if it cannot be.

    Returns
    -------
    Its address, the content of the header `Authorization` or None, and the files for TLS.
    """
    from cxr.pacs.tls import TlsError

    if not settings.pacs_dicomweb:
        fail("No DICOMweb service is named. Set CXR_PACS_DICOMWEB to its address.")
    address = urlsplit(settings.pacs_dicomweb)
    secret = settings.pacs_authorization
    if secret and address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
        fail("CXR_PACS_AUTHORIZATION would cross the network unencrypted. Use https in CXR_PACS_DICOMWEB.")
    files = tls_files(settings)
    with fails_on(TlsError):
        if address.scheme == "https":
            files.for_client()  # only to check the files
    return settings.pacs_dicomweb, secret.get_secret_value() if secret else None, files


def tls_files(settings: Settings) -> "TlsFiles":
    """Take the files for TLS from the settings."""
    from cxr.pacs.tls import TlsFiles

    return TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_authorities)


def _state(delivery: Delivery) -> str:
    if delivery.next_try:
        return f"waits, next try {delivery.next_try:%Y-%m-%d %H:%M:%S}Z"
    return f"sent {delivery.sent_at:%Y-%m-%d %H:%M:%S}Z" if delivery.sent_at else "cannot be created"
