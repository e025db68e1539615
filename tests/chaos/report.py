"""What a chaos run came to: as text for whoever waits, as JSON, and as a Markdown table for the documentation."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.chaos.plan import STORMS
from tests.chaos.run import Result

HEADS = ("fault", "tried", "hit", "recovered", "good run after, s", "no lag after, s", "lost")
"""Times: median / longest."""
TOLD = (
    "acts by kind", "not done", "runs", "a run takes, s", "errors", "deaths", "peak MB", "seconds", "held against",
    "conflicts", "parked", "operations",
)  # fmt: skip


def rows(result: Result) -> list[tuple[str, ...]]:
    """One line a fault: how often, what it hit, and how long until all was well again."""
    lost = len(result.reckoning.violations)
    found: list[tuple[str, ...]] = []
    for kind in STORMS:
        blown = [one for one in result.blown if one.storm.kind == kind]
        if not blown:
            continue
        runs = [one.good_run for one in blown if one.good_run is not None]
        lags = [one.no_lag for one in blown if one.no_lag is not None]
        hits = sum(one.hits for one in blown)
        recovered = f"{len(lags)} of {len(blown)}"
        said = "nothing" if not lost else "see below"
        found.append((kind, str(len(blown)), str(hits or "-"), recovered, _both(runs), _both(lags), said))
    return found


def _both(seconds: list[float]) -> str:
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else "-"


def markdown(result: Result) -> str:
    lines = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(result)]
    return "\n".join(lines)


def section(result: Result, again: str) -> str:
    """What the documentation shows of a run."""
    found, it = result.reckoning, result.plan
    done = sum(it.counts.values()) - sum(result.skipped.values())
    held = sum(found.counts.values())
    took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in result.seconds.items())
    ended = ", ".join(f"{count:,} {state}" for state, count in result.runs.most_common())
    lines = [
        f"`{again}`",
        "",
        f"{len(it.births):,} tickets, {len(it.acts):,} acts of people ({done:,} done, the others refused by the side or",
        f"not possible then), {len(result.blown)} faults, {it.workers} workers; {took}.",
        f"Runs: {ended}. Deaths: {sum(result.deaths.values())}. Held against the account: {held:,} things.",
        f"**Broken: {len(found.violations)}.** Conflicts, all with both values:",
        f"{sum(found.figures.get('conflicts', {}).values())}. Overwritten in Jira's moment (limits.md):",
        f"{found.counts['raced in Jira (docs/limits.md)']}. Peak memory of a worker: {result.first_peak} MB after the first",
        f"sync, {result.peak} MB in the end.",
        "",
        markdown(result),
    ]
    return "\n".join(lines)


def data(result: Result) -> dict[str, Any]:
    it, found = result.plan, result.reckoning
    return {
        "seed": it.seed,
        "tickets": len(it.births),
        "acts": len(it.acts),
        "acts by kind": it.counts,
        "not done": result.skipped,
        "workers": it.workers,
        "faults": [dict(zip(HEADS, row, strict=True)) for row in rows(result)],
        "seconds": result.seconds,
        "runs": dict(result.runs),
        "a run takes, s": _both(result.lasted),
        "errors": dict(result.errors.most_common(20)),
        "deaths": result.deaths,
        "peak MB": {"after the first sync": result.first_peak, "in all": result.peak},
        "held against": dict(found.counts),
        "broken": found.by_promise(),
        "violations": [
            {
                "promise": one.promise,
                "where": one.where,
                "what": one.what,
                "history": one.history,
                "shown": one.shown,
            }
            for one in found.violations
        ],
        "notes": found.notes,
        **result.figures,
        **found.figures,
    }


def text(result: Result, again: str, most: int = 12) -> str:
    """Say it to a person: the table, the promises, and each violation with the ticket's own history."""
    found, told = result.reckoning, data(result)
    widths = [max(len(row[n]) for row in (HEADS, *rows(result))) for n in range(len(HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (HEADS, *rows(result))
    ]
    lines += [f"{name}: {told.get(name)}" for name in TOLD]
    lines += [f"{name}: {value}" for name, value in result.figures.items()]
    lines += found.notes
    broken = {name: count for name, count in found.by_promise().items() if count}
    if not broken:
        return "\n".join([*lines, "Every promise holds: nothing lost, nothing doubled."])
    lines.append(f"BROKEN: {broken}")
    for one in found.violations[:most]:
        lines += [f"- {one.promise}, {one.where}: {one.what}", *(f"    {line}" for line in one.shown)]
        lines += [f"    {line}" for line in one.history]
    if len(found.violations) > most:
        lines.append(f"… and {len(found.violations) - most} more (all of them in the JSON)")
    return "\n".join([*lines, f"again: {again}"])
