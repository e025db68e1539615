"""Warnings: each cause once, the worst first, within the day's budget, and nothing of it lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.alerts import Cause, Memory, Notice, Round, Subject, after, decide, key_of, remembered, spent
from hub.score_records import Alert

NOW = "2026-11-23T10:00:00Z"


def at(hours: float) -> str:
    return f"{datetime.fromisoformat(NOW) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def hot(value: float, *, key: str = "zendesk:7", team: str = "billing", news: str = "") -> Subject:
    """A ticket whose attention is worth a warning from 80 on, and over below 70."""
    cause = Cause("attention", value, 80, 70, f"attention {value:g}", value, news)
    return Subject(key, "A ticket", (cause,), team)


class Room:
    """What a hub does round after round: it keeps what was decided, and counts what was sent."""

    def __init__(self, budget: int = 10) -> None:
        self.memory: Memory = {}
        self.budget = budget
        self.sent: list[tuple[str, Notice]] = []
        self.held: dict[int, Notice] = {}
        self.rows = 0

    def round(self, *subjects: Subject, hours: float = 0, awake: bool = True) -> Round:
        now = at(hours)
        used = Counter(n.subject.team for when, n in self.sent if when[:10] == now[:10])
        left = {team: self.budget - n for team, n in used.items()}
        found = decide(subjects, self.memory, now, left=left, budget=self.budget, awake=awake)
        self.memory = found.memory
        for row in found.over:
            del self.held[row]
        for notice in found.send:
            self.held.pop(notice.row, None)
            self.memory = after(self.memory, notice, now, 0)
            self.sent.append((now, notice))
        for notice in found.hold:
            self.rows += 0 if notice.row else 1
            row = notice.row or self.rows
            self.held[row] = notice
            self.memory = after(self.memory, notice, now, row)
        return found


def test_a_cause_is_told_once_until_it_was_over_and_came_back() -> None:
    room = Room()
    told = [len(room.round(hot(value), hours=n).send) for n, value in enumerate([75, 85, 90, 75, 82, 60, 85])]
    assert told == [0, 1, 0, 0, 0, 0, 1], "75 lies in between: it neither begins nor ends anything"


def test_something_new_is_told_a_day_later_at_the_earliest() -> None:
    room = Room()
    assert room.round(hot(85, news=at(-1))).send
    assert not room.round(hot(85, news=at(1)), hours=2).send
    assert room.round(hot(85, news=at(1)), hours=25).send
    assert not room.round(hot(85, news=at(1)), hours=60).send


def test_the_worst_come_first_and_the_rest_is_held_until_there_is_room() -> None:
    room = Room(budget=2)
    subjects = [hot(80 + n, key=f"t{n}") for n in range(5)]
    found = room.round(*subjects)
    assert [n.subject.key for n in found.send] == ["t4", "t3"]
    assert next((n.subject.key, n.held) for n in found.hold) == ("t2", "the budget of the day is spent")
    assert not room.round(*subjects, hours=1).send
    assert len(room.held) == 3, "held once each, not once a round"
    tomorrow = room.round(*subjects[:2], hot(60, key="t2"), hours=24)
    assert [n.subject.key for n in tomorrow.send] == ["t1", "t0"]
    assert not room.held, "what does not hold any more is let go"


def test_each_team_has_a_budget_of_its_own() -> None:
    room = Room(budget=1)
    found = room.round(hot(90, key="a", team="x"), hot(85, key="b", team="y"), hot(95, key="c", team="x"))
    assert [n.subject.key for n in found.send] == ["c", "b"]


def test_at_night_all_is_held_and_told_in_the_morning() -> None:
    room = Room()
    found = room.round(hot(95), awake=False)
    assert (found.send, [n.held for n in found.hold]) == ((), ["quiet hours"])
    assert len(room.round(hot(95), hours=9).send) == 1
    assert not room.held


def test_all_that_is_new_of_a_ticket_goes_in_one_message() -> None:
    late = Cause("deadline", 1, 1, 1, "missed", 92, detail="customer missed")
    subject = Subject("t", "T", (*hot(85).causes, late), "x")
    [notice] = Room().round(subject).send
    assert [c.kind for c in notice.causes] == ["deadline", "attention"]
    assert notice.kind == "deadline"


def test_a_process_that_died_before_it_remembered_tells_nothing_twice() -> None:
    """The alert is kept first: what it tells stands in for the memory that was lost."""
    subject = hot(90)
    cause = key_of(subject, subject.causes[0])
    sent = Alert("attention", at(-1), "zendesk:7", state="sent", body={"causes": {cause: ""}}, id=4)
    assert not decide([subject], remembered({}, [sent]), NOW, left={}, budget=5).send
    held = Alert("attention", at(-1), "zendesk:7", state="held", body={"causes": {cause: ""}}, id=5)
    [notice] = decide([subject], remembered({}, [held]), NOW, left={}, budget=5).send
    assert notice.row == 5


def test_what_is_spent_counts_what_was_sent_today_by_team() -> None:
    def alert(state: Any, hours: float, team: str = "x") -> Alert:
        return Alert("risk", at(hours), state=state, body={"team": team})

    alerts = [
        alert("sent", -30),
        alert("sent", -1),
        alert("new", -1),
        alert("held", -1),
        alert("sent", 0, "y"),
    ]
    assert spent(alerts, at(-10)) == {"x": 2, "y": 1}


VALUES = st.sampled_from([50.0, 69.0, 75.0, 80.0, 95.0])
HOURS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abcde"), VALUES), st.booleans(), st.integers(1, 15)),
    max_size=12,
)


@given(HOURS, st.integers(0, 3))
def test_no_day_is_over_budget_and_nobody_hears_of_one_cause_twice(
    rounds: list[tuple[dict[str, float], bool, int]], budget: int
) -> None:
    """Whatever happens, in whatever order; and what begins is sent, held, or over: never forgotten."""
    room, clock = Room(budget), 0.0
    standing: set[str] = set()
    """Causes that were told and were not over since."""
    for values, awake, passed in rounds:
        clock += passed
        subjects = [hot(value, key=key) for key, value in values.items()]
        for subject in subjects:
            if subject.causes[0].value < 70:
                standing.discard(subject.key)
        standing &= values.keys()
        found = room.round(*subjects, hours=clock, awake=awake)
        told = {n.subject.key for n in found.send}
        assert not told & standing
        standing |= told
        waiting = {n.subject.key for n in room.held.values()}
        assert {key for key, value in values.items() if value >= 80} <= standing | waiting
        assert awake or not told
    days = Counter((when[:10], n.subject.team) for when, n in room.sent)
    assert max(days.values(), default=0) <= budget
