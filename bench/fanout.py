"""One account changes, and five thousand open tickets, their Cases and their issues show it."""

from __future__ import annotations

from collections.abc import Iterator

from bench import least
from bench.changes import settling, wait
from bench.place import Place
from bench.salesforce import LAG


def run(tickets: int = 5000) -> Iterator[str]:
    """Give every ticket a Case and an issue, and one account; change its tier and what it pays."""
    with Place(crm=True) as place:
        account = _plant(place, tickets)
        spent = place.hub("sync", "--json")
        yield f"### One account with {tickets:,} open tickets changes its tier and its ARR"
        yield f"- set-up: first sync {spent.seconds:.0f} s, created {spent.said['created']}"
        for spent in settling(place, LAG):
            yield f"- until nothing echoes: {spent.seconds:.0f} s, written {spent.said['written']}"
        before = _mailed(place)
        changed = {"action": "set_fields", "record": account, "Tier__c": "enterprise", "ARR__c": 9_000_000}
        _ = place.control("/person/salesforce", changed)
        wait(place, LAG)
        spent = place.hub("sync", "--json")
        mailed = {name: count - before[name] for name, count in _mailed(place).items()}
        found = least.fanned(tickets, tickets, 1)
        tables = {name: least.table(lines, spent, name) for name, lines in found.items()}
        ratios = ", ".join(f"{name.capitalize()} {ratio:.3f}" for name, (_, ratio) in tables.items())
        yield f"- one run: written {spent.said['written']}, state {spent.said['state']}"
        yield f"- calls beside the least: {ratios} (goal 1.15)"
        yield f"- notifications: {mailed} (goal 0)"
        yield (
            f"- {spent.seconds:.0f} s, CPU of the hub {spent.cpu:.1f} s ({spent.cpu / tickets * 1000:.1f} ms "
            f"a ticket on three sides), peak memory {spent.rss:.0f} MB"
        )
        for text, _ in tables.values():
            yield from ("", text)
        yield ""
        for spent in settling(place, LAG):
            yield f"- the run after it: {spent.seconds:.0f} s, written {spent.said['written']}"


def _plant(place: Place, tickets: int) -> str:
    """Make the tickets, and one account whose contacts are all who wrote them."""
    place.plant(tickets, 1)
    place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
    values = {"Name": "Globex", "Tier__c": "business", "ARR__c": 1000, "CurrencyIsoCode": "EUR"}
    account = place.control("/person/salesforce", {"action": "create", "object": "Account", **values})["id"]
    for number in range(max(10, min(2000, tickets // 10))):
        email = f"customer{number:05d}@company{number // 20:04d}.example"
        contact = {"LastName": f"{number:05d}", "Email": email, "AccountId": account}
        _ = place.control("/person/salesforce", {"action": "create", "object": "Contact", **contact})
    place.pass_time(LAG)
    return str(account)


def _mailed(place: Place) -> dict[str, int]:
    """How many notifications each vendor would have sent so far."""
    return {name: int(it["sent"]) for name, it in place.control("/mails").items()}
