"""The worklist: every accepted film, exactly once, whatever happens."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from cxr.film import Adjusted, FilmSource, Overruled
from cxr.film.deidentify import Keep
from cxr.worklist.accounts.accounts import Accounts
from cxr.worklist.accounts.sessions import Lifetime, Sessions
from cxr.worklist.accounts.tokens import Tokens
from cxr.worklist.audit.second_place import SecondPlace
from cxr.worklist.audit.trail import AuditTrail
from cxr.worklist.backup.backup import Backup
from cxr.worklist.backup.contents import RESTORING
from cxr.worklist.backup.verify import Verifying
from cxr.worklist.case import Case
from cxr.worklist.identity.identities import Identities
from cxr.worklist.identity.privacy import DEFAULT_KEEP, Privacy
from cxr.worklist.identity.pseudonym import Pseudonyms
from cxr.worklist.queue.figures import Figures, measure
from cxr.worklist.queue.intake import Intake
from cxr.worklist.queue.outbox import Outbox
from cxr.worklist.queue.scoring_queue import ScoringQueue
from cxr.worklist.reading.desk import Desk
from cxr.worklist.reading.elsewhere import Elsewhere
from cxr.worklist.reading.monitored import Monitored, MonitoredFilm
from cxr.worklist.reading.redaction import Redaction
from cxr.worklist.reading.walk import WalkedList
from cxr.worklist.site.profiles import Profiles
from cxr.worklist.site.state import Site
from cxr.worklist.store.database import Database, WorklistError
from cxr.worklist.store.film_files import FilmFiles
from cxr.worklist.store.retention import Retention

CAP = datetime.timedelta(hours=24)


class WorklistSettings(Protocol):
    """The settings that a worklist needs."""

    @property
    def database(self) -> str:
        """URL of the database."""

    @property
    def missing_folder(self) -> str:
        """Folder that the database should be in, where it does not exist."""

    @property
    def films(self) -> Path:
        """Folder of the film files."""

    @property
    def prevalence(self) -> float:
        """Prevalence that probabilities are given at."""

    @property
    def waiting_cap_hours(self) -> float:
        """How long a film may wait."""

    @property
    def identity_key(self) -> SecretStr | None:
        """Key of the original identifiers."""

    @property
    def deidentify_keep(self) -> Sequence[str]:
        """Options of the de-identification profile."""

    @property
    def session_idle_minutes(self) -> float:
        """How long a session lasts without activity."""

    @property
    def session_hours(self) -> float:
        """How long a session lasts at most."""

    @property
    def audit_head(self) -> str | None:
        """Second place for the end of the audit trail."""


class Worklist:
    """The cases in a database and their films in a folder, with one attribute for each kind of work.

    Parameters
    ----------
    identity_key
        Key that encrypts the original identifiers of DICOM films; without one they are not kept.
    keep
        Options of the de-identification profile.
    prevalence
        Prevalence that all probabilities are given at; None for those they were computed at.
    lifetime
        How long someone stays signed in.
    audit_head
        A file, or `syslog`, in which the end of the audit trail is recorded after each change.

    Attributes
    ----------
    identities
        Original identifiers of the patients, if a key is set.
    intake
        Adds films.
    scoring
        Hands waiting films to workers and records their results.
    ranked
        The order of reading, counts, single cases.
    outbox
        Results that go back to the PACS.
    desk
        What readers do: claim, read, undo, raise, dismiss.
    elsewhere
        Takes findings of cases that were reported in another system.
    monitored
        Films and findings of a period.
    redaction
        Removes burned-in annotations.
    audit
        Who did what and when.
    retention
        Removes the pixels of cases read long ago.
    site
        Whether results are shown, or withheld: in silent mode, or by the stop rule.
    profiles
        The site's own calibration and operating points.
    accounts, sessions
        Who may sign in, and who is signed in.
    tokens
        Which programs may use the HTTP API.
    backup
        Copies database and films while they are in use.
    verifying
        Compares rows with films, and checks both.
    """

    def __init__(
        self,
        url: str,
        films: Path,
        cap: datetime.timedelta = CAP,
        identity_key: str | None = None,
        keep: Collection[Keep] = DEFAULT_KEEP,
        prevalence: float | None = None,
        lifetime: Lifetime | None = None,
        audit_head: str | None = None,
    ) -> None:
        if (films / RESTORING).exists():
            raise WorklistError(
                f"A backup was being restored into {films}, and not to its end. Run 'cxr restore' again."
            )
        second_place = SecondPlace(audit_head) if audit_head else None
        database = self._database = Database(url, second_place.add if second_place else None)
        self._films = FilmFiles(films)
        self._pseudonyms = Pseudonyms(films)
        self.identities = Identities(database, identity_key)
        privacy = Privacy(self._pseudonyms, keep)
        self.intake = Intake(database, self._films, privacy, self.identities)
        self.scoring = ScoringQueue(database)
        self.outbox = Outbox(database)
        self.ranked = WalkedList(database, cap, prevalence)
        self.desk = Desk(database)
        self.elsewhere = Elsewhere(database, privacy)
        self.monitored = Monitored(database)
        self.redaction = Redaction(database, self._films)
        self.audit = AuditTrail(database)
        self.retention = Retention(database, self._films)
        self.site = Site(database)
        self.profiles = Profiles(database)
        self.accounts = Accounts(database)
        self.sessions = Sessions(database, lifetime)
        self.tokens = Tokens(database)
        self.backup = Backup(database, self._films)
        self.verifying = Verifying(database, self._films, second_place)

    @property
    def notice(self) -> str:
        """What a person should know of the database; empty if there is nothing."""
        return self._database.notice

    @classmethod
    def of(cls, settings: WorklistSettings) -> Worklist:
        """Open the worklist that settings name; raises `WorklistError` where its folder is missing."""
        if settings.missing_folder:
            raise WorklistError(settings.missing_folder)
        return cls(
            settings.database,
            settings.films,
            datetime.timedelta(hours=settings.waiting_cap_hours),
            settings.identity_key.get_secret_value() if settings.identity_key else None,
            [Keep(option) for option in settings.deidentify_keep],
            settings.prevalence,
            Lifetime(
                datetime.timedelta(minutes=settings.session_idle_minutes),
                datetime.timedelta(hours=settings.session_hours),
            ),
            settings.audit_head,
        )

    def reaches_films(self, cases: Sequence[Case]) -> bool:
        """Whether the folder of films is the one that they were added to, and can be read."""
        return self._pseudonyms.exist or any(self.film_path(case).exists() for case in cases)

    def figures(self) -> Figures:
        """Counts and seconds, without anything of a patient."""
        return measure(self._database)

    def film_path(self, film: Case | MonitoredFilm) -> Path:
        """Path of a film's file, or of that of a case's leading film."""
        return self._films.path(film.sha256)

    def film_source(self, case: Case) -> FilmSource:
        """What a case's film is read from: its file, inverted, rotated and mirrored as a person had it."""
        file = self.film_path(case)
        adjusted = Adjusted(file, case.inverted, case.orientation)
        return file if adjusted == Adjusted(file) else adjusted

    def to_score(self, case: Case) -> FilmSource | Overruled:
        """What a case's film is scored from: a person may have overruled its refusal."""
        source = self.film_source(case)
        return Overruled(source) if case.overruled else source
