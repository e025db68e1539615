"""The rows of the demo's ledger: conflicts, what arrives in which way, losses, the score's reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.text import Text

from flows.cli.show import spoken
from hub.check import Hop
from hub.hops import WORTH
from hub.records import Conflict, Loss, Reason, Score

LEAST = 0.05
"""Log-odds that are worth showing."""
_LONG = re.compile(r"cut at 3\d,\d{3} ")


def conflict_rows(conflicts: Sequence[Conflict], labels: Mapping[str, str]) -> list[list[object]]:
    """Return a row a conflict, with the command that would turn it round."""
    return [
        [
            labels.get(c.ticket_id, c.ticket_id),
            c.register,
            Text(f"{spoken(c.kept)} ({c.kept_from})", style="green"),
            ", ".join(f"{spoken(value)} ({side})" for side, value in c.dropped.items()),
            f"hub conflicts resolve {c.id} --use {next(iter(c.dropped))}",
        ]
        for c in conflicts
    ]


def ways(hops: Sequence[Hop]) -> list[str]:
    """Return the ways in which anything arrives at all, from best to worst."""
    used = {arrival.how for hop in hops for arrival in hop.arrivals}
    return [how for how in WORTH if how in used]


def hop_rows(hops: Sequence[Hop]) -> list[list[object]]:
    """Return a row a direction: how many fields arrive in which way."""
    columns = ways(hops)
    return [
        [
            f"{hop.origin.capitalize()} → {hop.destination.capitalize()}",
            *(sum(a.how == how for a in hop.arrivals) for how in columns),
            hop.score,
        ]
        for hop in hops
    ]


def not_whole(hops: Sequence[Hop]) -> list[list[object]]:
    """Return a row for each field that does not arrive in full; long texts are told of elsewhere."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for hop in hops:
        for a in hop.arrivals:
            why = a.detail.partition(" (")[0]
            if a.how in {"cut", "retyped", "dropped"} and not _LONG.search(why):
                found.setdefault((a.label, a.how, why), []).append(hop.destination.capitalize())
    return [[*key, ", ".join(dict.fromkeys(to))] for key, to in sorted(found.items())]


def loss_rows(losses: Sequence[Loss], labels: Mapping[str, str]) -> list[list[object]]:
    """Return a row for each thing that some side could not show."""
    return [
        [labels.get(x.ticket_id, x.ticket_id), x.system.capitalize(), x.register, x.what, x.detail]
        for x in losses
    ]


def score_rows(before: Score, now: Score) -> list[list[object]]:
    """Return each reason with its points then and now, and the sums."""
    was = {r.factor: r.points for r in before.reasons}
    rows: list[list[object]] = [
        [_points(was.get(r.factor, 0)), _points(r.points), _because(r)] for r in now.reasons
    ]
    sums = (Text(f"{score.priority:>4}", "bold") for score in (before, now))
    label = now.label if before.label == now.label else f"{before.label} → {now.label}"
    rows.append([*sums, Text(f"the score: {label}", "bold")])
    return rows


def risk_rows(now: Score) -> list[list[object]]:
    """Return each reason of the risk, with its log-odds; what rounds to nothing is left out."""
    return [[Text(f"{r.points:>+5.1f}"), _because(r)] for r in now.risk_reasons if abs(r.points) >= LEAST]


def _because(reason: Reason) -> Text:
    """Return a reason, and the words on which it rests if somebody said them."""
    said = Text(reason.sentence)
    return said.append(f": {quoted(reason)}", "dim") if quoted(reason) else said


def quoted(reason: Reason) -> str:
    """Return the words of a person on which a reason rests."""
    words, _, _ = reason.evidence.partition(" (")
    return words if words.startswith("“") else ""


def _points(points: float) -> Text:
    return Text(f"{points:>+4.0f}" if points else "   ·")
