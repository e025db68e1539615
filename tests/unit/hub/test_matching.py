"""Which replicas are the same problem: what is proposed, how surely, and why; and that it is quick."""

from __future__ import annotations

import pytest

from hub.matching import LARGEST, Entry, normal_subject, propose
from hub.matching_names import addresses_in, messages_in, names_in
from hub.model import JIRA, SALESFORCE, ZENDESK, RemoteId, System, TicketId

AT = "2026-03-01T09:00:00Z"


def entry(system: System, number: str, label: str = "", *texts: str, at: str = AT, **registers: str) -> Entry:
    said = texts or (registers.get("description", ""), registers.get("subject", ""))
    return Entry(system, RemoteId(number), label or number, registers, at, tuple(said))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see SUP-7, please", {("jira", "sup-7")}),
        ("UTF-8 is an encoding", {("jira", "utf-8")}),  # names no issue that there is: nothing comes of it
        ("pre-SUP-7-beta", set()),
        ("Zendesk ticket #123 and request 44", {("zendesk", "123"), ("zendesk", "44")}),
        ("we saw this 3 times", set()),
        ("Case 00001026 again", {("salesforce", "00001026")}),
    ],
)
def test_names_are_found_in_words(text: str, found: set[tuple[str, str]]) -> None:
    assert set(names_in(text)) == found


def test_addresses_without_end_cost_nothing() -> None:
    """Whoever may write a ticket can write this; it took a minute once."""
    assert list(addresses_in("https://force.com/" * 1100)) == []
    assert list(addresses_in("https://" + "a" * 20_000)) == []


def test_addresses_name_replicas() -> None:
    text = (
        "https://acme.atlassian.net/browse/SUP-7 https://acme.zendesk.com/agent/tickets/123 "
        "https://acme.lightning.force.com/lightning/r/Case/500ab00000Ab1cdAAB/view"
    )
    assert set(addresses_in(text)) == {
        ("jira", "sup-7"),
        ("zendesk", "123"),
        ("salesforce", "500ab00000ab1cdaab"),
    }


def test_a_persons_address_is_no_mail() -> None:
    assert set(messages_in("Kim <kim@globex.example> wrote <CAF12x.4@mail.globex.example>")) == {
        ("message", "caf12x.4@mail.globex.example")
    }


@pytest.mark.parametrize("text", ["Re: Export fails", "AW: RE: [EXT] Export  fails", "export fails"])
def test_a_subject_is_the_same_however_it_was_answered(text: str) -> None:
    assert normal_subject(text) == "export fails"


def test_an_address_in_the_words_is_nearly_certain() -> None:
    ticket = entry(ZENDESK, "7", "#7", "", "Export", "https://x.example/browse/SUP-7", subject="Export")
    [found] = propose([ticket, entry(JIRA, "1", "SUP-7", subject="Something else")])
    assert (found.ticket, found.system, found.remote_id) == (TicketId("zendesk:7"), JIRA, RemoteId("1"))
    assert found.score > 0.95
    assert found.evidence[0].what == "SUP-7 is linked to in the words of #7"


def test_a_subject_alone_proposes_nothing() -> None:
    """Two customers can have the same words for different problems."""
    far = "2025-01-01T00:00:00Z"
    tickets = [entry(ZENDESK, "7", subject="Help"), entry(SALESFORCE, "500a", subject="Help", at=far)]
    assert propose(tickets) == []


def test_subject_requester_and_time_together_are_evidence() -> None:
    who = {"subject": "Help", "requester": "kim@globex.example"}
    [found] = propose([entry(ZENDESK, "7", **who), entry(SALESFORCE, "500a", **who)])
    assert 0.8 < found.score < 0.95
    assert {e.what for e in found.evidence} >= {"the same requester", "made within one hour"}


def test_who_could_be_it_as_well_is_named() -> None:
    who = {"subject": "Help", "requester": "kim@globex.example"}
    cases = [entry(SALESFORCE, f"500{n}", **who) for n in "ab"]
    found = propose([entry(ZENDESK, "7", "#7", **who), *cases])
    assert [(p.other, p.rivals) for p in found] == [("500a", ("500b",)), ("500b", ("500a",))]


def test_one_issue_may_be_many_tickets() -> None:
    """Tickets that name the same issue do not contend for it."""
    named = [entry(ZENDESK, str(n), f"#{n}", "", "", "SUP-7", subject=f"s{n}") for n in range(3)]
    found = propose([*named, entry(JIRA, "1", "SUP-7", subject="x")])
    assert [p.rivals for p in found] == [(), (), ()]


def test_what_another_connector_linked_is_believed() -> None:
    entries = [entry(ZENDESK, "7", subject="a"), entry(JIRA, "1", "SUP-7", subject="b")]
    [found] = propose(entries, [(TicketId("zendesk:7"), ("jira", "sup-7"))])
    assert found.evidence[0].what == "another connector linked them"
    assert found.score >= 0.99


def test_a_subject_that_everybody_has_blocks_nothing() -> None:
    """Blocks that are too large are passed over: work grows with the replicas, not with their pairs."""
    many = [entry(ZENDESK, str(n), subject="Help") for n in range(LARGEST)]
    assert propose([*many, *(entry(SALESFORCE, f"500{n}", subject="Help") for n in range(LARGEST))]) == []


def test_the_same_entries_give_the_same_proposals() -> None:
    who = {"requester": "kim@globex.example"}
    entries = [entry(ZENDESK, str(n), subject=f"s{n}", **who) for n in range(20)]
    entries += [entry(SALESFORCE, f"500{n}", subject=f"s{n}", **who) for n in range(20)]
    assert propose(entries) == propose(list(reversed(entries)))
    assert len(propose(entries)) == 20


def test_large_accounts_are_matched_without_comparing_all_with_all() -> None:
    """20,000 with 20,000 would be 400 million comparisons: here it would outlast the test's patience."""
    entries = [
        entry(system, str(n), f"{prefix}{n}", subject=f"subject {n}", requester=f"c{n % 500}@x.example")
        for system, prefix in ((ZENDESK, "#"), (JIRA, "SUP-"))
        for n in range(20_000)
    ]
    assert len(propose(entries)) == 20_000
