"""The fewest calls that the vendors' bulk endpoints allow for a first copy, spelt out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from bench.place import Spent


@dataclass(frozen=True)
class Line:
    """One kind of work: how many calls it takes at least, and the endpoints that do it."""

    what: str
    least: int
    why: str
    endpoints: tuple[str, ...]


def zendesk(tickets: int, comments: int) -> list[Line]:
    """Of Zendesk: read tickets and comments by export, write back in bulk."""
    pages, events = ceil(tickets / 1000), ceil(tickets * comments / 1000)
    writes = ceil(tickets / 100)
    return [
        Line("tickets", pages, "export pages of 1000, users and organizations side-loaded", ("incremental/tickets",)),
        Line("comments", events, "ticket event pages of 1000; an event a comment", ("ticket_events",)),
        Line("keys and scores", writes, "update_many takes 100 tickets", ("update_many",)),
        Line("their jobs", ceil(writes / 100), "a look at 100 jobs at once", ("job_statuses",)),
        Line("schema", 6, "ticket fields, organization fields, statuses, groups, people, who we are",
             ("ticket_fields", "organization_fields", "custom_statuses", "groups", "users")),
    ]  # fmt: skip


def jira(tickets: int, comments: int, moved: int, *, links: bool = True) -> list[Line]:
    """Of Jira: create in bulk; comments, links and steps of a workflow go one by one."""
    return [
        Line("issues", ceil(tickets / 50), "POST /issue/bulk takes 50", ("issue/bulk ", "issue/bulk\n")),
        Line("comments", tickets * (comments - 1), "one POST a comment (the first is the description)", ("comment",)),
        Line("remote links", tickets if links else 0, "one POST an issue", ("remotelink",)),
        Line("statuses", moved, "one POST a step: bulk transitions fill no screens", ("}/transitions",)),
        Line("schema", 8, "fields, two createmeta pages, statuses, priorities, resolutions, limits, who we are",
             ("/field", "createmeta", "/statuses", "/priority", "/resolution", "attachment/meta", "/myself")),
        Line("is anything there", 1, "one search", ("search/jql",)),
    ]  # fmt: skip


def table(lines: list[Line], spent: Spent, system: str) -> tuple[str, float]:
    """Return the derivation beside what was called, as Markdown, and the ratio of the sums."""
    endpoints: dict[str, int] = dict(spent.calls[system]["endpoints"])
    rows = [f"| {system}: calls for | least | made | why |", "|---|---:|---:|---|"]
    for line in lines:
        names = [n for n in endpoints if _is_of(n, line)]
        made = sum(endpoints.pop(n) for n in names)
        rows.append(f"| {line.what} | {line.least:,} | {made:,} | {line.why} |")
    for name, made in endpoints.items():
        rows.append(f"| {name} | 0 | {made:,} | overhead |")
    least, total = sum(line.least for line in lines), spent.total(system)
    rows.append(f"| **sum** | **{least:,}** | **{total:,}** | ratio **{total / least:.3f}** |")
    return "\n".join(rows), total / least


def _is_of(endpoint: str, line: Line) -> bool:
    return any(f"{endpoint}\n".find(word) >= 0 for word in line.endpoints)
