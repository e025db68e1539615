"""Where `plan` carries comments, and where never: pure, on clusters made by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from hub.cluster import Cluster, Look, Replica
from hub.model import JIRA, ZENDESK, Person, RemoteId, Ticket, TicketId
from hub.operations import AddComment, EditComment, RemoveComment
from hub.records import Held
from hub.replica import Mark, RemoteComment
from tests.unit.hub.clusters import (
    FULL,
    ISSUE,
    MAPPINGS,
    NOW,
    ONE,
    POLICY,
    TICKET,
    agreed,
    decide,
    decision,
    held_with,
    only,
    settled,
    shown,
)

SOMEONE = Person("7", "Ada Park", "ada@eng.example")


@pytest.fixture(scope="module")
def calm() -> Cluster:
    return settled()


SOON, LATE = "2026-01-05T10:01:59Z", "2026-01-05T10:02:00Z"
"""Two minutes are waited for."""


def said(cluster: Cluster, on: Any, *comments: RemoteComment, complete: bool = True) -> Cluster:
    now = replace(cluster.seen[on], comments=comments, comments_complete=complete)
    return replace(cluster, seen={**cluster.seen, on: now})


def remark(
    number: int, body: str, *, public: bool = False, marked: bool = False, **more: Any
) -> RemoteComment:
    at = f"2026-01-05T09:{number:02d}:00Z"
    return RemoteComment(RemoteId(str(number)), body, SOMEONE, at, public, marked=marked, **more)


def added(cluster: Cluster, now: str = NOW) -> list[AddComment]:
    return [o for o in decide(cluster, now=now).operations if isinstance(o, AddComment)]


@pytest.mark.parametrize(
    ("public", "marked", "shown_to_customers"),
    [(True, False, False), (False, False, False), (False, True, True), (True, True, True)],
)
def test_only_a_marked_comment_of_an_engineer_is_public(
    calm: Cluster, public: bool, marked: bool, shown_to_customers: bool
) -> None:
    """What Jira calls public is not: without the engineer's mark, a customer never reads it."""
    copy = only(added(said(calm, ISSUE, remark(1, "the cause", public=public, marked=marked))))
    assert copy.public is shown_to_customers
    assert copy.audience == ("public" if shown_to_customers else "internal")


def test_what_a_mapping_does_not_carry_goes_nowhere(calm: Cluster) -> None:
    """The default is no: with internal comments unmapped, an engineer's words stay with engineers."""
    silent = dataclasses.replace(MAPPINGS[JIRA], comments={})
    policy = replace(POLICY, mappings={**MAPPINGS, JIRA: silent})
    made = decide(said(calm, ISSUE, remark(1, "among us", marked=True, public=True)), policy)
    assert not [o for o in made.operations if isinstance(o, AddComment)]


def test_comments_are_asked_in_the_order_in_which_they_were_said(calm: Cluster) -> None:
    asked = added(said(calm, TICKET, remark(3, "third"), remark(1, "first"), remark(2, "second")))
    assert [o.body.rpartition("\n")[2] for o in asked] == ["first", "second", "third"]
    assert all(o.system == JIRA for o in asked)


def test_a_comment_without_an_answer_is_looked_for_before_it_is_asked_again(calm: Cluster) -> None:
    """Marked as asked for before it is asked; seen nowhere for long enough, it is asked once more."""
    first = decide(said(calm, TICKET, remark(1, "hello")))
    unanswered = held_with(calm, ticket=decision(first).ticket, links=decision(first).links)
    made = decide(unanswered)
    assert not [o for o in made.operations if isinstance(o, AddComment)]
    assert Look(JIRA, ISSUE.remote_id, whole=True) in made.looks
    early = decide(said(unanswered, ISSUE), now=SOON)
    assert (added(said(unanswered, ISSUE), SOON), decision(early).dirty) == ([], True)
    more = said(said(unanswered, ISSUE), TICKET, remark(1, "hello"), remark(2, "hello?"))
    assert added(more, SOON) == [], "what was said next keeps its place behind it"
    assert [o.key for o in added(said(unanswered, ISSUE), LATE)] == ["zendesk:1:1"]
    there = remark(50, "whatever it became", key="zendesk:1:1")
    assert added(said(unanswered, ISSUE, there)) == []


def test_a_comment_taken_back_is_taken_back_everywhere(calm: Cluster) -> None:
    before = said(calm, TICKET, remark(1, "hello"))
    first = decision(decide(before))
    links = tuple(_with_copy(k) if k.system == JIRA else k for k in first.links)
    copied = held_with(calm, ticket=first.ticket, links=links)
    removal = only(o for o in decide(said(copied, TICKET)).operations if isinstance(o, RemoveComment))
    assert (removal.system, removal.comment) == (JIRA, "50")
    changed = said(copied, TICKET, remark(1, "hello there"))
    edit = only(o for o in decide(changed).operations if isinstance(o, EditComment))
    assert edit.body.endswith("hello there")


def _with_copy(link: Any) -> Any:
    asked = link.shadow.comments["zendesk:1:1"]
    mark = Mark(RemoteId("50"), "digest", asked.said)
    return replace(link, shadow=replace(link.shadow, comments={"zendesk:1:1": mark}))


def test_people_are_told_who_said_it_and_when(calm: Cluster) -> None:
    copy = only(added(said(calm, ISSUE, remark(1, "the cause"))))
    assert "Ada Park" in copy.body
    assert "2026-01-05 09:01 UTC" in copy.body
    assert copy.ticket_id == ONE


def test_a_copy_of_another_customers_words_is_not_taken_in(calm: Cluster) -> None:
    """Even where the site hides our marks: the copy is known by the ticket that it was made for."""
    copied, two = _shared(calm)
    made = decide(said(copied, ISSUE, remark(50, "words of the first"), remark(60, "of an engineer")))
    held = {d.ticket.id: sorted(d.ticket.comments) for d in made.decisions}
    assert held == {ONE: ["jira:100:60", "zendesk:1:1"], two: ["jira:100:60"]}


def _shared(calm: Cluster) -> tuple[Cluster, TicketId]:
    """Two tickets on one issue that shows a copy of what was said on the first."""
    first = decision(decide(said(calm, TICKET, remark(1, "words of the first"))))
    links = tuple(_with_copy(k) if k.system == JIRA else k for k in first.links)
    copied = held_with(calm, ticket=first.ticket, links=links)
    two = TicketId("zendesk:2")
    home = Replica(ZENDESK, RemoteId("2"))
    on_issue = replace(agreed(ISSUE, FULL, two), primary=False)
    held = Held(Ticket(two, dict(FULL)), (agreed(home, FULL, two), on_issue))
    seen = {**copied.seen, home: shown(home, FULL)}
    return replace(copied, held={**copied.held, two: held}, seen=seen), two
