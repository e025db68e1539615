"""Corners of the third side and of accounts in which a promise was broken once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.tying import link_contact, unlink
from hub.account import AccountPage
from hub.model import SALESFORCE, TicketId
from hub.replica import Cursor
from sandbox.faults import Fate, Fault
from tests.properties.sides import Jira, Salesforce, Zendesk
from tests.scenarios.test_failing import limited
from tests.world import World, summary

ONE = TicketId("zendesk:1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, crm=True)
    yield made
    made.close()


def globex(world: World, **fields: Any) -> str:
    return Salesforce(world).create("Account", Name="Globex", Domains__c="globex.example", **fields)


def customer(world: World, email: str) -> str:
    from sandbox.zendesk.people import new_end_user  # noqa: PLC0415

    _ = new_end_user(world.zendesk.state, email.partition("@")[0], email)
    return email


def test_keeps_secrets_when_an_engineer_takes_a_mark_back(world: World) -> None:
    """What was marked for the customer and is not any more is not shown to them on the Case either."""
    agents, engineers, reps = Zendesk(world), Jira(world), Salesforce(world)
    _ = agents.create("case")
    _ = world.settle()
    said = engineers.say("SUP-1", "The disk is full", customer=True)
    _ = world.settle()
    [case] = reps.cases()
    assert len(reps.texts(case, public=True)) == 1
    world.jira.person("edit_comment", issue="SUP-1", comment=said, body="The disk is full")
    _ = world.settle()
    assert reps.texts(case, public=True) == []
    assert len(reps.texts(case, public=False)) == 1


def test_what_a_rep_hid_stays_hidden_when_its_text_changes(world: World) -> None:
    """A correction of the text is no reason to show a copy to customers again."""
    agents, engineers, reps = Zendesk(world), Jira(world), Salesforce(world)
    _ = agents.create("case")
    _ = world.settle()
    said = engineers.say("SUP-1", "It is teh disk", customer=True)
    _ = world.settle()
    [copy] = [r["Id"] for r in world.salesforce.state.rows["CaseComment"].values()]
    world.salesforce.person("edit_comment", comment=copy, public=False)
    _ = world.settle()
    world.jira.person("edit_comment", issue="SUP-1", comment=said, body="#customer\nIt is the disk")
    _ = world.settle()
    [case] = reps.cases()
    assert reps.texts(case, public=True) == []
    assert "It is the disk" in reps.texts(case)[0]


def test_loses_no_edit_of_the_account_before_it_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rep makes an account and chooses it after the hub read accounts, and before it reads Cases."""
    agents, reps = Zendesk(world), Salesforce(world)
    _ = globex(world)
    number = agents.create("case", requester=customer(world, "x@globex.example"))
    _ = world.settle()
    [case] = reps.cases()
    connector: Any = world.assembly.connectors[SALESFORCE]
    before = connector.account_changes
    made: list[str] = []

    def meanwhile(cursor: Cursor | None) -> Iterator[AccountPage]:
        yield from before(cursor)
        if not made:
            made.append(reps.create("Account", Name="Newco", Tier__c="enterprise"))
            assert reps.set(case, AccountId=made[0])

    monkeypatch.setattr(connector, "account_changes", meanwhile)
    _ = world.sync()
    assert reps.see(case)["AccountId"] == made[0]
    _ = world.settle()
    assert reps.see(case)["AccountId"] == made[0]
    assert agents.see(number)["fields"]["Account"] == "Newco (enterprise)"
    assert reps.see(made[0])["Open_Tickets__c"] == 1


def test_a_tie_of_a_person_changes_no_requester_and_can_be_ended(world: World) -> None:
    """Whom a person ties to a contact with another address is still who wrote the ticket."""
    agents, reps = Zendesk(world), Salesforce(world)
    account = globex(world)
    contact = reps.create("Contact", LastName="Ann", Email="ann@globex.example", AccountId=account)
    _ = agents.create("case", requester=customer(world, "ann.private@gmail.com"))
    _ = world.settle()
    [case] = reps.cases()
    _ = link_contact(world.store, "ann.private@gmail.com", contact, by="me", at=world.iso())
    _ = world.settle()
    assert (reps.see(case)["AccountId"], reps.see(case)["ContactId"]) == (account, contact)
    assert world.store.load([ONE])[ONE].ticket.get("requester") == "ann.private@gmail.com"
    _ = unlink(world.store, "ann.private@gmail.com")
    _ = world.settle()
    assert (reps.see(case)["AccountId"], reps.see(case)["ContactId"]) == (None, None)


