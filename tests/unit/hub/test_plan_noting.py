"""What the hub remembers of an answer, and what the next plan makes of it: pure."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.cluster import Cluster
from hub.model import JIRA
from hub.note import Circle, Consequence, consequence
from hub.operations import Done, Outcome, Refused, Retryable, Stale, UpdateReplica
from hub.replica import Link
from tests.unit.hub.clusters import ISSUE, NOW, ONE, POLICY, TICKET, decide, decision, edited, field, settled


@pytest.fixture(scope="module")
def calm() -> Cluster:
    return settled()


def asked(calm: Cluster) -> tuple[Cluster, UpdateReplica]:
    """An agent set the subject: the hub decided, and asks Jira for it."""
    changed = edited(calm, TICKET, subject="typed")
    made = decide(changed)
    [write] = [o for o in made.operations if isinstance(o, UpdateReplica) and o.system == JIRA]
    held = replace(changed.held[ONE], ticket=decision(made).ticket, links=decision(made).links)
    return replace(changed, held={ONE: held}), write


def answered(cluster: Cluster, write: UpdateReplica, outcome: Outcome) -> Consequence:
    held = cluster.held[ONE]
    links = {ONE: _issue_link(held.links)}
    return consequence(write, outcome, Circle({ONE: held.ticket}, links), POLICY, NOW)


def _issue_link(links: tuple[Link, ...]) -> Link:
    return next(k for k in links if k.system == JIRA)


def after(cluster: Cluster, result: Consequence, **raw: Any) -> Cluster:
    """The next run's cluster, where the issue shows these fields now."""
    held = cluster.held[ONE]
    links = tuple(k for k in held.links if k.system != JIRA) + result.links
    seen = cluster.seen[ISSUE]
    shown = replace(seen, raw={**(seen.raw or {}), **raw})
    held = replace(held, links=links, parked=result.parked)
    return replace(cluster, held={ONE: held}, seen={**cluster.seen, ISSUE: shown})


def test_the_shadow_is_what_the_write_left_not_what_was_sent(calm: Cluster) -> None:
    """A side that stores a text in another form has not edited it."""
    cluster, write = asked(calm)
    left = {**(cluster.seen[ISSUE].raw or {}), "summary": "Typed"}
    made = decide(after(cluster, answered(cluster, write, Done(raw=left)), summary="Typed"))
    assert decision(made).ticket.get("subject") == "typed"
    assert not [o for o in made.operations if isinstance(o, UpdateReplica)]


def test_the_shadow_moves_over_what_was_written_and_no_further(calm: Cluster) -> None:
    """What the answer shows beside it may be a person's edit in the very moment."""
    cluster, write = asked(calm)
    left = {**(cluster.seen[ISSUE].raw or {}), "summary": "typed", "priority": "Highest"}
    result = answered(cluster, write, Done(raw=left))
    made = decide(after(cluster, result, summary="typed", priority="Highest"))
    assert decision(made).ticket.get("priority") == "urgent"


def test_a_refused_field_is_parked_and_the_others_are_done(calm: Cluster) -> None:
    cluster, write = asked(calm)
    result = answered(cluster, write, Done(refused={"summary": "too rude"}))
    [parked] = result.parked
    assert (parked.slot, parked.reason) == ("field:summary", "too rude")
    assert result.look_again
    made = decide(after(cluster, result))
    assert not [o for o in made.operations if isinstance(o, UpdateReplica) and o.system == JIRA]


def test_a_refusal_parks_every_field(calm: Cluster) -> None:
    cluster, write = asked(calm)
    result = answered(cluster, write, Refused("closed", "closed"))
    assert [(p.slot, p.code) for p in result.parked] == [
        (f"field:{name}", "closed") for name in write.changes
    ]


@pytest.mark.parametrize("outcome", [Stale(), Retryable("busy")])
def test_what_was_not_done_is_asked_again(calm: Cluster, outcome: Outcome) -> None:
    cluster, write = asked(calm)
    result = answered(cluster, write, outcome)
    assert result.look_again is isinstance(outcome, Stale)
    again = [o for o in decide(after(cluster, result)).operations if isinstance(o, UpdateReplica)]
    assert [o.changes for o in again if o.system == JIRA] == [write.changes]
    assert field(JIRA, "subject") == "summary"
