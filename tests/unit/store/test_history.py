"""The store keeps what happened to tickets: in order of time, whatever the order of arrival, for good."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.history.event import Event, Said
from hub.model import Course, TicketId
from hub.store import SqlStore, score_store
from tests.unit.store.samples import AT, RUN, comment, decision


def event(ticket: str, minute: int, said: str = "", **told: str) -> Event:
    at = f"2026-01-01T00:{minute:02}:00Z"
    return Event(
        ticket, at, side="zendesk", set=told, comment=Said("public", "Hello", "us", said) if said else None
    )


def commit(store: SqlStore, ticket: str, *events: Event, **more: object) -> None:
    made = decision(ticket, comments=(comment("c1"),))
    store.commit([replace(made, events=events, **more)], [], RUN, AT)


def test_events_come_in_order_of_time_then_of_ticket_then_of_arrival(store: SqlStore) -> None:
    first, second, third = event("b", 1, status="open"), event("b", 1, status="new"), event("a", 1)
    early, late = event("b", 0), event("a", 2)
    commit(store, "b", first, second)
    commit(store, "a", late, third)
    commit(store, "b", early)
    assert list(store.history()) == [early, third, first, second, late]
    assert list(store.history(TicketId("a"))) == [third, late]
    assert list(store.history(since="2026-01-01T00:01")) == [third, first, second, late]
    assert list(store.history(TicketId("b"), since="2026-01-01T00:01:01Z")) == []


def test_pages_join_without_a_gap(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many events of one moment, and page after page: each is told once."""
    monkeypatch.setattr(score_store, "PAGE", 3)
    told = [event("a", n // 5, n=str(n)) for n in range(12)]
    commit(store, "a", *told)
    commit(store, "b", *(replace(e, ticket="b") for e in told))
    assert sorted(e.set["n"] for e in store.history(TicketId("b"))) == sorted(e.set["n"] for e in told)
    everything = list(store.history())
    assert len(everything) == 24
    assert everything == sorted(everything, key=lambda e: (e.at, e.ticket))


def test_what_was_said_lies_in_the_comments_and_is_joined(store: SqlStore) -> None:
    said = event("a", 1, said="c1")
    commit(store, "a", said)
    assert list(store.history()) == [said]
    made = decision("a", comments=(replace(comment("c1"), removed=True),))
    store.commit([made], [], RUN, AT)
    assert list(store.history()) == [replace(said, comment=Said("public", "", "us", "c1"))], "taken back"
    store.commit([decision("a")], [], RUN, AT)
    assert list(store.history()) == [replace(said, comment=Said("public", "", "us", "c1"))], "gone"


def test_what_was_said_is_not_kept_twice(store: SqlStore) -> None:
    commit(store, "a", event("a", 1, said="c1"))
    with store.reading() as connection:
        [body] = connection.exec_driver_sql("SELECT body FROM history").scalars()
    assert "Hello" not in body


def test_a_ticket_keeps_its_course(store: SqlStore) -> None:
    made = decision("a")
    course = Course(opened=AT, spells=(("open", AT),), raised=2, agents=("bob@example.com",))
    store.commit([replace(made, ticket=replace(made.ticket, course=course))], [], RUN, AT)
    assert store.load([TicketId("a")])[TicketId("a")].ticket.course == course


def test_tickets_without_a_history_are_known(store: SqlStore) -> None:
    commit(store, "b", event("b", 1))
    for name in "dca":
        commit(store, name)
    assert store.without_history(2) == ["a", "c"]
    assert store.without_history(2, "c") == ["d"]


PLACES = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=20)


@given(places=PLACES, page=st.integers(1, 4))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_events_in_pages_of_any_size_are_all_told_once(
    store: SqlStore, places: list[tuple[str, int]], page: int
) -> None:
    with store.fenced() as connection:
        connection.exec_driver_sql("DELETE FROM history")
    told = [event(ticket, minute, n=str(n)) for n, (ticket, minute) in enumerate(places)]
    for one in told:
        commit(store, one.ticket, one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(score_store, "PAGE", page)
        assert list(store.history()) == sorted(told, key=lambda e: (e.at, e.ticket))
