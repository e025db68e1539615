"""What `plan` makes of edits: pure, on clusters made by hand."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.cluster import Cluster, Look, Plan
from hub.fingerprint import fingerprint
from hub.model import HUB, JIRA, ZENDESK, System
from hub.operations import UpdateReplica
from hub.records import Parked
from tests.unit.hub.clusters import (
    ISSUE,
    ONE,
    TICKET,
    decide,
    decision,
    edited,
    field,
    held_with,
    kinds,
    played,
    settled,
)


@pytest.fixture(scope="module")
def calm() -> Cluster:
    return settled()


def writes(made: Plan, system: System) -> list[UpdateReplica]:
    """What the plan asks of a system's fields."""
    return [o for o in made.operations if isinstance(o, UpdateReplica) and o.system == system]


def test_nothing_changed_nothing_asked(calm: Cluster) -> None:
    """The plan of its own outcome is empty."""
    made = decide(calm)
    assert list(made.operations) == []
    assert not made.looks
    assert decision(made).links == tuple(sorted(calm.held[ONE].links, key=lambda k: (k.system, k.remote_id)))


def test_same_arguments_same_plan(calm: Cluster) -> None:
    """No clock, no dice: planning twice says the same."""
    changed = edited(edited(calm, TICKET, subject="A"), ISSUE, priority="urgent")
    assert decide(changed) == decide(changed)


def test_an_edit_changes_only_its_field_on_the_other_side(calm: Cluster) -> None:
    """An edit asks the other side for that field (and what is derived of it), and conflicts with nobody."""
    made = decide(edited(calm, TICKET, subject="Crash on save"))
    [write] = writes(made, JIRA)
    assert write.changes == {"summary": "Crash on save"}
    assert write.before == {"summary": "Crash"}
    assert decision(made).conflicts == ()


def test_an_unconditional_write_needs_a_look_first(calm: Cluster) -> None:
    """A side without versions is looked at just before; one with versions is told which we saw."""
    stale = replace(edited(calm, TICKET, subject="Crash on save"), fresh=frozenset())
    made = decide(stale)
    assert Look(JIRA, ISSUE.remote_id, whole=False) in made.looks
    assert writes(made, JIRA) == []
    back = decide(replace(edited(calm, ISSUE, subject="Crash!"), fresh=frozenset()))
    [write] = writes(back, ZENDESK)
    assert write.expect == "v1"


def test_two_unseen_edits_are_a_conflict_with_both_values(calm: Cluster) -> None:
    """The preferred side stands, the other value is kept; the asked field is the loser's only."""
    made = decide(edited(edited(calm, TICKET, subject="ours"), ISSUE, subject="theirs"))
    [conflict] = decision(made).conflicts
    assert (conflict.kept, dict(conflict.dropped)) == ("ours", {JIRA: "theirs"})
    assert not [o for o in made.operations if o.system == ZENDESK and "subject" in getattr(o, "changes", {})]


def test_who_was_not_shown_what_the_hub_holds_does_not_overwrite_it_unnoticed(calm: Cluster) -> None:
    """Each side is merged against what that side was shown, not against what the hub holds by now."""
    ticket = calm.held[ONE].ticket
    ahead = held_with(calm, ticket=replace(ticket, registers={**ticket.registers, "subject": "unshown"}))
    [conflict] = decision(decide(edited(ahead, ISSUE, subject="mine"))).conflicts
    assert (conflict.kept, dict(conflict.dropped)) == ("mine", {HUB: "unshown"})


def test_equal_edits_are_agreement(calm: Cluster) -> None:
    made = decide(edited(edited(calm, TICKET, subject="same"), ISSUE, subject="same"))
    assert decision(made).conflicts == ()
    assert not [o for o in made.operations if "summary" in getattr(o, "changes", {})]


def test_what_is_parked_is_an_input_of_the_plan(calm: Cluster) -> None:
    """A refused value is not asked again; another value is; and so is the same at a person's word."""
    changed = edited(calm, TICKET, subject="refused")
    [write] = writes(decide(changed), JIRA)
    parked = Parked(
        ONE, JIRA, ISSUE.remote_id, "field:summary", str(fingerprint("refused")), "no", "invalid", write
    )
    still = decide(held_with(changed, parked=(parked,)))
    assert writes(still, JIRA) == []
    other = decide(held_with(edited(calm, TICKET, subject="another"), parked=(parked,)))
    assert writes(other, JIRA)
    again = decide(held_with(changed, parked=(replace(parked, state="retry"),)))
    assert writes(again, JIRA)


def test_a_shadow_moves_no_further_than_what_was_written(calm: Cluster) -> None:
    """What a person set meanwhile, beside the field that we wrote, is still an edit afterwards."""
    changed = edited(calm, TICKET, subject="new")
    after = played(changed)
    meanwhile = edited(after, ISSUE, priority="urgent")
    made = decide(meanwhile)
    [write] = writes(made, ZENDESK)
    assert write.changes["priority"] == "urgent"


def test_typing_into_what_the_hub_computes_is_kept_in_a_conflict(calm: Cluster) -> None:
    made = decide(edited(calm, ISSUE, tickets__count=42))
    [conflict] = decision(made).conflicts
    assert (conflict.kept, dict(conflict.dropped), conflict.kept_from) == (1, {JIRA: 42}, HUB)
    [write] = writes(made, JIRA)
    assert write.changes == {field(JIRA, "tickets.count"): 1}


def test_a_closed_ticket_is_asked_as_such(calm: Cluster) -> None:
    """The connector is told that only ways open to closed tickets may work."""
    closed = played(edited(calm, TICKET, status="closed"))
    made = decide(edited(closed, ISSUE, priority="urgent"))
    [write] = writes(made, ZENDESK)
    assert write.closed
    assert kinds(made.operations).count("AddComment") == 0
