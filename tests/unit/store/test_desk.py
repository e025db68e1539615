"""What waits for a person: conflicts with their ends, and parked work with its age, on every database."""

from __future__ import annotations

from msgspec.structs import replace

from hub.model import JIRA, ZENDESK
from hub.operations import Refused
from hub.records import Conflict, Decision, Parked
from hub.store import SqlStore
from tests.unit.store.samples import AT, RUN, Clock, decision, refused, update
from tests.unit.store.test_decisions import T1, asked, note

LATER = "2026-01-02T00:00:00Z"


def found(*registers: str, **changes: str) -> Decision:
    conflicts = tuple(Conflict(T1, r, "a", {JIRA: "b"}, kept_from=ZENDESK, **changes) for r in registers)  # pyright: ignore[reportArgumentType]
    return replace(decision("t1"), conflicts=conflicts)


def settle(store: SqlStore, *conflicts: Conflict) -> None:
    _ = store.commit([replace(decision("t1"), settled=conflicts)], [], RUN, LATER)


def held(store: SqlStore) -> tuple[Conflict, ...]:
    return store.load([T1])[T1].conflicts


def test_a_ticket_is_held_with_its_open_conflicts(store: SqlStore) -> None:
    _ = store.commit([found("priority", "subject", note="hub:conflict:n")], [], RUN, AT)
    first, second = held(store)
    assert (first.register, second.register, first.note) == ("priority", "subject", "hub:conflict:n")
    store.resolve_conflict(first.id, "kept")
    assert held(store) == (second,)


def test_what_ended_is_held_until_everybody_was_told(store: SqlStore) -> None:
    """survives_death: how it ended is committed with the value, and whom to tell with it."""
    _ = store.commit([found("priority", note="n")], [], RUN, AT)
    [one] = held(store)
    over = replace(one, resolved="jira", by="Ann in Jira", ended=LATER, answer="n#a", due=True, wish="jira ann")
    settle(store, over)
    assert held(store) == (replace(over, wish=""),)
    assert store.conflicts() == []
    settle(store, replace(over, due=False))
    assert held(store) == ()
    [kept] = store.conflicts(only_open=False)
    assert (kept.resolved, kept.by, kept.dropped) == ("jira", "Ann in Jira", {JIRA: "b"})


def test_what_a_person_settled_meanwhile_stays_so(store: SqlStore) -> None:
    _ = store.commit([found("priority")], [], RUN, AT)
    [one] = held(store)
    store.resolve_conflict(one.id, "kept")
    settle(store, replace(one, resolved="jira"))
    assert [c.resolved for c in store.conflicts(only_open=False)] == ["kept"]


def test_who_settled_what_is_in_the_audit_trail_once(store: SqlStore) -> None:
    _ = store.commit([found("priority")], [], RUN, AT)
    over = replace(held(store)[0], resolved="overtaken", by="somebody in Jira", due=True)
    settle(store, over)
    settle(store, replace(over, due=False))
    [act] = [a for a in store.acts() if a.kind == "conflict resolved"]
    assert (act.actor, act.why, act.ticket_id) == ("somebody in Jira", "somebody set the field anew", "t1")


def park(store: SqlStore, at: str, slot: str = "field:summary") -> Parked:
    [row] = asked(store, update("t1"))
    note(store, row, Refused("no"), parked=(replace(refused("t1", slot), at=at),))
    return next(p for p in store.parked() if p.slot == slot)


def test_what_is_refused_again_keeps_its_age_and_its_number(store: SqlStore) -> None:
    """Nothing expires, and nothing looks younger than it is."""
    first = park(store, AT)
    assert (first.since, first.tries) == (AT, 1)
    store.decide_parked([first.id], "retry", "")
    again = park(store, LATER)
    assert (again.id, again.since, again.tries, again.state) == (first.id, AT, 2, "parked")
    assert again.at == AT  # the same clock wrote both


def test_what_was_given_up_and_is_refused_anew_begins_anew(store: SqlStore) -> None:
    first = park(store, AT)
    store.decide_parked([first.id], "dropped", "not needed")
    assert store.parked() == []
    again = park(store, LATER)
    assert (again.tries, again.state) == (1, "parked")


def test_other_words_are_kept_until_they_are_taken(store: SqlStore) -> None:
    """Refused again, they are still what the person wrote; another comment is another matter."""
    one = park(store, AT, "comment:c1")
    store.reword_parked(one, "shorter")
    [parked] = store.load([T1])[T1].parked
    assert (parked.state, parked.edited) == ("retry", "shorter")
    assert store.dirty(10) == [T1]
    assert park(store, LATER, "comment:c1").edited == "shorter"


def test_all_that_waits_is_counted(store: SqlStore) -> None:
    assert store.standing() == {"parked": 0, "conflicts": 0}
    _ = store.commit([found("priority", "subject")], [], RUN, AT)
    _ = park(store, AT)
    assert store.standing() == {"parked": 1, "conflicts": 2}
    store.resolve_conflict(held(store)[0].id, "kept")
    store.decide_parked([store.parked()[0].id], "dropped", "enough")
    assert store.standing() == {"parked": 0, "conflicts": 1}


def test_who_gave_up_what_is_in_the_audit_trail(store: SqlStore, clock: Clock) -> None:
    clock.minutes = 7
    store.decide_parked([park(store, AT).id], "dropped", "the project is closed")
    [act] = [a for a in store.acts() if a.kind == "parked: dropped"]
    assert (act.why, act.at) == ("the project is closed", clock())
    assert "field:summary" in act.subject
