"""Twenty thousand Cases: a first sync, runs after it, and what a Case costs beside simple-salesforce."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from bench import least
from bench.changes import called, settling, wait
from bench.place import Place, Spent

LAG = 1000
"""Seconds after which no late change can turn up in any feed: Salesforce's reads twelve minutes twice."""
ACCOUNTS = 1000
FIRST = 1001
"""The number of an org's first Case."""
ROUNDS = 5


def run(cases: int = 20_000) -> Iterator[str]:
    """Take in Cases that people made; give Cases to tickets; read Cases beside another client."""
    yield from _adopted(cases)
    yield ""
    yield from _created(cases)
    yield ""
    yield from _reading(cases)


# Cases that people made ---------------------------------------------------------------------------


def _adopted(cases: int) -> Iterator[str]:
    """Nothing is created elsewhere: `create: {salesforce: []}` in policy.yaml."""
    few = _first_of_adopted(cases // 10)
    with Place(crm=True) as place:
        _plant_cases(place, cases)
        spent = place.hub("sync", "--json")
        lines = least.salesforce(cases, ACCOUNTS, written=cases, listed=ACCOUNTS)
        yield from _first(f"First sync of {cases:,} Cases that people made", spent, cases, lines)
        yield f"- peak memory of {cases // 10:,} Cases: {few.rss:.0f} MB, of {cases:,}: {spent.rss:.0f} MB"
        yield from _afterwards(place, cases)
        _edit_cases(place, range(cases // 100))
        yield _some(place, cases // 100, "in Salesforce")


def _first_of_adopted(cases: int) -> Spent:
    with Place(crm=True) as place:
        _plant_cases(place, cases)
        return place.hub("sync", "--json")


def _plant_cases(place: Place, cases: int) -> None:
    kind = {"kind": "bulk", "vendor": "salesforce", "cases": cases, "accounts": ACCOUNTS}
    _ = place.control("/seed", kind)
    place.set_rule("policy.yaml", "salesforce: [zendesk, jira]", "salesforce: []")
    place.pass_time(LAG)


def _edit_cases(place: Place, numbers: range) -> None:
    """Reps edit every hundredth Case."""
    for number in numbers:
        record = f"{FIRST + number * 100:08d}"
        edited = {"action": "set_fields", "record": record, "Subject": f"Edited by reps {number}"}
        _ = place.control("/person/salesforce", edited)


# Cases for tickets ---------------------------------------------------------------------------------


def _created(tickets: int) -> Iterator[str]:
    """Every ticket gets a Case, and no issue."""
    with Place(crm=True) as place:
        place.plant(tickets, 1)
        place.set_rule("policy.yaml", "zendesk: [jira, salesforce]", "zendesk: [salesforce]")
        place.pass_time(LAG)
        spent = place.hub("sync", "--json")
        lines = least.salesforce(0, 0, made=tickets)
        title = f"First sync of {tickets:,} tickets, each of which gets a Case"
        yield from _first(title, spent, tickets, lines)
        yield from _afterwards(place, tickets)
        some = tickets // 100
        for number in range(some // 2):
            edited = {"action": "set", "ticket": 1 + number * 100, "subject": f"Edited {number}"}
            _ = place.control("/person/zendesk", edited)
        _edit_cases(place, range(some // 2, some))
        yield _some(place, some, "half in Zendesk, half in Salesforce")


# what they have in common --------------------------------------------------------------------------


def _first(title: str, spent: Spent, count: int, lines: list[least.Line]) -> Iterator[str]:
    table, ratio = least.table(lines, spent, "salesforce")
    yield f"### {title}"
    yield f"- calls beside the least: Salesforce {ratio:.3f}; {called(spent)}"
    yield (
        f"- {count / spent.seconds:.0f} a second: {spent.seconds:.0f} s, CPU of the hub {spent.cpu:.0f} s "
        f"({spent.cpu / count * 1000:.1f} ms each), of the sandbox {spent.sandbox_cpu:.0f} s"
    )
    yield f"- peak memory {spent.rss:.0f} MB; state {spent.said['state']}, written {spent.said['written']}"
    yield from ("", table, "")


def _afterwards(place: Place, count: int) -> Iterator[str]:
    systems = ("salesforce", "zendesk", "jira")
    for spent in settling(place, LAG):
        yield (
            f"- until nothing of our own echoes: {spent.seconds:.0f} s, {called(spent, *systems)} calls, "
            f"written {spent.said['written']}, peak memory {spent.rss:.0f} MB"
        )
    runs = [place.hub("sync", "--json") for _ in range(ROUNDS)]
    quiet = min(runs, key=lambda spent: spent.cpu)
    yield (
        f"- none of {count:,} changed: {called(quiet, *systems)} calls, {quiet.said['seconds']:.2f} s in the "
        f"run, CPU {quiet.cpu:.2f} s with the interpreter's start, peak memory {quiet.rss:.0f} MB"
    )


def _some(place: Place, changed: int, where: str) -> str:
    wait(place, LAG)
    spent = place.hub("sync", "--json")
    endpoints = {name: dict(spent.calls[name]["endpoints"]) for name in ("salesforce", "zendesk")}
    return (
        f"- {changed} changed {where}: {called(spent, 'salesforce', 'zendesk', 'jira')} calls, "
        f"{spent.seconds:.1f} s, CPU {spent.cpu:.1f} s, state {spent.said['state']}, observed "
        f"{spent.said['observed']}, written {spent.said['written']}, peak memory {spent.rss:.0f} MB; "
        f"{endpoints}"
    )


# beside simple-salesforce --------------------------------------------------------------------------


def _reading(cases: int) -> Iterator[str]:
    """Read the same fields of the same Cases, in turns; what a start takes is taken off."""
    with Place(crm=True) as place:
        ours, theirs = [_turn(place) for _ in range(3)], [_their_turn(place) for _ in range(3)]
        start_ours, start_theirs = min(s.cpu for s in ours), min(s.cpu for s in theirs)
    with Place(crm=True) as place:
        _plant_cases(place, cases)
        pairs = [(_turn(place), _their_turn(place)) for _ in range(ROUNDS)]
    assert all(a.said["read"] == b.said["read"] == cases for a, b in pairs)
    hub = [(a.cpu - start_ours) / cases * 1e6 for a, _ in pairs]
    script = [(b.cpu - start_theirs) / cases * 1e6 for _, b in pairs]
    yield f"### CPU a Case read, {cases:,} Cases, median of {ROUNDS} in turns, start of the process taken off"
    yield (
        f"- hub's connector, to observations, with what stands beside each: {median(hub):.0f} µs "
        f"({min(hub):.0f} to {max(hub):.0f}), {pairs[0][0].total('salesforce')} calls, "
        f"{pairs[0][0].rss:.0f} MB"
    )
    yield (
        f"- simple-salesforce's query_all, to dictionaries: {median(script):.0f} µs "
        f"({min(script):.0f} to {max(script):.0f}), {pairs[0][1].total('salesforce')} calls, "
        f"{pairs[0][1].rss:.0f} MB"
    )
    yield f"- the hub takes {median(hub) / median(script):.2f} of it"


def _turn(place: Place) -> Spent:
    spent = place.measure("bench.read_cases", str(place.folder / "hub.toml"))
    _ = (place.folder / "fields.json").write_text(json.dumps(spent.said["fields"]), "utf-8")
    return spent


def _their_turn(place: Place) -> Spent:
    return place.measure("bench.query_all", str(place.line_file), str(place.folder / "fields.json"))
