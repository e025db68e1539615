"""What a ticket costs the hub, beside a script written with zenpy and jira."""

from __future__ import annotations

from collections.abc import Iterator

from bench.place import Place, Spent


def run(tickets: int = 1000, comments: int = 2) -> Iterator[str]:
    """Copy the same tickets with the hub and with the scripts, each into an empty Jira."""
    yield f"### CPU a ticket, {tickets:,} tickets with {comments} comments (start of the process taken off)"
    ours, theirs = _starts()
    yield f"- start: hub {ours:.2f} s, script {theirs:.2f} s"
    hub = _each(_measured(tickets, comments, "flows.cli", "sync", "--json"), ours, tickets)
    yield f"- hub, first copy, with scores, context, links, statuses, keys written back: {hub:.2f} ms"
    for what, option in (("issues and comments only", ""), ("all of that but scores and context", "--whole")):
        spent = _measured(tickets, comments, "bench.naive", "{line}", *filter(None, [option]))
        script = _each(spent, theirs, tickets)
        yield f"- script, {what}: {script:.2f} ms; the hub takes {hub / script:.2f} of it (goal 0.25)"
    seen, read = _only_reading(tickets, comments)
    hub, script = _each(seen, ours, tickets), _each(read, theirs, tickets)
    yield f"- hub, tickets that it knows and that were touched, nothing to write: {hub:.2f} ms"
    yield f"- script, reading them again: {script:.2f} ms; the hub takes {hub / script:.2f} of it (goal 0.25)"


def _starts() -> tuple[float, float]:
    """What a run takes that finds nothing: the hub's, the script's."""
    with Place() as place:
        place.plant(0, 1)
        _ = place.hub("sync", "--json")
        ours = min(place.hub("sync", "--json").cpu for _ in range(3))
        theirs = min(place.measure("bench.naive", str(place.line_file)).cpu for _ in range(3))
    return ours, theirs


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


def _each(spent: Spent, start: float, tickets: int) -> float:
    """Return milliseconds of CPU a ticket."""
    return (spent.cpu - start) / tickets * 1000
