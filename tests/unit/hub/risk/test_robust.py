"""Histories of other companies: other words, few tickets, odd shapes. None may crash, and little is promised of little."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest

from hub.history.event import Event
from hub.model import Value
from hub.risk.backtest import backtest
from hub.risk.calibration import DAY, followed, intercept_now
from hub.risk.features import OWN
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import fold, frame_of
from hub.risk.moments import seconds
from hub.risk.reliability import Asked
from tests.unit.hub.risk.frames import a_frame
from tests.unit.hub.risk.histories import RULES, SCORING
from tests.unit.hub.risk.made_up import MUTE, a_history

UNTIL, BEGIN, END = (seconds(f"2026-{day}T00:00:00Z") for day in ("02-14", "02-21", "03-09"))


def framed(events: Sequence[Event], label: str) -> tuple[Frame, float]:
    state = fold(events, RULES.labels[label], RULES, SCORING)
    return frame_of(state), state.now


def reworded(event: Event, words: Callable[[str, Value], tuple[str, Value]]) -> Event:
    return msgspec.structs.replace(event, set=dict(words(*pair) for pair in event.set.items()))


def shouted(register: str, value: Value) -> tuple[str, Value]:
    told = {"status": "7 - {}", "priority": "{} priority"}.get(register)
    return register, told.format(str(value).upper()) if told else value


def test_numbered_and_shouted_words_mean_the_same() -> None:
    """`7 - CLOSED` is closed, `URGENT priority` urgent: the same rows, the same outcomes."""
    events = a_history(tickets=200)
    plain, _ = framed(events, "escalation_like")
    other, _ = framed([reworded(event, shouted) for event in events], "escalation_like")
    np.testing.assert_array_equal(other.y, plain.y)
    np.testing.assert_array_equal(other.at, plain.at)


@pytest.mark.parametrize("label", ["next_line", "next_line_at_intake"])
@pytest.mark.parametrize(
    ("first", "second"), [("G97", "G97 2nd"), ("g97", "V5 3RD"), ("L1 Net", "l2 Net"), ("Tier 1", "Tier 2")]
)
def test_a_team_tells_its_line(label: str, first: str, second: str) -> None:
    """Where no register tells the line, the team's name does; a team that is of the second from the start is none."""
    events = [
        Event("a", "2026-01-05T08:00:00Z", set={"status": "Accepted/In Progress", "group": first}),
        Event("b", "2026-01-05T08:00:00Z", set={"status": "Accepted/In Progress", "group": second}),
        Event("c", "2026-01-05T09:00:00Z", set={"status": "Completed/In Call", "group": first}),
        Event("a", "2026-01-06T08:00:00Z", set={"group": second}),
        Event("d", "2026-02-06T08:00:00Z", set={"status": "Queued", "group": first}),
    ]
    rows, _ = framed(events, label)
    assert rows.y[0] == 1.0
    assert set(rows.ticket.tolist()) == {0, 3}  # `b` was there already, `c` was done at once


def test_what_the_crowd_says_of_a_register_is_no_column_of_the_tickets_own() -> None:
    """A register may be called like a column: `priority` is how urgent, `priority:rate` how its like fared."""
    rows, _ = framed(a_history(tickets=100), "escalation_like")
    assert rows.names[: len(OWN)] == tuple(OWN)
    assert len(set(rows.names)) == len(rows.names)
    assert {"priority:rate", "priority:open"} <= set(rows.names)
    assert set(rows.x[:, rows.names.index("priority")]) <= {1.0, 2.0, 3.0, 4.0}


def test_with_little_and_nothing_to_learn_chances_stay_near_the_base_rate() -> None:
    """Registers that tell nothing, in a few hundred tickets: no worse than saying the base rate to all, by much."""
    rows, ended = framed(a_history(MUTE, tickets=500, seed=9), "escalation_like")
    found = backtest(
        rows, RULES.labels["escalation_like"], RULES, Asked(UNTIL, BEGIN, END, resamples=0), ended
    )
    shown, prior = (found.of(name).figures["brier"].value or 1 for name in ("shown", "prior"))
    assert found.chosen in {"rule", "logistic"}
    assert shown < prior + 0.01


def test_few_tickets_have_no_challenger() -> None:
    """Trees that saw few tickets win by luck alone, however many rows these make."""
    rows, ended = framed(a_history(), "escalation_like")
    assert "3,000 tickets" in fit(rows, RULES, until=ended).note


def test_a_weeks_rhythm_does_not_move_the_level() -> None:
    """Tickets fail on Mondays alone: the level of every day is that of whole weeks."""
    at = np.arange(8 * 7 * 40) * DAY / 40
    y = ((at // DAY) % 7 == 4).astype(float)  # day 0 was a Thursday
    rows = a_frame(at=at, y=y, known=at + 7 * DAY)
    levels = [intercept_now(np.zeros(len(at)), rows, day * DAY) for day in range(21, 50)]
    assert np.ptp(levels) < 1e-6
    asked = at > 30 * DAY
    whole = followed(np.zeros(len(at)), rows)
    np.testing.assert_array_equal(followed(np.zeros(len(at)), rows, asked), whole[asked])


def one_event(event: Event) -> Event | None:
    return event if event.set.get("status") == "new" else None


def never(event: Event) -> Event:
    return reworded(event, lambda register, value: (register, "low" if register == "priority" else value))


def at_midnight(event: Event) -> Event:
    return msgspec.structs.replace(event, at=event.at[:11] + "00:00:00Z")


def of_one_ticket(event: Event) -> Event:
    return msgspec.structs.replace(event, ticket="1" if int(event.ticket[1:]) % 3 else event.ticket)


def immense(event: Event) -> Event:
    told = {**event.set, "custom.a": 1e308, "custom.b": -(10**18), "custom.c": (), "custom.d": None}
    return msgspec.structs.replace(event, set=told)


@pytest.mark.parametrize("shape", [one_event, never, at_midnight, of_one_ticket, immense])
@pytest.mark.parametrize("label", ["escalation_like", "sla_miss", "next_line_at_intake"])
def test_odd_histories_are_judged_all_the_same(shape: Callable[[Event], Event | None], label: str) -> None:
    """One event a ticket, nothing ever happens, all at one moment, a ticket of thousands, numbers beyond measure."""
    events = [event for told in a_history() if (event := shape(told)) is not None]
    rows, ended = framed(events, label)
    found = backtest(rows, RULES.labels[label], RULES, Asked(UNTIL, BEGIN, END, resamples=20), ended)
    assert all(np.isfinite(f.value) for m in found.models for f in m.figures.values() if f.value is not None)


def test_a_stray_date_costs_nothing() -> None:
    """One event of 1970 stands before all others, as a mistyped one does."""
    events = [Event("old", "1970-01-01T00:00:00Z", set={"status": "new"}), *a_history(tickets=400)]
    rows, ended = framed(events, "escalation_like")
    assert fit(rows, RULES, until=ended).rows > 200
