"""`hub match` by its commands: a report that changes nothing, decisions that are kept, and what cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flows.cli import app
from flows.matching import as_plain, find_matches, offers
from flows.matching_choices import accept, chosen, reject, undo
from hub.errors import Misconfigured
from sandbox.zendesk.people import new_end_user
from tests.flows.conftest import Office
from tests.world import World, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, crm=True)
    yield made
    made.close()


def both(world: World, subject: str = "Export fails", cases: int = 1) -> list[str]:
    """A ticket, and Cases that look like it."""
    if world.zendesk.state.user_by_email("ann@globex.example") is None:
        _ = new_end_user(world.zendesk.state, "Ann", "ann@globex.example")
    do = world.salesforce.person
    account = do("create", object="Account", Name="Globex", Domains__c="globex.example")["id"]
    ann = do("create", object="Contact", LastName="Ann", Email="ann@globex.example", AccountId=account)["id"]
    world.zendesk.person("create", subject=subject, body="It broke", requester="ann@globex.example", priority="low")
    fields = {"Subject": subject, "AccountId": account, "ContactId": ann, "Priority": "High"}
    return [do("create", object="Case", **fields)["number"] for _ in range(cases)]


def test_the_report_changes_nothing(world: World) -> None:
    """No side is written to, no cursor moves, no ticket is held."""
    _ = both(world)
    [offer] = find_matches(world.assembly)
    assert offer.state == "proposed"
    assert world.store.cursors() == {}
    assert world.store.ticket_count() == 0
    assert sum(world.store.inbox_size().values()) == 0
    assert len(world.zendesk.state.tickets) == 1


def test_the_report_tells_what_differs_and_which_would_stand(world: World) -> None:
    _ = both(world)
    [one] = as_plain(find_matches(world.assembly))
    [priority] = [d for d in one["differences"] if d["register"] == "priority"]
    assert (priority["one"], priority["other"], priority["stands"]) == ("low", "high", "zendesk")
    assert msgspec.json.encode(one)


def test_loses_no_edit_by_a_match(world: World) -> None:
    """The value that gives way stands in a conflict, and can be put back."""
    _ = both(world)
    [offer] = find_matches(world.assembly)
    _ = accept(world.assembly, [offer])
    _ = world.settle()
    [conflict] = [c for c in world.store.conflicts() if c.register == "priority"]
    assert (conflict.kept, dict(conflict.dropped)) == ("low", {"salesforce": "high"})


def test_doubles_nothing_where_the_accepted_run_dies(world: World) -> None:
    """What was accepted is kept before anything is asked: a new process links the same two."""
    _ = both(world)
    _ = accept(world.assembly, find_matches(world.assembly))
    world.sandbox.faults["salesforce"].follow(["lost", "fail"], writes=True)
    _ = world.sync()
    world.sandbox.faults["salesforce"].clear()
    world.reborn()
    _ = world.settle()
    cases = [r for r in world.salesforce.state.rows["Case"].values() if not r.get("IsDeleted")]
    assert len(cases) == len(world.zendesk.state.tickets) == world.store.ticket_count() == 1
    assert writes(world.sync()) == 0


def test_a_decision_outlives_another_reading(world: World) -> None:
    _ = both(world)
    _ = reject(world.assembly, find_matches(world.assembly))
    assert [o.state for o in find_matches(world.assembly)] == ["rejected"]
    assert chosen(world.store, (), 0.5) == []


def test_all_leaves_what_could_be_another_to_a_person(world: World) -> None:
    numbers = both(world, cases=2)
    found = find_matches(world.assembly)
    assert {o.proposal.other for o in found} == set(numbers)
    assert chosen(world.store, (), 0.5) == []
    _ = accept(world.assembly, found[:1])
    with pytest.raises(Misconfigured, match="undo that first"):
        _ = accept(world.assembly, found[1:])


def test_what_got_a_copy_of_its_own_since_is_refused_and_left_out_of_all(world: World) -> None:
    """Whoever accepts after a run came between gives no ticket a second Case."""
    _ = both(world)
    [offer] = find_matches(world.assembly)
    _ = world.settle()
    before = world.store.load(["zendesk:1"])["zendesk:1"].links
    with pytest.raises(Misconfigured, match="linked to another one since"):
        _ = accept(world.assembly, [offer])
    assert chosen(world.store, (), 0.5) == []
    _ = world.settle()
    assert world.store.load(["zendesk:1"])["zendesk:1"].links == before


def test_a_part_of_three_is_taken_back_and_the_others_stay(world: World) -> None:
    """Ticket, Case and issue are one; without the Case, the issue is still the ticket's."""
    _ = both(world)
    _ = world.jira.person("create", project="SUP", summary="Export fails", description="Case 00001001, ticket #1")
    _ = accept(world.assembly, find_matches(world.assembly))
    _ = world.settle()
    assert {(k.system, k.state) for k in world.store.load(["zendesk:1"])["zendesk:1"].links} == {
        ("zendesk", "live"), ("jira", "live"), ("salesforce", "live"),
    }  # fmt: skip
    [pair] = [o for o in offers(world.store) if o.proposal.system == "salesforce"]
    _ = undo(world.assembly, pair)
    _ = world.settle()
    ended = {(k.system, k.label): k.state for k in world.store.load(["zendesk:1"])["zendesk:1"].links}
    assert (ended["jira", "SUP-1"], ended["salesforce", "00001001"]) == ("live", "unlinked")


