"""Connect a PACS: take the films that it sends, score them, send the results back."""

import datetime
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import TypeAdapter, ValidationError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cxr.cli.loading import fail, load_screener, load_settings
from cxr.cli.worklist import StatedPopulation, open_worklist, stopped_by_signal
from cxr.film import Population
from cxr.settings import AeTitle, Settings
from cxr.worklist.queue.outbox import Delivery
from cxr.worklist.queue.worker import work
from cxr.worklist.queue.worker_processes import WorkerProcesses
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

if TYPE_CHECKING:
    from cxr.pacs.storage_scp import StorageScp
    from cxr.pacs.storage_scu import StorageScu
    from cxr.pacs.tls import TlsFiles


def receive(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")] = 11112,
    aet: Annotated[str, typer.Option(help="Our AE title, which senders have to call.")] = "CXR",
    population: StatedPopulation = Population.UNKNOWN,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Score nothing: `python -m cxr work` does, elsewhere.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads that each process computes on; by default its share.")
    ] = None,
) -> None:
    """Take films from the PACS, score them and send the results back, until Ctrl-C.

    CXR_RECEIVE_FROM names who may send, CXR_PACS_HOST, CXR_PACS_PORT and CXR_PACS_AET where results go.
    """
    from cxr.pacs.application_entity import log_only_exception_types

    settings = load_settings()
    _check(settings, aet)
    worklist = open_worklist()
    try:
        worklist.identities.check()
    except WorklistError as error:
        fail(str(error))
    tasks: list[Callable[[threading.Event], object]] = []
    stop = stopped_by_signal()
    if not no_work:
        tasks.append(_work(settings, worklist, threads, stop))
    if settings.pacs_host:
        tasks.append(_storage_scu(settings, worklist, aet).run)
    log_only_exception_types()
    storage_scp = _storage_scp(settings, worklist, aet, port, population)
    running = [threading.Thread(target=task, args=(stop,)) for task in tasks]
    for thread in running:
        thread.start()
    print(f"Listening on port {storage_scp.port} as {aet}.", flush=True)
    if settings.receive_address in ("127.0.0.1", "::1", "localhost"):
        print("Only this machine reaches it: set CXR_RECEIVE_ADDRESS to change that.", flush=True)
    stop.wait()
    print("Stopping.", flush=True)
    storage_scp.close()
    for thread in running:
        thread.join()


def outbox(
    limit: Annotated[int, typer.Option(min=1, help="Results at most, those that wait first.")] = 50,
) -> None:
    """Show which results wait for the PACS, and why, and which it has."""
    try:
        deliveries = open_worklist().outbox.deliveries(limit)
    except WorklistError as error:
        fail(str(error))
    table = Table("Case", "Result", "Failed attempts", "Last failure", box=SIMPLE)
    for delivery in deliveries:
        failure = delivery.failure or ""
        table.add_row(str(delivery.case), _standing(delivery), str(delivery.attempts), failure)
    Console().print(table, highlight=False)


def _work(
    settings: Settings, worklist: Worklist, threads: int | None, stop: threading.Event
) -> Callable[[threading.Event], object]:
    """Load the model, here or in processes, and give what scores until it is told to stop."""
    if settings.workers == 1:
        return partial(work, worklist, load_screener(threads), settings.batch_size)
    processes = WorkerProcesses(worklist, settings.workers, threads)
    processes.start()
    if not processes.wait_until_ready(stop):
        processes.stop()
        raise typer.Exit(int(not stop.is_set()))
    return processes.run


def _check(settings: Settings, title: str) -> None:
    """End the program where its settings would have it take films for nothing."""
    try:
        TypeAdapter(AeTitle).validate_python(title)
    except ValidationError:
        raise typer.BadParameter(f"{title!r} is no AE title: give up to 16 signs of ASCII.") from None
    if not settings.receive_from:
        fail(
            "Nobody may send films yet: name the AE titles that may in CXR_RECEIVE_FROM, with commas "
            "between them, or * for everybody."
        )
    if settings.pacs_host and not settings.identity_key:
        fail(
            "Results go back under the films' own identifiers, which are kept only where CXR_IDENTITY_KEY is "
            "set: make a key with 'python -m cxr worklist key', or take CXR_PACS_HOST out."
        )


def _storage_scp(
    settings: Settings, worklist: Worklist, title: str, port: int, population: Population
) -> "StorageScp":
    from cxr.pacs.storage_scp import StorageScp
    from cxr.pacs.tls import TlsError

    address = (settings.receive_address, port)
    try:
        return StorageScp(
            *(worklist, title, address, settings.receive_from),
            wants_result=settings.pacs_host is not None,
            stated=population,
            tls=_tls_files(settings).for_server() if settings.receive_tls else None,
        )
    except TlsError as error:
        fail(str(error))
    except OSError as error:
        fail(f"Port {port} of {settings.receive_address} cannot be listened on: {error.strerror}.")


def _storage_scu(settings: Settings, worklist: Worklist, title: str) -> "StorageScu":
    from cxr.pacs.storage_scu import Destination, StorageScu
    from cxr.pacs.tls import TlsError
    from cxr.report.objects import dicom_results

    assert settings.pacs_host
    try:
        tls = _tls_files(settings).for_client() if settings.pacs_tls else None
    except TlsError as error:
        fail(str(error))
    return StorageScu(
        worklist,
        Destination(settings.pacs_host, settings.pacs_port, settings.pacs_aet, title, tls),
        lambda case, film, identity, sent: dicom_results(case, film, identity, settings.prevalence, sent),
        datetime.timedelta(seconds=settings.pacs_retry_seconds),
    )


def _tls_files(settings: Settings) -> "TlsFiles":
    from cxr.pacs.tls import TlsFiles

    return TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_authorities)


def _standing(delivery: Delivery) -> str:
    if delivery.next_try:
        return f"waits, next try {delivery.next_try:%Y-%m-%d %H:%M:%S}Z"
    return f"sent {delivery.sent_at:%Y-%m-%d %H:%M:%S}Z" if delivery.sent_at else "cannot be made"
