"""What happened between two states of a ticket is told as events; folding them gives the course."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.cluster import Cluster
from hub.history.changes import changes, course_of
from hub.history.course import fold
from hub.history.event import Event, Said, read_events, write_event
from hub.model import HUB, JIRA, ZENDESK, Comment, CommentId, Course, Origin, Person, Ticket, TicketId
from hub.records import Decision
from tests.unit.hub.clusters import ONE, TICKET, decide, decision, edited, held_with, settled
from tests.unit.hub.history.lives import ANN, BOB, at, lives


def lived(states: list[Ticket]) -> tuple[Course, list[Event]]:
    """Fold a ticket's life step by step, as a hub does; return its course and all events as they came."""
    course, events = Course(), list[Event]()
    before: Ticket | None = None
    for after in states:
        new = changes(before, after)
        course = fold(course, new, before.registers if before else {})
        events += new
        before = after
    return course, events


def exported(events: list[Event]) -> list[Event]:
    lines = [write_event(e) for e in sorted(events, key=lambda e: (e.at, e.ticket))]
    return list(read_events(lines))


@given(lives())
def test_the_live_course_is_that_of_the_exported_history(states: list[Ticket]) -> None:
    """Folding the changes of each step gives the same course as folding the file that is written of them."""
    course, events = lived(states)
    assert fold(Course(), exported(events), {}) == course


@given(lives(late=6000))
def test_words_that_arrive_late_are_counted_and_dated_alike(states: list[Ticket]) -> None:
    """A comment older than what was seen before it moves neither counts nor first and last moments."""
    course, events = lived(states)
    again = fold(Course(), exported(events), {})
    # by arrival: how often one asked again, in which order people came, whether a deadline passed unnoticed
    told = {"actor": "", "asked_again": 0, "agents": (), "breached": "", "waiting_since": "", "first_answer": ""}
    assert replace(again, **told) == replace(course, **told)
    assert set(again.agents) == set(course.agents)
    assert bool(again.waiting_since) == bool(course.waiting_since)


@given(lives())
def test_nothing_happened_to_what_is_the_same(states: list[Ticket]) -> None:
    for ticket in states:
        assert changes(ticket, ticket) == ()


@given(lives())
def test_sets_lead_from_one_state_to_the_next(states: list[Ticket]) -> None:
    """Nothing that people set is missing from the history, and nothing in it was not set."""
    registers: dict[str, object] = {}
    for event in lived(states)[1]:
        registers |= event.set
    told = {name: value for name, value in registers.items() if value is not None}
    assert told == dict(states[-1].registers)


TOLD = Ticket(
    TicketId("zendesk:1"),
    {"status": "open", "requester": ANN, "description": "Help", "account.id": "A1", "support.tone": "bad"},
    {
        "status": Origin(JIRA, at(60)), "requester": Origin(ZENDESK, at(60)), "description": Origin(ZENDESK, at(60)),
        "support.tone": Origin(HUB, at(90)), "account.id": Origin(HUB, at(90)),
    },
)  # fmt: skip


def test_one_event_for_all_that_a_side_set_in_one_moment() -> None:
    assert changes(None, TOLD) == (
        Event(TOLD.id, at(60), "A1", None, "jira", {"status": "open"}),
        Event(TOLD.id, at(60), "A1", None, "zendesk", {"requester": ANN, "description": "Help"}),
        Event(TOLD.id, at(90), "A1", None, "hub", {"account.id": "A1"}),
    )


def test_what_the_hub_makes_of_a_ticket_is_no_event_but_deadlines_are() -> None:
    more = {"score.priority": 80, "support.signals": ("churn",), "engineering.issues": ("SUP-1",)}
    assert changes(TOLD, replace(TOLD, registers={**TOLD.registers, **more})) == ()
    clocks = {"sla.state": "breached", "sla.due": at(0), "engineering.status": "In Progress"}
    [event] = changes(TOLD, replace(TOLD, registers={**TOLD.registers, **clocks, **more}), now=at(120))
    assert (event.at, event.side, event.set) == (at(120), "hub", clocks)


def test_what_was_emptied_is_set_to_nothing() -> None:
    registers = {name: value for name, value in TOLD.registers.items() if name != "status"}
    after = replace(TOLD, registers=registers, origins={**TOLD.origins, "status": Origin(ZENDESK, at(300))})
    assert changes(TOLD, after) == (Event(TOLD.id, at(300), "A1", None, "zendesk", {"status": None}),)


def comment(name: str, who: str, minute: int, **more: object) -> Comment:
    made = Comment(CommentId(name), "Hello", Person("5", "", who), at(60 * minute), "public", ZENDESK)
    return replace(made, **more)


