"""The stop rule: where readers and flags do not agree, flags are hidden until an administrator looks."""

import datetime

from cxr.site.agreement import Agreement, agreement
from cxr.worklist.site.mode import Mode, SiteState
from cxr.worklist.worklist import Worklist

WHO = "stop rule"
"""Who is named in the audit trail."""
DAYS = 28
FEWEST = 20
"""Cases without which the rule does not act: of three that disagree, all three may by chance."""


def agreement_since(worklist: Worklist, state: SiteState, now: datetime.datetime) -> Agreement:
    """Agreement in the cases read in the last 28 days, but not before the state was last changed.

    What was read in silence, or before a stop that an administrator ended, does not count again.
    """
    since = now - datetime.timedelta(days=DAYS)
    if state.since:
        since = max(since, state.since)
    return agreement(worklist.monitored.findings(since, max(now, since)))


def apply_stop_rule(
    worklist: Worklist, least: float | None = None, now: datetime.datetime | None = None
) -> str | None:
    """Withhold results where agreement lies under the limit with its whole interval.

    Nothing happens unless the site is live, has a limit, and 20 cases count.

    Parameters
    ----------
    least
        The limit; by default the one that an administrator set.

    Returns
    -------
    The reason, where results are withheld from now on.
    """
    state = worklist.site.state()
    least = state.least_agreement if least is None else least
    if state.mode is not Mode.LIVE or least is None:
        return None
    found = agreement_since(worklist, state, now or datetime.datetime.now(datetime.UTC))
    counted = found.with_pneumonia + found.without
    if counted < FEWEST or not found.under(least):
        return None
    reason = (
        f"Agreement of readers with flags is {found.share} in {counted} cases: under the limit of {least:g} "
        "with its whole interval."
    )
    return reason if worklist.site.stop_live(WHO, reason, state) else None