def test_what_is_linked_already_is_not_proposed(world: World) -> None:
    """The hub's own copies were never in doubt."""
    _ = new_end_user(world.zendesk.state, "Ann", "ann@globex.example")
    world.zendesk.person("create", subject="Export fails", body="It broke", requester="ann@globex.example")
    _ = world.settle()
    assert find_matches(world.assembly) == []


def test_a_match_is_taken_back_before_and_after_it_was_linked(world: World) -> None:
    _ = both(world)
    [offer] = find_matches(world.assembly)
    _ = accept(world.assembly, [offer])
    assert undo(world.assembly, offer) == ""
    _ = accept(world.assembly, [offer])
    _ = world.settle()
    assert world.store.ticket_count() == 1
    _ = undo(world.assembly, offers(world.store)[0])
    held = world.store.load(world.store.ticket_ids(10))
    assert all(k.system != "salesforce" or k.state != "live" for h in held.values() for k in h.links)


def test_an_unknown_proposal_is_told(world: World) -> None:
    with pytest.raises(Misconfigured, match="hub match list"):
        _ = chosen(world.store, ["nothing"], None)


def test_what_another_connector_linked_is_proposed(world: World) -> None:
    """Zendesk's own app for Jira keeps a list; the hub reads it, and believes it nearly."""
    world.jira.person("create", project="SUP", summary="Outage")
    world.zendesk.person("create", subject="It is slow", body="It is slow")
    issue = world.jira.state.issue("SUP-1")
    link: dict[str, Any] = {"id": 1, "ticket_id": "1", "issue_id": str(issue.id), "issue_key": "SUP-1"}
    world.zendesk.state.jira_links[1] = link
    [offer] = find_matches(world.assembly)
    assert offer.proposal.other == "SUP-1"
    assert offer.proposal.evidence[0].what == "another connector linked them"


def test_the_commands_say_what_they_did(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Proposed, listed, accepted, linked by the next run, and taken back: by commands alone."""
    office.engineer("create", project="SUP", summary="Export fails", description="see #1: agent/tickets/1")
    office.agent("create", subject="Export fails", body="As in SUP-1")

    def hub(*words: str) -> str:
        with suppress(SystemExit):
            app([*words, "--config", str(office.config)], standalone_mode=False)
        return capsys.readouterr().out

    [one] = json.loads(hub("match", "--json"))
    assert (one["label"], one["other"]) == ("#1", "SUP-1")
    assert "SUP-1" in hub("match", "list")
    assert "1 pair accepted" in hub("match", "accept", one["id"])
    _ = hub("sync")
    assert office.agent("show", ticket=1)["fields"]["Jira issue"] == "SUP-1"
    assert "not taken for one any more" in hub("match", "undo", one["id"])
    assert office.agent("show", ticket=1)["fields"]["Jira issue"] is None
