"""What a ticket costs the hub, beside a script written with zenpy and jira."""

from __future__ import annotations

from bench.place import Place, Spent


def run(tickets: int = 1000, comments: int = 2) -> list[str]:
    """Copy the same tickets with the hub and with the scripts, each into an empty Jira."""
    hub = _measured(tickets, comments, "flows.cli", "sync", "--json")
    bare = _measured(tickets, comments, "bench.naive", "{line}")
    whole = _measured(tickets, comments, "bench.naive", "{line}", "--whole")
    seen, read = _only_reading(tickets, comments)
    return [
        f"### CPU a ticket, {tickets:,} tickets with {comments} comments",
        _row("hub, first copy with score, context block, links, status, write-back", hub, tickets),
        _row("script, issue and comments only", bare, tickets, hub),
        _row(
            "script, the same as the hub writes to both sides, without score and block", whole, tickets, hub
        ),
        _row("hub, tickets that it knows and that changed (nothing to write)", seen, tickets),
        _row("script, reading them again", read, tickets, seen),
    ]


def _measured(tickets: int, comments: int, module: str, *arguments: str) -> Spent:
    with Place() as place:
        place.plant(tickets, comments)
        return place.measure(module, *(a.replace("{line}", str(place.line_file)) for a in arguments))


def _only_reading(tickets: int, comments: int) -> tuple[Spent, Spent]:
    """Touch every ticket without changing it, and look at them all again."""
    with Place() as place:
        place.plant(tickets, comments)
        for _ in range(3):
            _ = place.hub("sync", "--json")
            place.pass_time(400)
        for number in range(1, tickets + 1):
            _ = place.control("/person/zendesk", {"action": "touch", "ticket": number})
        place.pass_time(10)
        return place.hub("sync", "--json"), place.measure("bench.naive", str(place.line_file), "--read")


def _row(what: str, spent: Spent, tickets: int, hub: Spent | None = None) -> str:
    beside = f"; the hub takes {hub.cpu / spent.cpu:.2f} of it (goal 0.25)" if hub else ""
    return f"- {what}: {spent.cpu / tickets * 1000:.2f} ms ({spent.cpu:.1f} s in all){beside}"
