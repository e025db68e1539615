"""How conflicts end, and what is told of it: pure, on clusters made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.cluster import Cluster, Policy, Traits
from hub.desk.rules import ConflictRules
from hub.model import EMAIL, HUB, JIRA, ZENDESK, System, Value
from hub.operations import AddComment
from hub.records import Conflict, Decision
from hub.replica import Mark
from tests.unit.hub.clusters import (
    ISSUE,
    ONE,
    POLICY,
    TICKET,
    TRAITS,
    decide,
    decision,
    edited,
    held_with,
    settled,
)
from tests.unit.hub.test_plan_comments import remark, said


@pytest.fixture(scope="module")
def calm() -> Cluster:
    return settled()


def open_on(cluster: Cluster, register: str = "priority", number: int = 1, **changes: Any) -> Cluster:
    """The cluster with one more open conflict that was found and told before."""
    dropped: dict[System, Value] = {JIRA: "low", HUB: "high"}
    given = {"dropped": dropped, "kept_from": ZENDESK, "note": "hub:conflict:n", **changes}
    found = Conflict(ONE, register, "normal", id=number, at="2026-01-01T00:00:00Z", **given)
    return held_with(cluster, conflicts=(*cluster.held[ONE].conflicts, found))


def told(cluster: Cluster, note: str = "hub:conflict:n") -> Cluster:
    """The cluster after both sides were told of what is open."""
    links = tuple(
        replace(k, shadow=replace(k.shadow, comments={**k.shadow.comments, note: Mark("77", "d", "s")}))
        for k in cluster.held[ONE].links
    )  # fmt: skip
    return held_with(cluster, links=links)


def notes(cluster: Cluster, policy: Policy = POLICY) -> list[AddComment]:
    found = [o for o in decide(cluster, policy).operations if isinstance(o, AddComment)]
    return [o for o in found if o.key.startswith("hub:conflict:")]


def ended(cluster: Cluster, policy: Policy = POLICY) -> Decision:
    return decision(decide(cluster, policy))


@pytest.mark.parametrize(
    ("word", "value", "how"),
    [("use jira", "low", JIRA), ("use before", "high", HUB), ("keep", "normal", "kept"), ("use zendesk", "normal", "kept")],
)  # fmt: skip
def test_a_choice_puts_its_value_in_place_and_ends_the_conflict(
    calm: Cluster, word: str, value: str, how: str
) -> None:
    made = ended(said(open_on(calm), ISSUE, remark(1, f"/conflict {word}")))
    assert made.ticket.get("priority") == value
    [one] = made.settled
    assert (one.id, one.resolved, one.by) == (1, how, "Ada Park in Jira")


def test_one_word_settles_a_field_however_often_it_was_disputed(calm: Cluster) -> None:
    """The newest conflict says what its sides had; the older ones are overtaken by the same word."""
    twice = open_on(open_on(calm), number=2, dropped={JIRA: "urgent"})
    made = ended(said(twice, ISSUE, remark(1, "/conflict use jira")))
    assert made.ticket.get("priority") == "urgent"
    assert {(c.id, c.resolved) for c in made.settled} == {(2, JIRA), (1, "overtaken")}


def test_a_word_for_a_side_that_had_nothing_is_answered_and_changes_nothing(calm: Cluster) -> None:
    cluster = said(told(open_on(calm)), ISSUE, remark(1, "/conflict use salesforce"))
    assert ended(cluster).settled == ()
    [answer] = notes(cluster)
    assert answer.system == JIRA and "No conflict to settle" in answer.body


def test_what_is_said_before_a_conflict_is_not_about_it(calm: Cluster) -> None:
    """An old command on an issue that a ticket is linked to later decides nothing."""
    later = open_on(calm, times={ZENDESK: "2026-02-01T00:00:00Z"})
    assert ended(said(later, ISSUE, remark(1, "/conflict use jira"))).settled == ()


def test_a_value_that_the_hub_computes_is_nobodys_to_choose(calm: Cluster) -> None:
    computed = open_on(calm, "tickets.count", kept_from=HUB, dropped={JIRA: 42})
    made = ended(said(computed, ISSUE, remark(1, "/conflict use jira")))
    assert made.settled == ()
    assert made.ticket.get("tickets.count") != 42
    [one] = ended(said(computed, ISSUE, remark(1, "/conflict keep"))).settled
    assert one.resolved == "kept"


def test_whoever_sets_the_field_overtakes_it(calm: Cluster) -> None:
    made = ended(edited(open_on(calm), TICKET, priority="urgent"))
    [one] = made.settled
    assert (one.resolved, one.by, made.ticket.get("priority")) == ("overtaken", "somebody in Zendesk", "urgent")


def test_what_ends_together_is_answered_once(calm: Cluster) -> None:
    """doubles_nothing: a field that two notes told of ends with one answer, and one line in it."""
    twice = open_on(told(open_on(calm)), number=2, note="hub:conflict:later")
    answers = notes(edited(told(twice, "hub:conflict:later"), TICKET, priority="urgent"))
    assert sorted(answer.system for answer in answers) == [JIRA, ZENDESK]
    assert {answer.body.count("overtaken") for answer in answers} == {1}


def test_who_has_not_seen_the_newest_value_overtakes_nothing(calm: Cluster) -> None:
    """loses_no_edit: two edits unseen by each other are one more conflict, and the old one stays."""
    both = edited(edited(open_on(calm), TICKET, priority="urgent"), ISSUE, priority="high")
    made = ended(both)
    assert made.settled == ()
    assert [c.register for c in made.conflicts] == ["priority"]


def test_both_sides_are_told_once_with_one_note_for_all(calm: Cluster) -> None:
    both = edited(calm, TICKET, priority="urgent", subject="A")
    both = edited(both, ISSUE, priority="high", subject="B")
    made = notes(both)
    assert [n.system for n in made] == [JIRA, ZENDESK]
    assert len({n.key for n in made}) == 1
    assert all("in 2 fields" in n.body and not n.public for n in made)


@pytest.mark.parametrize("changes", [{"conflicts": ConflictRules(tell="none")}, {"quiet": True}])
def test_where_nobody_is_to_be_told_nobody_is(calm: Cluster, changes: dict[str, Any]) -> None:
    both = edited(edited(calm, TICKET, priority="urgent"), ISSUE, priority="high")
    policy = replace(POLICY, **changes)
    assert notes(both, policy) == []
    [found] = decision(decide(both, policy)).conflicts
    assert found.note == ""


def test_customers_are_never_told(calm: Cluster) -> None:
    """keeps_secrets, whatever the mapping of their side says."""
    both = edited(edited(calm, TICKET, priority="urgent"), ISSUE, priority="high")
    traits = {**TRAITS, JIRA: Traits(edits_comments=True, workflow=True, customers=True)}
    assert [n.system for n in notes(both, replace(POLICY, traits=traits))] == [ZENDESK]
    assert EMAIL not in traits


def test_a_closed_ticket_hears_nothing(calm: Cluster) -> None:
    cluster = open_on(calm)
    closed = cluster.held[ONE].ticket
    closed = replace(closed, registers={**closed.registers, "status": "closed"})
    assert [n.system for n in notes(held_with(cluster, ticket=closed)) if n.system == ZENDESK] == []


def test_how_it_ended_is_told_where_it_was_told_and_then_no_more(calm: Cluster) -> None:
    """Also by a plan that comes after a death: what is due is remembered with the conflict."""
    over = {"resolved": "kept", "by": "Ann", "answer": "hub:conflict:n#a", "due": True}
    due = told(open_on(calm, **over))
    assert [n.key for n in notes(due)] == ["hub:conflict:n#a"] * 2
    links = tuple(
        replace(k, shadow=replace(k.shadow, comments={**k.shadow.comments, "hub:conflict:n#a": Mark("78", "d", "s")}))
        for k in due.held[ONE].links
    )  # fmt: skip
    answered = held_with(due, links=links, dirty=True)
    assert notes(answered) == []
    [one] = ended(answered).settled
    assert not one.due


def test_a_long_value_is_cut_in_a_note_and_kept_in_the_record(calm: Cluster) -> None:
    long = "word " * 100
    both = edited(edited(calm, TICKET, subject="short"), ISSUE, subject=long.strip())
    [first, *_] = notes(both)
    assert "…" in first.body and len(first.body) < 1_000
    [found] = ended(both).conflicts
    assert len(str(found.dropped[JIRA])) > 200


def test_markup_in_a_value_stays_text(calm: Cluster) -> None:
    both = edited(edited(calm, TICKET, subject="short"), ISSUE, subject="[x](http://evil) `/conflict keep`")
    assert all("\\[x](http://evil) \\`/conflict keep\\`" in n.body for n in notes(both))
