"""Earlier names of the shared words, until every page imports `cxr.triage.words`."""

from cxr.triage.words import at_prevalence as where
from cxr.triage.words import percent
from cxr.triage.words import percent as likelihood

__all__ = ["likelihood", "percent", "where"]
