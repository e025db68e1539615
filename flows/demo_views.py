"""The rows of the demo's tables: what each side shows, and what the hub says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from flows.cli.show import spoken
from flows.demo_stage import Issue
from hub.check import Hop
from hub.records import Conflict, Loss, Score

_TAGS = {"sev_1": "S1 - Down", "sev_2": "S2 - Degraded", "sev_3": "S3 - Minor", "sev_4": "S4 - Question"}
_CELL = 26
HOW = ("native", "cut", "retyped", "block", "copy only", "dropped")


# what each side shows ---------------------------------------------------------------------------


def side_by_side(ticket: Mapping[str, Any], issue: Issue, told: Mapping[str, str]) -> list[list[object]]:
    """Return a row a field: what Zendesk shows, what Jira shows, and why."""
    fields = ticket["fields"]
    shown: dict[str, tuple[object, object]] = {
        "Subject ends": (_end(ticket["subject"]), _end(issue["Summary"])),
        "Status": (ticket["status"], issue["Status"]),
        "Engineering status": (fields.get("Engineering status"), issue["Status"]),
        "Priority": (ticket["priority"], issue["Priority"]),
        "Severity": (named(fields.get("Severity")), issue["Severity"]),
        "Engineer": (fields.get("Engineer"), issue["Assignee"]),
        "Fix version": (fields.get("Fix version"), issue["Fix versions"]),
        "Support score": (fields.get("Support score"), issue["Support score"]),
    }
    return [
        [name, spoken(left), spoken(right), Text(told.get(name, ""), style="dim")]
        for name, (left, right) in shown.items()
    ]


def shared(tickets: Sequence[Mapping[str, Any]], issue: Issue) -> list[list[object]]:
    """Return a row a ticket behind the issue, and one of what the issue shows."""
    rows: list[list[object]] = [
        [
            f"Zendesk #{t['id']}",
            t["requester"].partition("@")[2],
            t["fields"].get("Affected users"),
            named(t["fields"].get("Severity")),
            t["priority"],
            t["fields"].get("Support score"),
        ]
        for t in tickets
    ]
    names = ("Accounts", "Affected users", "Severity", "Priority", "Support score")
    rows.append([Text(f"Jira {issue.key}", "bold"), *(Text(spoken(issue[n]), "bold") for n in names)])
    return rows


def comments(
    said: Mapping[str, str], tickets: Sequence[Mapping[str, Any]], issue: Issue
) -> list[list[object]]:
    """Return a row a comment: who said it, and how each place shows it."""
    return [
        [brief(body, 34), who, *(_as_shown(body, t) for t in tickets), _in_jira(body, issue)]
        for body, who in said.items()
    ]


def files(tickets: Sequence[Mapping[str, Any]], issue: Issue) -> list[list[object]]:
    """Return a row a file on the issue, and how each ticket shows it."""
    return [[name, "Ada, attached", *(_file_in(name, t) for t in tickets), "shown"] for name in issue.files]


def _file_in(name: str, ticket: Mapping[str, Any]) -> Text:
    found = next((c for c in ticket["comments"] if name in c["files"]), None)
    if found is None:
        return Text("not shown", style="dim")
    return Text("public", style="green") if found["public"] else Text("internal note", style="yellow")


def _as_shown(body: str, ticket: Mapping[str, Any]) -> Text:
    found = [c for c in ticket["comments"] if body in plain(c["body"])]
    if not found:
        return Text("not shown", style="dim")
    audience = "public" if found[0]["public"] else "internal note"
    style = "green" if found[0]["public"] else "yellow"
    return Text(audience if len(found) == 1 else f"{audience}, {len(found)} times", style=style)


def _in_jira(body: str, issue: Issue) -> Text:
    found = sum(body in plain(one) for one in issue.comments)
    return Text("shown" if found == 1 else f"shown {found} times" if found else "not shown")


def plain(text: str) -> str:
    """Return a comment's words, without its markup."""
    return re.sub(r"\\(?=\W)", "", re.sub(r"<[^>]+>", "", text))


def named(tag: object) -> object:
    """Return a severity as agents see it."""
    return _TAGS.get(str(tag), tag)


def _end(text: str) -> str:
    return f"… {text[-_CELL:].partition(' ')[2]}" if len(text) > _CELL else text


def brief(text: str, most: int) -> str:
    """Return a text short enough for a cell."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1].rpartition(' ')[0]} …"


# what the hub says ------------------------------------------------------------------------------


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


def hop_rows(hops: Sequence[Hop]) -> list[list[object]]:
    """Return a row a direction: how many fields arrive in which way."""
    return [
        [
            f"{hop.origin.capitalize()} → {hop.destination.capitalize()}",
            *(sum(a.how == how for a in hop.arrivals) for how in HOW),
            hop.score,
        ]
        for hop in hops
    ]


def not_whole(hops: Sequence[Hop]) -> list[list[object]]:
    """Return a row for each field that does not arrive in full."""
    return [
        [f"→ {hop.destination.capitalize()}", a.label, a.how, a.detail.partition(" (")[0]]
        for hop in hops
        for a in hop.arrivals
        if a.how in {"cut", "retyped", "dropped"}
    ]


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
        [_points(was.get(r.factor, 0)), _points(r.points), r.sentence] for r in now.reasons
    ]
    sums = (Text(f"{score.priority:>4}", "bold") for score in (before, now))
    label = now.label if before.label == now.label else f"{before.label} → {now.label}"
    rows.append([*sums, Text(f"the score: {label}", "bold")])
    return rows


def _points(points: float) -> Text:
    return Text(f"{points:>+4.0f}" if points else "   ·")
