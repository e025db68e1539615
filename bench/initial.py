"""A first sync: how many calls, how fast, how much memory."""

from __future__ import annotations

from bench import least
from bench.place import Place, Spent


def run(tickets: int = 10_000, comments: int = 2) -> list[str]:
    """Copy `tickets` tickets, all of which engineering needs, into an empty Jira."""
    with Place() as place:
        place.plant(tickets, comments)
        spent = place.hub("sync", "--json")
    return report(spent, tickets, comments)


def report(spent: Spent, tickets: int, comments: int, *, links: bool = True) -> list[str]:
    """Say what a first sync took, beside the least that it could take."""
    moved = int(spent.calls["jira"]["statuses"].get("204", 0))
    of_zendesk, zendesk = least.table(least.zendesk(tickets, comments), spent, "zendesk")
    of_jira, jira = least.table(least.jira(tickets, comments, moved, links=links), spent, "jira")
    each = spent.cpu / tickets * 1000
    pace = (
        f"- {tickets / spent.seconds:.1f} tickets/s: {spent.seconds:.0f} s, of which CPU of the hub "
        f"{spent.cpu:.0f} s ({each:.1f} ms a ticket), of the sandbox {spent.sandbox_cpu:.0f} s"
    )
    return [
        f"### First sync of {tickets:,} tickets with {comments} comments each",
        f"- calls beside the least: Zendesk {zendesk:.3f}, Jira {jira:.3f} (goal 1.15)",
        pace,
        f"- peak memory {spent.rss:.0f} MB (goal 300)",
        f"- state {spent.said['state']}: created {spent.said['created']}, comments {spent.said['comments']}",
        "",
        of_zendesk,
        "",
        of_jira,
    ]
