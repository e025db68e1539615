"""What changes on an account reaches all of its open tickets in full bulk calls, and nobody is told."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import pytest

from hub.records import RunRecord
from sandbox.zendesk.people import new_end_user
from tests.properties.sides import HANDED_OVER
from tests.world import World, summary, writes

TICKETS, ISSUES = 300, 60
MARGIN = 1.15


def count(world: World, system: str, *words: str) -> int:
    """How often a vendor was asked at endpoints that contain one of these words."""
    return sum(
        times
        for name, times in world.sandbox.calls[system].describe()["endpoints"].items()
        if any(word in f"{name}\n" for word in words)
    )


def total(world: World, system: str) -> int:
    return int(world.sandbox.calls[system].describe()["total"])


def mailed(world: World) -> dict[str, int]:
    return {it.name: it.mails.sent for it in (world.zendesk, world.jira, world.salesforce)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Tickets of one customer; every one has a Case, some have an issue."""
    world = World(tmp_path_factory.mktemp("fan"), crm=True)
    values = {"Name": "Globex", "Domains__c": "globex.example", "Tier__c": "business"}
    _ = world.salesforce.person("create", object="Account", ARR__c=1000, CurrencyIsoCode="USD", **values)
    _ = new_end_user(world.zendesk.state, "X", "x@globex.example")
    for number in range(TICKETS):
        fields = HANDED_OVER if number < ISSUES else {}
        told = {"subject": f"t{number}", "body": "It broke.", "requester": "x@globex.example"}
        _ = world.zendesk.person("create", **told, **fields)
    yield world
    world.close()


def change(world: World, **fields: Any) -> RunRecord:
    """Change the account once all is quiet; return the run that follows, its calls and mails counted anew."""
    assert not writes(world.settle()[-1])
    world.tick(1000)  # until no feed reads its own writes a second time
    _ = world.sync()
    account = world.salesforce.state.find("Account", "Name", "Globex")[0]
    _ = world.salesforce.person("set_fields", record=account["Id"], **fields)
    for vendor in (world.zendesk, world.jira, world.salesforce):
        vendor.mails.clear()
    for calls in world.sandbox.calls.values():
        calls.reset()
    return world.sync()


class TestFanOut:
    """One account changes its tier and what it pays."""

    def test_within_the_vendors_bulk_minimum(self, world: World) -> None:
        """A changed tier and ARR costs each system at most 1.15 times the fewest calls there are."""
        run = change(world, Tier__c="enterprise", ARR__c=9_000_000)
        assert run.state == "clean", run.summary
        assert summary(run, "refreshed") == TICKETS
        assert summary(run, "written")["zendesk"] == TICKETS
        assert summary(run, "written")["salesforce"] == TICKETS + 1  # and the account itself
        assert summary(run, "written")["jira"] == ISSUES
        least = {
            "zendesk": ceil(TICKETS / 100) + 1 + 3,  # full jobs, a look at them, the three feeds
            "salesforce": ceil(TICKETS / 200) + 1 + 2 + 3,  # collections, the account; descriptions, feeds
            "jira": ISSUES + ceil(ISSUES / 100) + 1,  # no two descriptions are alike; a look; the feed
        }
        made = {name: total(world, name) for name in least}
        assert all(made[name] <= MARGIN * least[name] for name in least), (made, least)
        assert count(world, "zendesk", "update_many") == ceil(TICKETS / 100)
        assert count(world, "jira", "PUT ") == ISSUES

    def test_nobody_is_told(self, world: World) -> None:
        """No vendor has anybody to notify, though every side shows the change."""
        run = change(world, Tier__c="starter", ARR__c=5)
        assert summary(run, "refreshed") == TICKETS
        assert mailed(world) == {"zendesk": 0, "jira": 0, "salesforce": 0}
        site = world.jira.state
        named = {site.fields[name].name: value for name, value in site.issue("SUP-1").values.items()}
        assert named["ARR at risk"] == 5

    def test_an_edit_of_a_person_is_told(self, world: World) -> None:
        """The count of notifications counts: what a person edits in Jira tells those who watch."""
        _ = world.settle()
        world.jira.mails.clear()
        _ = world.jira.person("set_fields", issue="SUP-1", fields={"Summary": "Edited"})
        assert mailed(world)["jira"] > 0

    def test_the_next_run_writes_nothing(self, world: World) -> None:
        """What was written without a look is recognised when the feeds show it."""
        _ = change(world, Tier__c="business", ARR__c=70)
        world.tick(1000)
        run = world.sync()
        assert summary(run, "refreshed") == 0
        assert not summary(run, "written")["zendesk"], run.summary
        assert not summary(run, "written")["salesforce"], run.summary