def test_what_was_said_is_an_event_of_its_own_and_says_by_whom() -> None:
    words = (comment("a", ANN, 5), comment("b", BOB, 3), replace(comment("c", ANN, 9), author=Person("77")))
    after = replace(TOLD, comments={c.id: c for c in words})
    assert [(e.at, e.actor, e.side, e.comment) for e in changes(TOLD, after)] == [
        (at(180), BOB, "zendesk", Said("public", "Hello", "us", "b")),
        (at(300), ANN, "zendesk", Said("public", "Hello", "customer", "a")),
        (at(540), "zendesk:77", "zendesk", Said("public", "Hello", "us", "c")),
    ]
    nobody = replace(after, registers={"status": "open"})
    assert {e.comment.by for e in changes(None, nobody) if e.comment} == {""}


def test_what_was_taken_back_has_no_body() -> None:
    after = replace(TOLD, comments={CommentId("a"): comment("a", ANN, 5, removed=True)})
    [event] = changes(TOLD, after)
    assert event.comment == Said("public", "", "customer", "a")


def test_a_ticket_that_is_met_late_was_opened_before_its_first_word() -> None:
    """The hub sees an old ticket as of its last change; what it was born with is as old as its first word."""
    late = {name: replace(origin, at=at(90_000)) for name, origin in TOLD.origins.items()}
    met = replace(TOLD, origins=late, comments={CommentId("b"): comment("b", BOB, 3)})
    events = changes(None, met)
    assert [(e.at, sorted(e.set)) for e in events[:1]] == [(at(180), ["description", "requester"])]
    course = course_of(met)
    assert (course.opened, course.we_said, course.spells) == (at(180), 1, (("open", at(90_000)),))


def test_a_time_that_is_none_counts_as_now() -> None:
    after = replace(TOLD, comments={CommentId("a"): comment("a", ANN, 5, created_at="soon")})
    [event] = changes(TOLD, after, now=at(700))
    assert event.at == at(700)
    [event] = changes(TOLD, after)
    assert event.at == at(90), "the latest that the ticket knows"


# in a plan ----------------------------------------------------------------------------------------


def of_one(cluster: Cluster) -> Decision:
    return decision(decide(cluster))


def test_a_plan_tells_what_people_did_and_advances_the_course() -> None:
    cluster = settled()
    before = cluster.held[ONE].ticket
    made = of_one(edited(cluster, TICKET, priority="urgent"))
    [event] = made.events
    assert (event.side, event.set) == ("zendesk", {"priority": "urgent"})
    assert made.ticket.course == fold(before.course, made.events, before.registers)
    assert (made.ticket.course.raised, made.ticket.course.events) == (1, before.course.events + 1)


def test_a_plan_tells_nothing_where_nothing_happened() -> None:
    cluster = settled()
    made = of_one(cluster)
    assert (made.events, made.ticket.course) == ((), cluster.held[ONE].ticket.course)


def test_a_ticket_from_before_courses_were_kept_tells_what_it_still_knows() -> None:
    cluster = settled()
    old = replace(cluster.held[ONE].ticket, course=Course())
    made = of_one(edited(held_with(cluster, ticket=old), TICKET, priority="urgent"))
    assert {name for event in made.events for name in event.set} >= {"status", "priority", "severity"}
    assert made.ticket.course == fold(Course(), made.events, {})
    assert course_of(old) == fold(Course(), changes(None, old), {})


def test_what_a_command_set_before_the_plan_is_told_too() -> None:
    """`hub conflicts resolve` sets a register as a person would, and the plan starts from there."""
    cluster = settled()
    stored = cluster.held[ONE].ticket
    chosen = replace(
        stored,
        registers={**stored.registers, "priority": "low"},
        origins={**stored.origins, "priority": Origin(HUB, "2026-01-05T10:00:00Z", "run")},
    )
    made = of_one(held_with(cluster, ticket=chosen, before=stored, dirty=True))
    assert [(e.side, e.set) for e in made.events] == [("hub", {"priority": "low"})]
    assert made.ticket.course.lowered == 1


STATES = st.sampled_from(["open", "pending", "solved"])


@given(st.lists(STATES, min_size=1, max_size=4))
def test_over_many_runs_the_course_is_the_fold_of_all_events(states: list[str]) -> None:
    cluster = held_with(settled(), ticket=replace(settled().held[ONE].ticket, course=Course()))
    told: list[Event] = []
    for state in states:
        made = of_one(edited(cluster, TICKET, status=state))
        told += made.events
        cluster = held_with(cluster, ticket=made.ticket)
    assert fold(Course(), told, {}) == cluster.held[ONE].ticket.course
