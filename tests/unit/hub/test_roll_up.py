"""What many tickets amount to: explained like a single one, and the same in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.model import Course, Ticket, TicketId
from hub.records import Score
from hub.roll_up import Row, by_account, by_area, by_queue, health, row_of
from hub.waits import Wait, waits_by_tier
from tests.scoring import INSTANTS, NOW

NAMES = st.sampled_from(["", "a", "b", "c"])
ROWS = st.lists(
    st.builds(
        Row,
        ticket=st.integers(1, 10**6).map(str),
        account=NAMES,
        area=NAMES,
        queue=NAMES,
        open=st.booleans(),
        attention=st.integers(0, 100),
        risk=st.floats(0, 1),
        waiting=st.floats(0, 500),
        touched=INSTANTS,
        escalated=st.lists(INSTANTS, max_size=3).map(tuple),
        breached=st.one_of(st.just(""), INSTANTS),
        reopened=st.integers(0, 3),
        mood=st.one_of(st.none(), st.floats(-1, 1)),
    ),
    max_size=15,
    unique_by=lambda row: row.ticket,
)


@given(ROWS)
def test_health_adds_up(rows: list[Row]) -> None:
    """From 100 down, each part a line of its own; whole points, and never below 0."""
    found = health(rows, NOW)
    assert sum(r.points for r in found.reasons) == found.points
    assert 0 <= found.points <= 100
    assert all(isinstance(r.points, int) for r in found.reasons)
    assert found.reasons[0].points == 100


@given(ROWS, st.randoms())
def test_order_does_not_matter(rows: list[Row], random: st.DataObject) -> None:
    """The same tickets in any order tell the same."""
    mixed = list(rows)
    random.shuffle(mixed)
    assert health(mixed, NOW) == health(rows, NOW)
    for by in (by_account, by_area, by_queue):
        assert by(mixed) == by(rows)


@given(ROWS)
def test_every_open_ticket_is_counted_once(rows: list[Row]) -> None:
    """In its area; the worst of an area is one of its own."""
    found = by_area(rows)
    assert sum(s.open for s in found) == sum(r.open and bool(r.area) for r in rows)
    for stand in found:
        own = {r.ticket: r for r in rows if r.open and r.area == stand.name}
        assert own[stand.worst].attention == stand.attention_max == max(r.attention for r in own.values())
        assert stand.waiting_longest == max(r.waiting for r in own.values())


def test_a_quiet_account_is_healthy() -> None:
    """And so is one whose trouble is long past."""
    old = Row("1", "acme", open=False, touched="2026-06-01T00:00:00Z", escalated=("2026-06-01T00:00:00Z",))
    assert health([], NOW).points == health([old], NOW).points == 100


def test_what_takes_from_health() -> None:
    """Each part with its sentence, the one that takes most first."""
    day = "2026-11-01T00:00:00Z"
    rows = [
        Row("1", "acme", attention=90, touched=day, escalated=(day,), mood=-0.6),
        Row("2", "acme", open=False, touched=day, breached=day, reopened=1),
    ]
    assert [(r.points, r.sentence) for r in health(rows, NOW).reasons] == [
        (100, "An account whose last 90 days were quiet has 100"),
        (-25, "The worst open ticket has an attention of 90"),
        (-13, "1 escalation in 90 days"),
        (-12, "Their latest words sound unhappy"),
        (-10, "1 deadline missed in 90 days"),
        (-8, "1 of 2 tickets had to be opened again"),
    ]
    assert health(rows, NOW).points == 32


def test_a_row_is_a_ticket_s() -> None:
    """What sums need of it, and nothing else."""
    course = Course(opened="2026-11-01T09:00:00Z", last_ours=NOW, escalated=NOW, breached=NOW, reopened=2)
    registers = {"account.id": "001", "group": "Tier 2", "status": "open", "support.tone": "bad"}
    ticket = Ticket(TicketId("zendesk:7"), {**registers, "support.tone_trend": "worse"}, course=course)
    found = row_of(ticket, Score(70, "high", 0.2, attention=66), 3.5)
    expected = Row("zendesk:7", "001", "", "Tier 2", True, 66, 0.2, 3.5, NOW, (NOW,), NOW, 2, -0.8)
    assert found == expected
    assert not row_of(Ticket(TicketId("1"), {"status": "solved"}), None).open


def test_waits_are_told_by_tier() -> None:
    """In the order of the tiers; who has none comes last."""
    waits = [Wait("business", h) for h in range(1, 101)] + [Wait("", 5.0), Wait("enterprise", 2.0)]
    found = waits_by_tier(waits, ("enterprise", "business"))
    assert [tuple(row) for row in found] == [
        ("enterprise", 1, 2.0, 2.0, 2.0),
        ("business", 100, 50, 95, 100),
        ("(none)", 1, 5.0, 5.0, 5.0),
    ]
