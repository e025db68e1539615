"""The store keeps readings, feedback, models, outlooks and alerts as they were given."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from hub.model import TicketId
from hub.score_records import Alert, Feedback, Model
from hub.signals.reading import Reading
from hub.store import SqlStore, score_store, scores
from tests.unit.store.samples import AT, RUN, Clock, decision

T1, T2 = TicketId("t1"), TicketId("t2")
FEEDBACK = Feedback(
    T1, AT, "bob@example.com", "zendesk", "dismissed", "calm now", "signal.churn", model="m1", score=71, risk=0.31,
    features={"days_open": 4.5, "group": "billing"},
)  # fmt: skip


@pytest.fixture(autouse=True)
def tickets(store: SqlStore) -> None:
    store.commit([decision("t1"), decision("t2", done=True), decision("t3")], [], RUN, AT)


def test_the_newest_reading_of_a_text_stands(store: SqlStore) -> None:
    store.keep_readings(T1, "enc-1", {"d1": {"mood": 0.5}, "d2": {"mood": -1}})
    store.keep_readings(T2, "enc-2", {"d2": {"mood": -0.25, "spans": [["churn", "leave"]]}})
    assert store.readings(["d1", "d2", "d3"]) == {
        "d1": {"mood": 0.5},
        "d2": {"mood": -0.25, "spans": [["churn", "leave"]]},
    }
    assert store.read_by("enc-1", ["d1", "d2", "d3"]) == {"d1"}
    assert store.read_by("enc-2", ["d1", "d2", "d3"]) == {"d2"}
    store.keep_readings(T1, "enc-3", {})
    assert store.readings([]) == {}


def test_feedback_comes_back_in_order_of_time_page_by_page(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_store, "PAGE", 2)
    later = replace(FEEDBACK, ticket_id=T2, at="2026-01-02T00:00:00Z", verdict="accepted")
    store.add_feedback([later, FEEDBACK, FEEDBACK])
    store.add_feedback([FEEDBACK, later])
    found = list(store.feedback())
    assert [replace(f, id=0) for f in found] == [FEEDBACK] * 3 + [later] * 2
    assert len({f.id for f in found}) == 5
    assert [f.at for f in store.feedback(since="2026-01-01T00:00:01Z")] == [later.at] * 2
    assert [f.ticket_id for f in store.feedback(ticket=T2)] == [T2] * 2


def test_what_people_say_on_a_side_is_kept_with_the_decision_that_heard_it(store: SqlStore) -> None:
    store.commit([replace(decision("t1"), feedback=(FEEDBACK,))], [], RUN, AT)
    store.commit([decision("t1")], [], RUN, AT)
    assert [replace(f, id=0) for f in store.feedback(ticket=T1)] == [FEEDBACK]


def test_one_champion_a_label(store: SqlStore) -> None:
    assert store.champion("escalation") is None
    first = Model("escalation", "v1", "champion", AT, {"pr_auc": 0.3}, {"weights": [1.5, None]})
    second = replace(first, version="v2", at="2026-01-02T00:00:00Z")
    other = replace(first, label="sla", body={"x": 1})
    for model in (first, other, second):
        store.save_model(model)
    assert store.champion("escalation") == second
    assert store.champion("sla") == other
    assert store.models("escalation") == [
        replace(second, body=None),
        replace(first, body=None, state="retired"),
    ]
    store.save_model(replace(second, state="retired"))
    store.save_model(first)
    assert store.champion("escalation") == first, "fallen back"


def test_of_old_models_only_the_newest_are_kept_whole(store: SqlStore) -> None:
    """The champion is never let go, however old it is; nor is what a model was found to be worth."""
    store.save_model(Model("x", "v000", "champion", AT, {}, {"w": 0}))
    for n in range(1, scores.WHOLE + 6):
        at = f"2026-02-01T00:{n:02}:00Z"
        store.save_model(Model("x", f"v{n:03}", "rejected", at, {"n": n}, {"w": n}))
    whole = {
        m.version for m in store.models("x") if (one := store.model("x", m.version)) and one.body is not None
    }
    assert whole == {"v000", *(f"v{n:03}" for n in range(6, scores.WHOLE + 6))}
    old = store.model("x", "v001")
    assert old is not None
    assert (old.body, old.metrics) == (None, {"n": 1})
    assert store.model("x", "none") is None
    assert len(store.models("x", limit=3)) == 3


def test_an_outlook_stands_until_the_next_one(store: SqlStore) -> None:
    assert store.outlook("crowd") is None
    store.save_outlook("crowd", {"base": 0.07}, AT)
    store.save_outlook("crowd", {"base": 0.08}, "2026-01-02T00:00:00Z")
    found = store.outlook("crowd")
    assert found is not None
    assert (found.at, found.body) == ("2026-01-02T00:00:00Z", {"base": 0.08})


def test_alerts_have_a_state_of_their_own(store: SqlStore) -> None:
    late = Alert("risk", "2026-01-02T00:00:00Z", ticket_id=T1, body={"risk": 0.4})
    early = Alert("health", AT, account="A1")
    numbers = store.add_alert(late), store.add_alert(early)
    assert [replace(a, id=0) for a in store.alerts()] == [early, late]
    assert [a.kind for a in store.alerts(since="2026-01-01T12:00:00Z")] == ["risk"]
    store.set_alert(numbers[0], "acknowledged")
    assert [a.id for a in store.alerts(states=["acknowledged"])] == [numbers[0]]
    assert [a.state for a in store.alerts()] == ["new", "acknowledged"]
    with pytest.raises(LookupError, match="no alert 99"):
        store.set_alert(99, "closed")


def test_open_tickets_are_those_with_something_left_to_do(store: SqlStore) -> None:
    assert store.open_tickets(10) == ["t1", "t3"]
    assert store.open_tickets(1) == ["t1"]
    assert store.open_tickets(10, "t1") == ["t3"]


def test_what_is_marked_while_a_run_plans_it_is_planned_once_more(store: SqlStore) -> None:
    assert store.dirty(10) == []
    store.load([T1])
    store.make_dirty([T1, TicketId("unknown")])
    assert store.dirty(10) == ["t1"]
    store.commit([decision("t1")], [], RUN, AT)
    assert store.dirty(10) == ["t1"], "that run had loaded it before it was marked"


def test_it_is_written_while_a_run_holds_the_store(store: SqlStore, url: str, clock: Clock) -> None:
    """Feedback by a person, and what `rescore` finds, go between two writes of a run."""
    from hub.store import open_store  # noqa: PLC0415  a second process, as it were

    beside = open_store(url, now=clock)
    with store.lease("sync"):
        beside.add_feedback([FEEDBACK])
        beside.make_dirty([T1])
    beside.close()
    assert len(list(store.feedback())) == 1


def test_a_ticket_is_loaded_with_the_readings_of_its_texts(store: SqlStore) -> None:
    """A text that stands in two tickets is read once; a newer reading reaches both."""
    old, new = Reading("en", "negative", -0.5, (), "encoder", "e1"), Reading("en", mood=0.25, version="e2")
    assert store.load([T1])[T1].readings == {}
    store.keep_readings(T1, "e1", {"d1": msgspec.to_builtins(old), "d2": msgspec.to_builtins(old)})
    store.keep_readings(T2, "e2", {"d2": msgspec.to_builtins(new)})
    held = store.load([T1, T2, TicketId("t3")])
    assert held[T1].readings == {"d1": old, "d2": new}
    assert held[T2].readings == {"d2": new}
    assert held[TicketId("t3")].readings == {}
    assert set(store.readings_of([T1, T2])) == {T1, T2}
    assert store.read_by("e1", ["d1", "d2"]) == {"d1"}


def test_a_reading_that_this_version_does_not_understand_is_left_aside(store: SqlStore) -> None:
    store.keep_readings(T1, "later", {"d1": {"mood": "a word"}, "d2": {"mood": 0.5}})
    assert {k: r.mood for k, r in store.load([T1])[T1].readings.items()} == {"d2": 0.5}
