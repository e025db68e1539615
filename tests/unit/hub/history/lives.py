"""Random events, and random lives of tickets: a sequence of states, as a hub holds them one after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from hub.history.event import Event, Said
from hub.model import JIRA, ZENDESK, Comment, CommentId, Origin, Person, Ticket, TicketId, Value

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


ANN, BOB, EVE = "ann@acme.example", "bob@support.example", "eve@support.example"
WORDS: dict[str, list[Value]] = {
    "status": ["new", "open", "pending", "solved", "closed", "Awaiting User Info", "6 - Resolved", None],
    "priority": ["low", "normal", "high", "urgent", "1 - Critical", "tbd", None],
    "severity": ["s4", "s3", "s2", "s1", None],
    "group": ["support", "billing", "engineering", None],
    "assignee": [BOB, EVE, "zendesk:9", None],
    "line": ["1st", "2nd", "3", None],
    "escalated": [True, False, "true", None],
    "sla.due": ["2026-01-01T06:00:00Z", "2026-01-02T00:00:00Z", None],
    "sla.state": ["ok", "soon", "breached", None],
    "tags": [("a",), ("a", "b"), None],
    "custom.x": [1, 2.5, "y", None],
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple),
)  # fmt: skip
NAMES = st.none() | TEXTS
MOMENTS = st.integers(0, 10**6).map(at)


SAID = st.builds(
    Said,
    st.sampled_from(["public", "internal", "engineering"]),
    TEXTS,
    st.sampled_from(["customer", "us", ""]),
)
EVENTS = st.builds(
    Event, TEXTS.filter(bool), MOMENTS, NAMES, NAMES, NAMES, st.dictionaries(TEXTS, VALUES, max_size=3), st.none() | SAID
)  # fmt: skip
KNOWN = st.sampled_from(sorted(WORDS)).flatmap(lambda r: st.tuples(st.just(r), st.sampled_from(WORDS[r])))
LIVELY = st.builds(
    Event, st.just("zendesk:1"), MOMENTS, st.none(), st.sampled_from([None, ANN, BOB, EVE]), st.none(),
    st.lists(KNOWN, max_size=3).map(dict), st.none() | SAID,
)  # fmt: skip
"""Events that a fold has something to say of."""


@st.composite
def lives(draw: st.DrawFn, late: int = 0) -> list[Ticket]:
    """
    Draw the states that a ticket goes through, and a hub sees.

    At each step registers change and things are said, all after what was seen before; with `late`, words
    may be up to so many seconds older than that.
    """
    ticket = Ticket(TicketId("zendesk:1"))
    states: list[Ticket] = []
    clock = 0
    for step in range(draw(st.integers(1, 6))):
        registers, origins = dict(ticket.registers), dict(ticket.origins)
        comments = dict(ticket.comments)
        if step == 0:
            clock += 1
            born: dict[str, Any] = {"requester": ANN, "subject": "It hangs", "description": "Help"}
            registers |= born
            origins |= {name: Origin(ZENDESK, at(clock)) for name in born}
        for register, value in dict(draw(st.lists(KNOWN, max_size=4))).items():
            clock += draw(st.integers(0, 3)) * 1800
            if value is None:
                registers.pop(register, None)
            else:
                registers[register] = value
            origins[register] = Origin(draw(st.sampled_from([ZENDESK, JIRA])), at(clock))
        for _ in range(draw(st.integers(0, 2))):
            clock += draw(st.integers(0, 3)) * 1800
            who = draw(st.sampled_from([ANN, BOB, EVE]))
            key = CommentId(f"zendesk:1:{len(comments)}")
            said = at(max(2, clock - draw(st.integers(0, late))))
            audience = "public" if who == ANN else draw(st.sampled_from(["public", "internal"]))
            comments[key] = Comment(
                key, f"word {len(comments)}", Person("", "", who), said, audience, ZENDESK
            )
        ticket = replace(ticket, registers=registers, origins=origins, comments=comments)
        states.append(ticket)
        clock += 1
    return states
