"""What was seen waits in the inbox until a commit takes it in, and is never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model import JIRA, ZENDESK, RemoteId
from hub.ports import Hint
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, RUN, Clock, page, seen


def test_a_page_and_its_cursor_are_stored_together(store: SqlStore) -> None:
    store.stage(ZENDESK, page("c1", seen("1"), seen("2")), AT)
    store.stage(ZENDESK, page("c2"), AT)
    store.stage(JIRA, page("j1", seen("1", system=JIRA)), AT)
    assert store.cursors() == {ZENDESK: "c2", JIRA: "j1"}
    assert store.inbox_size() == {ZENDESK: 2, JIRA: 1}


def test_claim_joins_what_waits_for_a_replica_in_the_order_in_which_it_was_seen(
    store: SqlStore,
) -> None:
    store.stage(ZENDESK, page("c1", seen("1", "a"), seen("2", "b"), seen("1", "c")), AT)
    store.stage_observations([seen("1", "d")], AT)
    one, two = store.claim(10)
    assert [o.raw for o in one.observations] == [{"subject": w} for w in "acd"]
    assert (one.remote_id, two.remote_id) == ("1", "2")
    assert one.rows == tuple(sorted(one.rows))
    assert not one.hinted


def test_claim_goes_on_after_a_row_without_showing_a_replica_twice(store: SqlStore) -> None:
    store.stage(ZENDESK, page("c1", *(seen(str(n % 7)) for n in range(50))), AT)
    after, found = 0, list[str]()
    while batch := store.claim(3, after):
        found += [s.remote_id for s in batch]
        after = batch[-1].rows[0]
    assert found == [str(n) for n in range(7)]
    assert store.inbox_size() == {ZENDESK: 7}, "claiming removes nothing"


def test_an_observation_comes_back_as_it_was(store: SqlStore) -> None:
    odd = seen("1", 'nul \x00, emoji \U0001f600, quote \' and {"json": 1}')
    store.stage_observations([odd], AT)
    assert store.claim(1)[0].observations == (odd,)


def test_half_a_character_does_not_keep_its_page_out(store: SqlStore) -> None:
    store.stage(ZENDESK, page("c1", seen("1", "broken \ud83d"), seen("2")), AT)
    assert store.claim(2)[0].observations[0].raw == {"subject": "broken ?"}
    assert store.cursors() == {ZENDESK: "c1"}


def test_a_delivery_counts_once_however_often_it_comes(store: SqlStore) -> None:
    hint = Hint(ZENDESK, RemoteId("5"), "delivery-1")
    assert store.stage_hints([hint, hint], AT) == 1
    assert store.stage_hints([hint, Hint(JIRA, RemoteId("5"), "delivery-1")], AT) == 1
    zendesk, jira = store.claim(10)
    assert (zendesk.hinted, zendesk.observations) == (True, ())
    assert (jira.hinted, len(jira.rows)) == (True, 1)


def test_row_numbers_are_never_used_again(store: SqlStore) -> None:
    """A commit that is given an old number must not remove what came since."""
    store.stage_observations([seen("1")], AT)
    (old,) = store.claim(1)
    store.commit([], old.rows, RUN, AT)
    store.stage_observations([seen("1")], AT)
    store.commit([], old.rows, RUN, AT)
    assert store.inbox_size() == {ZENDESK: 1}


def test_hints_come_in_while_a_run_writes(store: SqlStore, url: str) -> None:
    """`hub serve` and a run work on one store at once: nobody fails, nothing is lost."""
    door = open_store(url)

    def receive(worker: int) -> int:
        hints = [Hint(ZENDESK, RemoteId(f"h{worker}-{n}"), f"{worker}-{n}") for n in range(15)]
        return sum(door.stage_hints([hint], AT) for hint in hints)

    with ThreadPoolExecutor(2) as pool, store.lease("run"):
        received = [pool.submit(receive, worker) for worker in range(2)]
        for n in range(30):
            store.stage(ZENDESK, page(str(n), seen(f"s{n}")), AT)
        assert [r.result(30) for r in received] == [15, 15]
    assert store.inbox_size() == {ZENDESK: 60}
    door.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("stage"), st.lists(st.integers(0, 5), max_size=6)),
        st.tuples(st.just("hint"), st.lists(st.integers(0, 5), max_size=2)),
        st.tuples(st.just("take"), st.lists(st.integers(1, 4), min_size=1, max_size=1)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_the_order_of_calls_every_row_is_taken_once_and_in_order(
    steps: list[tuple[str, list[int]]],
) -> None:
    store = open_store("sqlite://", now=Clock())
    waiting: dict[str, list[str]] = {}
    """By replica: the words seen, in order; `hint` for a hint."""
    for number, (step, values) in enumerate(steps):
        names = [str(v) for v in values]
        words = [f"{number}.{i}" for i in range(len(names))]
        if step == "stage":
            observations = [seen(n, w) for n, w in zip(names, words, strict=True)]
            store.stage(ZENDESK, page(str(number), *observations), AT)
            for n, w in zip(names, words, strict=True):
                waiting.setdefault(n, []).append(w)
        elif step == "hint":
            store.stage_hints([Hint(ZENDESK, RemoteId(n), w) for n, w in zip(names, words, strict=True)], AT)
            for n in names:
                waiting.setdefault(n, []).append("hint")
        else:
            claimed = store.claim(values[0])
            assert [c.remote_id for c in claimed] == list(waiting)[: values[0]]
            for staged in claimed:
                expected = waiting.pop(staged.remote_id)
                got = [(o.raw or {})["subject"] for o in staged.observations]
                assert got == [w for w in expected if w != "hint"]
                assert staged.hinted == ("hint" in expected)
                assert len(staged.rows) == len(expected)
            store.commit([], [row for c in claimed for row in c.rows], RUN, AT)
        assert sum(store.inbox_size().values()) == len(waiting)
    store.close()
