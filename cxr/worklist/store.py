"""The worklist: every film that was accepted, exactly once, whatever happens."""

import datetime
from pathlib import Path

from cxr.film import FilmSource, Inverted
from cxr.worklist.audit import AuditTrail
from cxr.worklist.case import Case
from cxr.worklist.database import Database
from cxr.worklist.desk import Desk
from cxr.worklist.film_files import FilmFiles
from cxr.worklist.intake import Intake
from cxr.worklist.pseudonym import Pseudonyms
from cxr.worklist.ranked_list import RankedList
from cxr.worklist.retention import Retention
from cxr.worklist.scoring import ScoringQueue

CAP = datetime.timedelta(hours=24)


class Worklist:
    """The cases in a database and their films in a folder, one attribute a kind of work.

    Attributes
    ----------
    intake
        Films come in.
    scoring
        Workers take waiting films and write down what is said of them.
    ranked
        The order of reading, counts, single cases.
    desk
        Readers take, read, undo and raise.
    audit
        Who did what and when.
    retention
        Pixels that are old enough go.
    """

    def __init__(self, url: str, films: Path, cap: datetime.timedelta = CAP) -> None:
        database = Database(url)
        self._films = FilmFiles(films)
        self.intake = Intake(database, self._films)
        self.scoring = ScoringQueue(database, Pseudonyms(films))
        self.ranked = RankedList(database, cap)
        self.desk = Desk(database)
        self.audit = AuditTrail(database)
        self.retention = Retention(database, self._films)

    def film_path(self, case: Case) -> Path:
        """Where a case's film file lies."""
        return self._films.path(case.sha256)

    def film_source(self, case: Case) -> FilmSource:
        """What a case's film is read from: its file, turned round where a person had it turned."""
        return Inverted(self.film_path(case)) if case.turned else self.film_path(case)