def test_invents_nothing_of_a_long_word_on_the_customer(world: World) -> None:
    """What an organization says at length is shown as it stands, not as the shadow abbreviates it."""
    segment = "mid-market " * 40
    from sandbox.zendesk.organizations import create  # noqa: PLC0415
    from sandbox.zendesk.people import new_end_user  # noqa: PLC0415

    state = world.zendesk.state
    create(
        state, {"name": "Acme", "domain_names": ["acme.example"], "organization_fields": {"segment": segment}}
    )
    _ = new_end_user(state, "someone", "someone@acme.example")
    agents = Zendesk(world)
    number = agents.create("case", requester="someone@acme.example")
    _ = world.settle()
    assert agents.set(number, subject="another")
    _ = world.settle()
    shown = world.store.load([ONE])[ONE].ticket.get("account.segment")
    assert str(shown).strip() == segment.strip()


def test_tells_the_truth_where_nobody_may_hand_over(tmp_path: Path) -> None:
    """A ticket that no policy lets into Jira does not wait for what Jira would need."""
    world = limited(tmp_path, "zendesk: [jira, salesforce]", "zendesk: []", crm=True)
    try:
        agents = Zendesk(world)
        number = agents.create("case", **{"Severity": None, "Affected users": None})
        _ = world.settle()
        assert agents.see(number)["fields"].get("Hand-off") in (None, "")
    finally:
        world.close()


def test_isolates_what_was_refused_where_nothing_is_any_more(world: World) -> None:
    """Writes to a ticket that was deleted meanwhile do not stay parked; restored, it gets them."""
    agents, reps = Zendesk(world), Salesforce(world)
    number = agents.create("case")
    _ = world.settle()
    [case] = reps.cases()
    world.zendesk.settings["export_delay"] = 60
    world.pause = 70.0
    assert reps.set(case, Subject="new")
    gone: list[int] = []

    def delete(_: object) -> None:
        if not gone:
            gone.append(number)
            world.zendesk.person("delete", ticket=number)

    world.sandbox.faults["zendesk"].follow([Fault(Fate.OK, before=delete)], writes=True)
    assert world.sync().state == "attention"
    world.sandbox.faults["zendesk"].clear()
    for _ in range(3):
        _ = world.sync()
    assert world.store.parked() == []
    world.zendesk.person("restore", ticket=number)
    for _ in range(3):
        _ = world.sync()
    assert agents.see(number)["subject"] == "new"


def test_what_one_run_may_write_does_not_stop_the_next(tmp_path: Path) -> None:
    """An account's change goes to every side of its tickets; what comes back of it is no flood."""
    world = limited(tmp_path, "touch: 20000", "touch: 8", crm=True)
    try:
        agents, reps = Zendesk(world), Salesforce(world)
        account = globex(world, Tier__c="business")
        for n in range(6):
            _ = agents.create(f"case {n}", requester=customer(world, f"u{n}@globex.example"))
        for _ in range(4):
            assert world.sync(approved=True).state == "clean"
        assert reps.set(account, Tier__c="enterprise")
        done = world.sync()
        assert summary(done, "written")["zendesk"] == 6
        assert world.sync().state == "clean"
    finally:
        world.close()


def test_keeps_secrets_of_a_file_whose_comment_is_made_private(world: World) -> None:
    """What hangs on a comment that customers may not read any more is not theirs to open on the Case."""
    agents = Zendesk(world)
    number = agents.create("case")
    _ = world.settle()
    world.zendesk.person("attach", ticket=number, name="log.txt", data=b"lines", body="The log", public=True)
    _ = world.settle()
    said = next(c["id"] for c in agents.see(number)["comments"] if c["body"] == "The log")
    world.zendesk.person("make_private", comment=said)
    _ = world.settle()
    [case] = Salesforce(world).cases()
    links = world.salesforce.state.rows["ContentDocumentLink"].values()
    assert [link["Visibility"] for link in links if link["LinkedEntityId"] == case] == ["InternalUsers"]


def test_tells_the_truth_of_an_account_field_that_is_refused(world: World) -> None:
    """What an account does not show for want of a right is shown by the reconcile after it is given."""
    agents, reps = Zendesk(world), Salesforce(world)
    account = globex(world)
    number = agents.create("case", requester=customer(world, "x@globex.example"))
    _ = world.settle()
    who = {"user": "hub@sales.example", "object": "Account", "field": "Support_Summary__c"}
    world.salesforce.person("permit", access="read", **who)
    assert agents.set(number, subject="another name")
    assert world.sync().state == "attention"
    _ = world.settle()
    world.salesforce.person("permit", access="edit", **who)
    assert world.sync("reconcile").state == "clean"
    assert "another name" in reps.see(account)["Support_Summary__c"]
