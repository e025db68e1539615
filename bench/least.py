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
    schema = ("ticket_fields", "organization_fields", "custom_statuses", "groups", "users")
    return [
        Line("tickets", pages, "export pages of 1000, with what they refer to", ("incremental/tickets",)),
        Line("comments", events, "ticket event pages of 1000; an event a comment", ("ticket_events",)),
        Line("keys and scores", writes, "update_many takes 100 tickets", ("update_many",)),
        Line("their jobs", ceil(writes / 100), "one look shows 100 jobs", ("job_statuses",)),
        Line("schema", 6, "two kinds of fields, statuses, groups, people, who we are", schema),
    ]


def jira(tickets: int, comments: int, moved: int, *, links: bool = True) -> list[Line]:
    """Of Jira: create in bulk; comments, links and steps of a workflow go one by one."""
    said = tickets * (comments - 1)
    linked = tickets if links else 0
    schema = ("/field", "createmeta", "/statuses", "/priority", "/resolution", "attachment/meta", "/myself")
    return [
        Line("issues", ceil(tickets / 50), "POST /issue/bulk takes 50", ("issue/bulk\n",)),
        Line("comments", said, "one POST each (the first is the description)", ("comment",)),
        Line("remote links", linked, "one POST an issue", ("remotelink",)),
        Line("statuses", moved, "one POST a step: moving in bulk fills no screens", ("}/transitions",)),
        Line("schema", 8, "fields, two pages of metadata, statuses, options, limits, who we are", schema),
        Line("is anything there", 1, "one search", ("search/jql",)),
    ]


def salesforce(cases: int, accounts: int, *, made: int = 0, written: int = 0, listed: int = 0) -> list[Line]:
    """
    Of Salesforce, by calls that answer at once: read Cases and accounts in pages, write 200 rows a call.

    `made`: Cases to create, 200 a call, which are seen by nobody until the next run. `written`: Cases to
    change; `listed`: accounts to change.
    """
    pages = ceil(cases / 1000) + ceil(accounts / 1000) + ceil(2 * accounts / 2000)
    looks = ceil(cases / 1000) + ceil(accounts / 1000) + 2
    rows = ceil(written / 200) + ceil(listed / 200)
    schema = ("oauth2", "describe")
    return [
        Line("Cases, accounts, contacts", pages, "pages of 1000 with long texts, else 2000", ("/query",)),
        Line(
            "what stands beside them; new Cases",
            looks + ceil(made / 200),
            "a composite call for 1000 Cases or accounts, or for 200 new ones; two to begin",
            ("/composite\n",),
        ),
        Line("scores and context", rows, "Collections take 200 rows", ("composite/sobjects",)),
        Line("sign-in and schema", 4, "a token, who we are, two descriptions", schema),
    ]


def fanned(tickets: int, issues: int, accounts: int) -> dict[str, list[Line]]:
    """Of a change of one account that many tickets show: a write of each replica, and a look for more."""
    writes = ceil(tickets / 100)
    polls = ("search/jql", "/field", "createmeta", "/myself")
    return {
        "zendesk": [
            Line("what the account says", writes, "update_many takes 100 tickets", ("update_many",)),
            Line("their jobs", ceil(writes / 100), "one look shows 100 jobs", ("job_statuses",)),
            Line(
                "is anything new", 3, "two exports, the last minute", ("incremental", "GET /api/v2/tickets")
            ),
        ],
        "jira": [
            Line("what the account says", issues, "a PUT each: every description is another", ("PUT ",)),
            Line("is anything new", 1, "one search", polls),
        ],
        "salesforce": [
            Line(
                "what the account says",
                ceil(tickets / 200) + accounts,
                "Collections take 200 Cases; and the account itself",
                ("composite/sobjects", "/jobs/ingest"),
            ),
            Line(
                "is anything new, what is sold to it",
                5,
                "two descriptions, three composite calls",
                ("describe", "/composite\n"),
            ),
        ],
    }


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
    return any(word in f"{endpoint}\n" for word in line.endpoints)
