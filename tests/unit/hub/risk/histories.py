"""Small histories for the tests of risk: drawn by hypothesis, or grown from a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
from hypothesis import strategies as st

from hub.history.event import Event, Said
from hub.risk.rules import RiskRules, load_risk
from hub.scoring_file import load_scoring

MAPPINGS = Path(__file__).parents[4] / "mappings"
RULES = load_risk((MAPPINGS / "risk.yaml").read_text("utf-8"), "mappings/risk.yaml")
SCORING = load_scoring((MAPPINGS / "scoring.yaml").read_text("utf-8"), "mappings/scoring.yaml")
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


def instant(minutes: float) -> str:
    return (BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:00Z")


def named(label: str) -> RiskRules:
    """The shipped rules, learning this label."""
    return msgspec.structs.replace(RULES, label=label)


SET = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["new", "open", "pending", "solved", "closed", "Awaiting User Info"]),
        "priority": st.sampled_from(["low", "normal", "high", "urgent", "1 - Critical", "whatever", None]),
        "group": st.sampled_from(["alpha", "beta", "V5 3rd", None]),
        "line": st.sampled_from(["1", "2", "3"]),
        "assignee": st.sampled_from(["ann@us.example", "bob@us.example"]),
        "tags": st.lists(st.sampled_from(["vip", "escalated", "bug"]), max_size=2).map(
            lambda t: tuple(sorted(set(t)))
        ),
        "escalated": st.booleans(),
        "sla.state": st.sampled_from(["ok", "breached"]),
        "sla.due": st.integers(0, 30_000).map(instant),
        "impact.affected_users": st.integers(0, 10_000),
        "custom.system": st.sampled_from(["x", "y"]),
        "subject": st.text(max_size=10),
        "requester": st.just("eve@customer.example"),
    },
)
COMMENT = st.none() | st.builds(
    Said,
    st.sampled_from(["public", "internal"]),
    st.sampled_from(["Please escalate this now, I am very angry!", "Thank you, it works.", "Hello", ""]),
    st.sampled_from(["customer", "us", ""]),
)


@st.composite
def histories(draw: st.DrawFn, most: int = 40) -> list[Event]:
    """A history in order of time, at most one event of a ticket in a minute."""
    events: dict[tuple[str, str], Event] = {}
    for _ in range(draw(st.integers(1, most))):
        ticket = draw(st.sampled_from(["1", "2", "3", "4"]))
        at = instant(draw(st.integers(0, 30_000)))
        account = draw(st.sampled_from([None, "acme", "globex"]))
        actor = draw(st.sampled_from([None, "ann@us.example", "eve@customer.example"]))
        events[at, ticket] = Event(ticket, at, account, actor, "zendesk", draw(SET), draw(COMMENT))
    return [events[key] for key in sorted(events)]


def grown(tickets: int, *, days: int = 60, seed: int = 5) -> list[Event]:
    """A history in which tickets of the group `bad` are raised within days, and others seldom are."""
    draw = Random(seed)
    events: list[Event] = []
    for number in range(tickets):
        at = draw.random() * days * 1440
        group = draw.choice(["bad", "good", "fair"])
        chance = {"bad": 0.6, "fair": 0.2, "good": 0.05}[group]
        told = {"status": "open", "priority": "normal", "group": group, "custom.noise": draw.choice("abcdef")}
        ticket, account = f"t{number}", f"account {number % 40}"
        events.append(Event(ticket, instant(at), account, None, None, told))
        if draw.random() < chance:
            later = at + 60 + draw.random() * 5 * 1440
            events.append(Event(ticket, instant(later), account, None, None, {"priority": "urgent"}))
        end = instant(at + 60 + draw.random() * 12 * 1440)
        events.append(Event(ticket, end, account, None, None, {"status": "closed"}))
    return sorted(events, key=lambda e: (e.at, e.ticket))
