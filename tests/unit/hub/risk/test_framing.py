"""Rows of a history look only at the past, and outcomes are those that the label's words say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.history.event import Event
from hub.model import Ticket, TicketId
from hub.risk.features import ACCOUNT, ACTOR
from hub.risk.frame import Frame
from hub.risk.framing import fold, frame, frame_of
from hub.risk.labels import Cause, Label
from hub.risk.learning import outlook_of
from hub.risk.living import features_of
from hub.risk.model import Model, Scale
from hub.risk.outlook import Outlook, from_json, to_json
from tests.unit.hub.risk.histories import RULES, SCORING, histories, instant

LABELS = sorted(RULES.labels)
DAY = 86_400.0


def framed(events: list[Event], label: str | Label) -> Frame:
    wanted = RULES.labels[label] if isinstance(label, str) else label
    return frame(events, wanted, RULES, SCORING)


def by_row(rows: Frame) -> dict[tuple[int, float], dict[str, float]]:
    """Each row by ticket and time: its columns that are not missing."""
    told: dict[tuple[int, float], dict[str, float]] = {}
    for i in range(len(rows)):
        pairs = zip(rows.names, rows.x[i].tolist(), strict=True)
        told[int(rows.ticket[i]), float(rows.at[i])] = {n: v for n, v in pairs if not math.isnan(v)}
    return told


@settings(deadline=None)
@given(histories(), st.integers(0, 40), st.sampled_from(LABELS), st.data())
def test_a_row_looks_only_at_the_past(events: list[Event], cut: int, label: str, data: st.DataObject) -> None:
    """Whatever is changed or left out later, the rows up to then stay as they are, to the last bit."""
    past, later = events[:cut], events[cut:]
    other = [e for e in data.draw(histories()) if not past or e.at > past[-1].at]
    whole, alone = by_row(framed(events, label)), by_row(framed(past, label))
    changed = by_row(framed([*past, *other], label))
    end = alone.keys()
    assert {key: whole[key] for key in end} == alone
    assert {key: changed[key] for key in end} == alone
    assert all(key in end for key in whole if past and key[1] < _at(past[-1])), later


def _at(event: Event) -> float:
    return float(np.datetime64(event.at[:-1], "s").astype(np.int64))


@settings(deadline=None)
@given(histories(), st.sampled_from(["escalation", "next_line"]))
def test_a_living_ticket_has_the_row_of_its_history(events: list[Event], label: str) -> None:
    """From course and registers comes what the history gives at the same moment; kept outlooks do not matter."""
    state = fold(events, RULES.labels[label], RULES, SCORING)
    last = events[-1]
    case = state.cases[last.ticket]
    if case.done or not case.rows or case.rows[-1].at != state.now:
        return  # nothing was to be foreseen at the end
    row = list(case.rows[-1].x)
    model = Model(
        "logistic", tuple(state.layout.names), "in_flight", 0.0, 0, 0, 0.1, Scale(1, 0), version="v"
    )
    outlook = from_json(to_json(outlook_of(state, frame_of(state), _told(model))))
    registers = {name: v for name, v in case.registers.items() if name not in {ACCOUNT, ACTOR}}
    account = case.registers.get(ACCOUNT)
    ticket = Ticket(TicketId(last.ticket), {**registers, "organization.id": account}, course=case.course)
    heard = case.thread.heard(case.registers, case.course) if case.thread else None
    living = features_of(ticket, heard, outlook, last.at)
    np.testing.assert_array_equal(living[: len(row)], np.array(row))
    assert np.isnan(living[len(row) :]).all()


def _told(model: Model) -> Model:
    import msgspec  # noqa: PLC0415

    from hub.risk.logistic import Logistic  # noqa: PLC0415

    nothing = [0.0] * len(model.names)
    return msgspec.structs.replace(
        model, logistic=Logistic(nothing, nothing, nothing, [*nothing, *nothing], 0.0)
    )


def happen(minutes: float, ticket: str = "1", **told: object) -> Event:
    registers = {name.replace("__", "."): value for name, value in told.items()}
    return Event(ticket, instant(minutes), None, None, None, registers)  # pyright: ignore[reportArgumentType]


CAUSES = [
    (Cause("c", "employee", "raised", "priority"), {"priority": "low"}, {"priority": "urgent"}),
    (Cause("c", "customer", "reopened", least=1), {"status": "solved"}, {"status": "open"}),
    (Cause("c", "employee", "moved", least=1), {"group": "a"}, {"group": "b"}),
    (Cause("c", "employee", "reassigned", least=1), {"assignee": "a@x"}, {"assignee": "b@x"}),
    (Cause("c", "employee", "breached"), {"sla.state": "ok"}, {"sla.state": "breached"}),
    (Cause("c", "employee", "becomes", "escalated", ("true",)), {"escalated": False}, {"escalated": True}),
    (Cause("c", "executive", "tagged", "tags", ("vip",)), {"tags": ("a",)}, {"tags": ("a", "vip")}),
    (Cause("c", "employee", "matches", "line", ("[23]",)), {"line": "1"}, {"line": "2"}),
    (Cause("c", "employee", "rises", "custom.count", least=2), {"custom.count": 1}, {"custom.count": 3}),
    (Cause("c", "executive", "involves", words=("@board",)), {"assignee": "a@x"}, {"assignee": "ceo@board"}),
]


@pytest.mark.parametrize(("cause", "before", "after"), CAUSES, ids=lambda c: getattr(c, "kind", ""))
def test_a_cause_is_seen_in_events(cause: Cause, before: dict[str, object], after: dict[str, object]) -> None:
    """What happens within the horizon makes the row before it a 1, with the side that began it."""
    label = Label("l", "in_flight", (cause,))
    opening = happen(0, **{"status": "open", **{k: v for k, v in before.items() if k != "status"}})
    begun = happen(10, **before)
    rows = framed([opening, begun, happen(100, **after), happen(40_000, ticket="2", status="open")], label)
    first = rows.rows(np.flatnonzero(rows.ticket == 0))
    assert first.y[0] == 1.0
    assert first.by[0] == cause.by
    assert first.lead[0] == 100 * 60


def test_what_happened_too_late_did_not_happen() -> None:
    """An event behind the horizon leaves the row a 0, known when the horizon had passed."""
    week = 7 * 1440
    rows = framed(
        [happen(0, status="open", priority="low"), happen(week + 10, priority="urgent")], "escalation_like"
    )
    assert rows.y[0] == 0.0
    assert rows.known[0] - rows.at[0] == 7 * DAY
    assert math.isnan(rows.as_of(float(rows.at[0]) + 6 * DAY)[0])


def test_only_open_tickets_that_did_not_come_to_it_yet_are_foreseen() -> None:
    """No row while a ticket is solved, or is in the state already that is to be foreseen."""
    rows = framed([happen(0, status="solved"), happen(5, status="open"), happen(9, line="2")], "next_line")
    assert rows.at.tolist() == [_at(happen(5))]


def test_open_for_long_counts_as_missed_until_it_is_known_better() -> None:
    """Due-time labels: a ticket that is still open is a miss, a solved one is none, and its closing decides."""
    day = 1440
    late = [happen(0, status="open"), happen(8 * day, status="solved"), happen(9 * day, status="closed")]
    kept = [happen(1, ticket="2", status="open"), happen(day, ticket="2", status="solved")]
    missed = happen(6 * day, ticket="2", status="closed", sla__state="breached")
    rows = framed(sorted([*late, *kept, missed], key=lambda e: e.at), "sla_miss")
    begin = float(rows.at[0])
    assert np.isnan(rows.as_of(begin + 0.5 * DAY)).all()
    assert np.array_equal(rows.as_of(begin + 2 * DAY), [np.nan, 0.0], equal_nan=True)
    assert rows.as_of(begin + 5.5 * DAY).tolist() == [1.0, 0.0]
    assert rows.as_of(begin + 7 * DAY).tolist() == [1.0, 1.0]
    assert rows.as_of(begin + 10 * DAY).tolist() == [0.0, 1.0]
    assert rows.y.tolist() == [0.0, 1.0]


def test_events_of_one_minute_are_one_row() -> None:
    """A burst is foreseen after its last event."""
    one = Event("1", "2026-01-05T00:00:01Z", set={"status": "open"})
    two = Event("1", "2026-01-05T00:00:30Z", set={"group": "a"})
    rows = framed([one, two], "escalation_like")
    assert len(rows) == 1
    assert rows.slices["group"].tolist() == ["a"]


def test_an_empty_history_has_no_rows() -> None:
    """Nothing in, nothing out."""
    rows = framed([], "escalation")
    assert len(rows) == 0
    assert rows.x.shape[0] == 0
    assert isinstance(Outlook(), Outlook)
