"""A run over many linked tickets, of which few changed, or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from bench import initial
from bench.place import Place, Spent

LAG = 400
"""Seconds after which no late change can turn up in Jira's search any more, and a little."""


def run(tickets: int = 50_000, comments: int = 1, changed: int = 500) -> Iterator[str]:
    """
    Link `tickets` tickets, then measure runs with nothing and with `changed` changes.

    Without remote links: a POST each, of which Jira takes 100 a second, would only make it longer.
    """
    with Place() as place:
        place.plant(tickets, comments)
        place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
        yield from initial.report(place.hub("sync", "--json"), tickets, comments, links=False)
        yield from ("", f"### Runs over {tickets:,} linked tickets")
        for spent in settling(place):
            yield (
                f"- until nothing of our own echoes: {spent.seconds:.0f} s, {called(spent)} calls, "
                f"observed {spent.said['observed']}, written {spent.said['written']}, "
                f"peak memory {spent.rss:.0f} MB"
            )
        runs = [place.hub("sync", "--json") for _ in range(5)]
        quiet = min(runs, key=lambda spent: spent.seconds)
        yield (
            f"- none changed: {called(quiet)} calls (goal 3 each), {quiet.seconds:.2f} s with the "
            f"interpreter's start and all imports, {quiet.said['seconds']:.2f} s in the run, CPU "
            f"{quiet.cpu:.2f} s (best of {len(runs)}; goal 1 s), peak memory {quiet.rss:.0f} MB"
        )
        _edit(place, tickets, changed)
        some = place.hub("sync", "--json")
        yield (
            f"- {changed} changed, half on each side: {called(some)} calls, {some.seconds:.1f} s; "
            f"written {some.said['written']}, state {some.said['state']}, peak memory {some.rss:.0f} MB"
        )


def called(spent: Spent, *systems: str) -> str:
    """Say how often each system was called."""
    return ", ".join(f"{name.capitalize()} {spent.total(name)}" for name in systems or ("zendesk", "jira"))


def settling(place: Place, lag: float = LAG) -> Iterator[Spent]:
    """Run until a run sees nothing any more."""
    for _ in range(6):
        wait(place, lag)
        spent = place.hub("sync", "--json", "--approve")
        yield spent
        if not any(spent.said["observed"].values()):
            break
    wait(place, lag)


def wait(place: Place, lag: float = LAG) -> None:
    """Let so much time pass that whatever was written so far is old to every feed."""
    place.pass_time(lag)
    _look_back(place, lag)


def _look_back(place: Place, lag: float) -> None:
    """
    Stand for minutes of waiting: let the feed of Jira believe that it saw the last change long ago.

    The sandbox's clock can be moved on, the hub's process goes by the machine's.
    """
    with sqlite3.connect(place.folder / "hub.sqlite3") as store:
        _ = store.execute(
            "UPDATE cursors SET cursor = json_set(cursor, '$.reached', cursor ->> '$.reached' - ?) "
            "WHERE system = 'jira' AND cursor ->> '$.reached' IS NOT NULL",
            (lag,),
        )
    store.close()


def _edit(place: Place, tickets: int, changed: int) -> None:
    """People edit: half of the tickets in Zendesk, as many others in Jira."""
    step = tickets // changed
    for number in range(changed // 2):
        _ = place.control(
            "/person/zendesk", {"action": "set", "ticket": 1 + number * step, "subject": f"Edited {number}"}
        )
    for number in range(changed // 2, changed):
        fields = {"Summary": f"Edited by engineers {number}"}
        issue = f"SUP-{1 + number * step}"
        _ = place.control("/person/jira", {"action": "set_fields", "issue": issue, "fields": fields})
    place.pass_time(LAG)
