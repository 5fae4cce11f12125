"""A period in words and tables, for the terminal."""

from collections.abc import Sequence

from cxr.film.counted import counted
from cxr.model.estimate import Estimate
from cxr.site.agreement import FEWEST_OF_LABEL, Agreement
from cxr.site.monitor import Inflow, Monitoring, Week
from cxr.triage.flag import Flag
from cxr.triage.words import FLAG_WORDS, POPULATION_WORDS

MINUTE, HOUR, DAY = 60, 3600, 86_400


def monitoring_text(found: Monitoring) -> str:
    """Write what a period shows."""
    blocks = [
        [f"{found.period} ({counted(found.period.days, 'day')})", *_inflow(found.inflow), _queue(found)],
        ["Agreement of readers with flags", *_agreement(found)],
        [f"Drift of scores ({found.network or 'no film was scored'})", *_drift(found)],
        ["Week by week", *_weeks(found.weeks)],
        list(found.alarms) or ["Nothing to look at."],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def _inflow(inflow: Inflow) -> list[str]:
    lines = [
        f"  {counted(inflow.films, 'film')} accepted, {inflow.films_a_day:.1f} a day; "
        f"with a result {inflow.scored}, waiting {inflow.waiting}."
    ]
    if inflow.scored:
        shares = (
            f"{FLAG_WORDS[flag].lower()} {count} ({100 * count / inflow.scored:.1f} %)"
            for flag, count in inflow.flags.items()
        )
        lines.append(f"  Flags: {', '.join(shares)}.")
    if inflow.refusals:
        codes = ", ".join(f"{code} {count}" for code, count in inflow.refusals.items())
        lines.append(f"  Not scored because of: {codes}.")
    if inflow.median_seconds is not None and inflow.late_seconds is not None:
        lines.append(
            f"  From accepted to scored: median {_time(inflow.median_seconds)}, 95th percentile "
            f"{_time(inflow.late_seconds)}."
        )
    return lines


def _queue(found: Monitoring) -> str:
    if not found.queue.waiting:
        return "  Nothing waits now."
    waiting = counted(found.queue.waiting, "film waits", "films wait")
    return f"  {waiting} now, the oldest for {_time(found.queue.oldest_seconds)}."


def _agreement(found: Monitoring) -> list[str]:
    whole = found.agreement
    if not whole.cases:
        return ["  Nobody read a case."]
    left_out = ", ".join(f"{why} {count}" for why, count in whole.left_out.items())
    words = f", {whole.elsewhere} of them reported elsewhere" if whole.elsewhere else ""
    lines = [f"  {counted(whole.cases, 'case')} read{words}{f'; left out: {left_out}' if left_out else ''}."]
    named = {"all": whole} | {POPULATION_WORDS[one]: some for one, some in found.by_population.items()}
    rows = [["", "cases", "flag fits", "sensitivity", "specificity", "not urgent"]]
    rows += [
        [
            name,
            f"{some.with_pneumonia + some.without}",
            _share(some.share),
            *(_share(one) for one in (some.sensitivity, some.specificity, some.urgent_specificity)),
        ]
        for name, some in (named if len(found.by_population) > 1 else {"all": whole}).items()
    ]
    lines += _table(rows)
    if not (whole.sensitivity and whole.specificity):
        lines.append(
            f"  {whole.with_pneumonia} with pneumonia, {whole.without} without; {FEWEST_OF_LABEL} of a "
            "finding are needed for sensitivity or specificity."
        )
    return [*lines, f"  Readers themselves: {_answers(whole)}."]


def _drift(found: Monitoring) -> list[str]:
    lines = [f"  Reference: {found.reference}."]
    lines += [f"  {POPULATION_WORDS[one]}: {drift}" for one, drift in found.drift.items()]
    if found.other_networks:
        others = counted(found.other_networks, "film of the period was", "films of the period were")
        lines.append(f"  {others} scored by another model, and not compared.")
    return lines


def _weeks(weeks: Sequence[Week]) -> list[str]:
    flags = [FLAG_WORDS[flag].lower() for flag in Flag]
    rows = [["from", "films", *flags, "flag fits", "readers agree"]]
    rows += [
        [
            f"{week.period.since.astimezone():%Y-%m-%d}",
            f"{week.films}",
            *(f"{count}" for count in week.flags.values()),
            _share(week.agreement.share),
            _answers(week.agreement),
        ]
        for week in weeks
    ]
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _share(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f}-{estimate.high:.2f})"


def _answers(some: Agreement) -> str:
    return f"{some.said_agree} agree, {some.said_disagree} disagree"


def _time(seconds: float) -> str:
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.1f} seconds"
