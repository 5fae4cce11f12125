"""Score films on a Ray cluster, into Parquet or onto the shared worklist."""

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cxr.cli.films import files_in, left_out_line
from cxr.cli.loading import fail, fails_on, load_bundle_or_fail, load_settings, open_worklist, who
from cxr.cli.site_profiles import WhichProfile, chosen_profile
from cxr.cluster.job import Job, MachineError
from cxr.cluster.parts import FolderError, Part, PartsFolder, Terms, parts_of
from cxr.cluster.pipeline import connect, look_for_ray, score_parts
from cxr.cluster.places import PlaceError, files_at, is_url, listed, package_for, path_or_url
from cxr.film import Population
from cxr.film.counted import counted
from cxr.film.decoding_pool import Limits
from cxr.film.printable import printable
from cxr.model.site_profile import with_profile
from cxr.settings import Settings

TERMINATED = 128 + signal.SIGTERM

if TYPE_CHECKING:
    from cxr.cluster.job import Destination, Done


def score_on_cluster(
    places: list[str],
    urls: str | None,
    population: Population,
    out: str | None,
    to_worklist: bool,
    which: WhichProfile,
) -> None:
    """Score the files at the given places and in the list of URLs; exit code 1 if one could not be read."""
    if bool(out) == to_worklist:
        raise typer.BadParameter("choose where results go: either --out DIR_OR_URL or --to-worklist.")
    with fails_on(MachineError):
        look_for_ray()
    settings = load_settings()
    if to_worklist and settings.ray_address and settings.database_file:
        raise typer.BadParameter(
            "CXR_RAY_ADDRESS names a cluster, but CXR_DATABASE is a SQLite file, which only one machine can "
            "use. Set CXR_DATABASE to a PostgreSQL database that all machines can reach."
        )
    bundle = load_bundle_or_fail()
    profile = chosen_profile(bundle, which, to_worklist)
    version = with_profile(bundle, profile).version if profile else bundle.version
    folder = (settings.models / settings.bundle).absolute()
    job = Job(
        *(folder, version, settings.batch_size, settings.prevalence, population),
        engine=settings.engine,
        limits=Limits(settings.film_seconds, settings.film_memory_mb),
        precision=settings.precision,
        trusted=settings.bundle_digest,
        profile=profile,
    )
    files = _files(places, urls)
    if to_worklist:
        _to_worklist(settings, job, files)
    else:
        _to_parquet(settings, job, files, out or "")


def _to_parquet(settings: Settings, job: Job, files: list[str], out: str) -> None:
    from cxr.cluster.to_parquet import ToParquet

    url = out if is_url(out) else os.path.abspath(out)
    terms = Terms(job.version, job.stated, job.prevalence)
    try:
        folder = PartsFolder(url)
        parts = folder.planned(files, terms, job.batch_size)
        whole = folder.whole(parts)
    except FolderError as error:
        fail(str(error))
    except ImportError:
        fail(package_for(url))
    except Exception as error:  # each file system raises its own
        fail(f"{url} cannot be used ({type(error).__name__}). Check the URL scheme and the permissions.")
    missing = [part for part in parts if part.name not in whole]
    earlier = len({file for part in parts if part.name in whole for file in part.files} & set(files))
    run = _Run(sum(len(part.files) for part in missing), earlier)
    run.score(settings, job, ToParquet(url), missing)
    run.close(run.refused)


def _to_worklist(settings: Settings, job: Job, files: list[str]) -> None:
    from cxr.cluster.to_worklist import ToWorklist, finish
    from cxr.worklist.store.database import WorklistError

    open_worklist()
    shared = settings.model_copy(update={"films": settings.films.absolute()})
    run = _Run(len(files), 0)
    run.score(settings, job, ToWorklist(shared, who()), parts_of(files, job.batch_size))
    with fails_on(WorklistError, MachineError):
        refused = finish(shared, job, run.cases)
    run.close(refused)


class _Run:
    """Reports the progress of a run, and its summary."""

    def __init__(self, films: int, earlier: int) -> None:
        self._total, self._earlier = films, earlier
        self._films = self._unread = self.refused = 0
        self.cases: list[int] = []
        self._left_out: Counter[str] = Counter()
        self._began = time.monotonic()

    def score(self, settings: Settings, job: Job, destination: "Destination", parts: list[Part]) -> None:
        """Send parts through the cluster; exit code 1 if that fails."""
        if not parts:
            return
        try:
            actors = connect(settings.ray_address, settings.actors)
            # Ray's own handler reports a crash, and ends the process like one.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
            self._began = time.monotonic()
            for done in score_parts(job, destination, parts, actors):
                self._take(done)
        except MachineError as error:
            fail(str(error))
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def close(self, refused: int) -> None:
        """Print the summary, and end: exit code 1 if a file could not be read."""
        seconds = time.monotonic() - self._began
        rate = self._films / seconds if self._films else 0.0
        print(
            f"{counted(self._films, 'film')}: {refused} refused, {self._unread} could not be read, "
            f"{self._earlier} done earlier; {seconds:.1f} s, {rate:.1f} films a second."
        )
        if self._left_out:
            print(left_out_line(self._left_out))
        raise typer.Exit(int(self._unread > 0))

    def _take(self, done: "Done") -> None:
        self._films += done.films
        self.refused += done.refused
        self._unread += done.unread + len(done.off_list)
        self.cases += done.cases
        self._left_out.update(kind or "other" for kind in done.left_out)
        for one in done.off_list:
            print(f"{printable(one.file, '?')}: not on the worklist. {one.sentence}", flush=True)
        print(f"Scored {self._films} of {self._total}.", file=sys.stderr, flush=True)


def _files(places: list[str], urls: str | None) -> list[str]:
    """List all files once each, by URL or absolute path: machines share no working folder."""
    with fails_on(PlaceError):
        found = [*places, *_listed(urls)]
        files = [file for place in found for file in _files_of(place)]
    if not files:
        raise typer.BadParameter("there are no files in it. Name films, folders or URLs of films.")
    return list(dict.fromkeys(files))


def _files_of(place: str) -> list[str]:
    place = path_or_url(place)
    if is_url(place):
        return files_at(place)
    found = files_in([Path(os.path.abspath(place))], may_be_empty=True)
    return [str(file) for file in found.files]


def _listed(urls: str | None) -> list[str]:
    if urls is None:
        return []
    try:
        content = sys.stdin.buffer.read() if urls == "-" else Path(urls).read_bytes()
        return listed(os.fsdecode(content).splitlines())
    except OSError as error:
        raise typer.BadParameter(f"--urls {urls} cannot be read ({type(error).__name__}).") from None
