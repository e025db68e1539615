"""
Whatever the CRM shows, in whatever order: the tickets that wake are those that must, and no others.

The oracle holds everything in dictionaries, and finds what changed by working out all of it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.account import Account, Contact, Trace
from hub.model import SALESFORCE, RemoteId
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, RUN, Clock, account, contact, decision

ACCOUNTS = ["A", "B", "C"]
EMAILS = ["x@a.com", "y@a.com"]
TRACES = [*(f"account:{a}" for a in ACCOUNTS), *(f"email:{e}" for e in EMAILS), "domain:a.com", "name:a"]


@dataclass
class Step:
    """One thing that happens: a page of the CRM's feed, a decision on a ticket, or accounts settled."""

    accounts: Sequence[tuple[Account, frozenset[Trace]]] = ()
    contacts: Sequence[Contact] = ()
    gone: Sequence[str] = ()
    tickets: dict[str, tuple[frozenset[Trace], bool, str]] = field(default_factory=dict)
    settle: bool = False


@dataclass
class Oracle:
    """What must be held and awake, worked out the plain way."""

    accounts: dict[str, tuple[Account, frozenset[Trace]]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    tickets: dict[str, tuple[frozenset[Trace], bool, str]] = field(default_factory=dict)
    due: set[str] = field(default_factory=set)

    def take(self, step: Step) -> set[str]:
        """Take the page in; return the tickets that it wakes."""
        accounts, ties = dict(self.accounts), self.ties()
        self.accounts |= {a.id: (a, traces) for a, traces in step.accounts}
        self.contacts |= {c.id: c for c in step.contacts}
        for name in step.gone:
            self.contacts.pop(name, None)
        concerned = {trace for _, _, trace in ties ^ self.ties()}
        for name, (now, _) in self.accounts.items():
            was = accounts[name][0] if name in accounts else None
            if was is None or bare(was) != bare(now):
                concerned.add(f"account:{name}")
            self.take_note(was, now)
        self.due &= self.living()
        return {t for t, (traces, done, _) in self.tickets.items() if traces & concerned and not done}

    def take_note(self, was: Account | None, now: Account) -> None:
        if was is None or not lives(was) or was.shown != now.shown:
            self.due.add(now.id)
        if now.merged_into and (was is None or was.merged_into != now.merged_into):
            self.due.add(now.merged_into)

    def decide(self, step: Step) -> None:
        for name, new in step.tickets.items():
            old = self.tickets.get(name, (frozenset[Trace](), False, ""))
            if (old[0], old[2]) != (new[0], new[2]):
                self.due |= {t.removeprefix("account:") for t in old[0] | new[0] if t.startswith("account:")}
            self.tickets[name] = new
        self.due &= self.living()

    def living(self) -> set[str]:
        return {name for name, (one, _) in self.accounts.items() if lives(one)}

    def ties(self) -> set[tuple[str, str, Trace]]:
        own = {(a, "", t) for a in self.living() for t in self.accounts[a][1]}
        people = self.contacts.values()
        return own | {(c.account, c.id, f"email:{c.email}") for c in people if c.account in self.living()}


def lives(one: Account) -> bool:
    return not (one.gone or one.merged_into)


def bare(one: Account) -> Account:
    return msgspec.structs.replace(one, shown={})


own = st.frozensets(st.sampled_from(["domain:a.com", "name:a", "email:x@a.com"]), max_size=2)
accounts = st.builds(
    lambda name, traces, **rest: (account(name, **rest)[0], traces),
    st.sampled_from(ACCOUNTS),
    own,
    word=st.sampled_from(["gold", "tin"]),
    gone=st.booleans(),
    into=st.sampled_from(["", "", "A", "C"]),
    shown=st.sampled_from(["", "t1"]),
)
contacts = st.builds(
    contact, st.sampled_from(["x1", "x2"]), st.sampled_from([*ACCOUNTS, "D"]), st.sampled_from(EMAILS)
)
pages = st.builds(
    Step,
    accounts=st.lists(accounts, max_size=3),
    contacts=st.lists(contacts, max_size=2),
    gone=st.lists(st.sampled_from(["x1", "x2"]), max_size=1),
)
tickets = st.tuples(st.frozensets(st.sampled_from(TRACES), max_size=3), st.booleans(), st.sampled_from("pq"))
decisions = st.builds(
    Step, tickets=st.dictionaries(st.sampled_from(["t1", "t2", "t3", "t4"]), tickets, min_size=1)
)
steps = st.lists(st.one_of(pages, decisions, st.just(Step(settle=True))), min_size=2, max_size=10)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_the_tickets_that_wake_are_those_that_must(steps: list[Step]) -> None:
    store, oracle = open_store("sqlite://", now=Clock()), Oracle()
    for step in steps:
        if step.tickets:
            decide(store, step)
            oracle.decide(step)
        elif step.settle:
            store.settle_accounts({i: {} for i in store.due_accounts(10)})
            oracle.due.clear()
        else:
            woken = oracle.take(step)
            assert take(store, step) == woken
            assert take(store, step) == set(), "the same page says nothing new"
        assert set(store.due_accounts(10)) == oracle.due
        check(store, oracle)
    store.close()


def decide(store: SqlStore, step: Step) -> None:
    store.load(step.tickets)
    given = [
        decision(name, word=word, traces=tuple(traces), done=done)
        for name, (traces, done, word) in step.tickets.items()
    ]
    store.commit(given, [], RUN, AT)


def take(store: SqlStore, step: Step) -> set[str]:
    count = store.take_accounts(
        SALESFORCE, step.accounts, step.contacts, [RemoteId(g) for g in step.gone], None, AT
    )
    dirty = store.dirty(10)
    assert count == len(dirty)
    store.load(dirty)
    store.settle(dirty)
    return set(dirty)


def check(store: SqlStore, oracle: Oracle) -> None:
    """What is looked up is what the oracle holds."""
    assert set(store.account_ids(10)) == oracle.living()
    directory = store.directory(TRACES)
    ties = oracle.ties()
    holders = {t: tuple(sorted({a for a, _, trace in ties if trace == t})) for _, _, t in ties}
    assert directory.by_trace == holders
    assert directory.accounts == {name: one for name, (one, _) in oracle.accounts.items()}
    assert {c for same in directory.contacts.values() for c in same} == set(oracle.contacts.values())
    named = store.tickets_with(TRACES, only_open=False)
    assert named == {
        t: tuple(sorted(n for n, (traces, *_) in oracle.tickets.items() if t in traces)) for t in TRACES
    }
    unmatched = [n for n, (traces, done, _) in oracle.tickets.items() if not done and not has_account(traces)]
    assert [n for n, _ in store.unmatched(10)] == sorted(unmatched)


def has_account(traces: frozenset[Trace]) -> bool:
    return any(trace.startswith("account:") for trace in traces)
