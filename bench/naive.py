"""
The script that a hub is compared with: copies tickets to issues with zenpy and jira, one way.

`python -m bench.naive LINE.json [--whole | --read]`: reads every ticket with its comments, creates an
issue and its comments. `--whole` also does what the hub does beside: the issue's status, a link back, and
the issue's key on the ticket. `--read` only reads.
It keeps nothing, merges nothing and cannot be run twice.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from jira import JIRA
from zenpy import Zenpy

from bench.detour import through

PRIORITIES = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "Highest"}
STATUSES = {"open": "In Progress", "pending": "In Progress", "hold": "Blocked", "solved": "Done"}


def copy(line: dict[str, Any], *, whole: bool, read: bool) -> int:
    """Copy everything; return how many tickets there were."""
    zendesk, jira = _clients(line)
    copied = 0
    for ticket in zendesk.tickets.incremental(start_time=1):
        comments = [comment.body for comment in zendesk.tickets.comments(ticket=ticket.id)][1:]
        copied += 1
        if read:
            continue
        issue = jira.create_issue(
            fields={
                "project": {"key": "SUP"},
                "issuetype": {"name": "Bug"},
                "summary": ticket.subject,
                "description": ticket.description,
                "priority": {"name": PRIORITIES.get(ticket.priority or "", "Medium")},
                "labels": [tag for tag in ticket.tags if " " not in tag],
            }
        )
        for body in comments:
            jira.add_comment(issue, body)
        if whole:
            _finish(line, zendesk, jira, ticket, issue)
    return copied


def _finish(line: dict[str, Any], zendesk: Any, jira: Any, ticket: Any, issue: Any) -> None:
    wanted = STATUSES.get(ticket.status, "In Progress")
    for step in jira.transitions(issue):
        if step["to"]["name"] == wanted:
            jira.transition_issue(issue, step["id"])
    link = {"url": f"{line['zendesk']['url']}/agent/tickets/{ticket.id}", "title": ticket.subject}
    _ = jira.add_simple_link(issue, link)
    ticket.tags = [*ticket.tags, issue.key.lower()]
    _ = zendesk.tickets.update(ticket)


def _clients(line: dict[str, Any]) -> tuple[Any, Any]:
    there = line["zendesk"]
    zendesk = Zenpy(
        subdomain=there["subdomain"],
        email=there["email"],
        token=there["api_token"],
        session=through(there["url"], f"https://{there['subdomain']}.zendesk.com"),
    )
    there = line["jira"]
    jira = JIRA(there["url"], basic_auth=(there["email"], there["api_token"]), get_server_info=False)
    return zendesk, jira


def main() -> None:
    """Copy, and print one JSON line."""
    parser = argparse.ArgumentParser(prog="bench.naive")
    _ = parser.add_argument("line", type=Path)
    _ = parser.add_argument("--whole", action="store_true")
    _ = parser.add_argument("--read", action="store_true")
    given = parser.parse_args()
    begun = time.perf_counter()
    copied = copy(json.loads(given.line.read_text("utf-8")), whole=given.whole, read=given.read)
    print(json.dumps({"copied": copied, "seconds": round(time.perf_counter() - begun, 2)}))


if __name__ == "__main__":
    main()
