"""A store whose process was killed at any moment is whole, and free for the next one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys

from hub.model import SALESFORCE, ZENDESK, TicketId
from hub.store import SqlStore, open_store
from tests.unit.store.worker import PAGE

DEATHS = 4


def test_a_killed_process_leaves_a_consistent_store(url: str) -> None:
    for death in range(DEATHS):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.unit.store.worker", url],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for _ in range(random.randint(1, 8)):
                assert process.stdout.readline(), "the worker could not take the lease, or failed"
            # Somewhere within the next round, which takes about as long as this counting.
            sum(range(random.randint(0, 400_000)))
            process.send_signal(signal.SIGKILL)
        store = open_store(url)
        check(store)
        if death == DEATHS - 1:
            with store.lease("after"):  # at once: its holder is dead
                pass
        store.close()


def check(store: SqlStore) -> None:
    staged = [f"{p}-{n}" for p in range(1, int(store.cursors()[ZENDESK]) + 1) for n in range(PAGE)]
    waiting = [s.remote_id for s in store.claim(10_000)]
    held = store.load([TicketId(name) for name in staged])
    assert sorted([*waiting, *held]) == sorted(staged), "each is in the inbox, or held: never both"
    entries = {e.ticket_id: e for e in store.journal("run")}
    assert set(entries) == set(held)
    for ticket_id, one in held.items():
        assert len(one.ticket.comments) == 2
        (link,) = one.links
        assert (link.label == "noted") == (entries[ticket_id].state == "done")
        assert one.dirty or link.label == "noted", "what is not noted is found again"
    check_accounts(store)


def check_accounts(store: SqlStore) -> None:
    """Whatever the cursor has passed is held, with all its traces, and nothing else is."""
    passed = range(1, int(store.account_cursor(SALESFORCE) or "0") + 1)
    assert set(store.account_ids(10_000)) == {f"A{p}" for p in passed}
    people = {f"email:{p}-{n}@a.com": f"A{p}" for p in passed for n in range(PAGE)}
    own = {f"name:{p}": f"A{p}" for p in passed}
    directory = store.directory([*people, *own])
    assert directory.by_trace == {trace: (at,) for trace, at in (people | own).items()}
    assert len(directory.contacts) == len(people)
