"""Budgets in the database itself: many workers at once, wrong clocks, and what can be read of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.budget_store import Said, Spent, Standing, Wish
from hub.store import SqlStore, open_store
from hub.store.budgets import Ledger
from hub.store.engine import Database

A, B = ("account", ""), ("exports", "")


class Seconds:
    """Whatever the database's clock says."""

    def __init__(self) -> None:
        self.at = 1_760_000_000.0

    def __call__(self, _: object) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def ledger(url: str, seconds: Seconds) -> Iterator[Ledger]:
    open_store(url).close()
    database = Database(url)
    yield Ledger(database, seconds)
    database.close()


def window(key: tuple[str, str], most: float, tokens: int) -> Wish:
    return Wish(key, "window", most, 60.0, tokens)


def test_workers_at_the_same_moment_get_no_more_than_there_is(url: str) -> None:
    """In whatever order each names its limits, and none waits for ever for another."""
    stores: list[SqlStore] = [open_store(url) for _ in range(4)]

    def ask(number: int) -> dict[tuple[str, str], int]:
        wishes = [window(A, 100, 5), window(B, 30, 5)]
        got = {A: 0, B: 0}
        for _ in range(15):
            turned = wishes if number % 2 else wishes[::-1]
            for grant in stores[number].draw("zendesk", f"w{number}", turned).grants:
                got[grant.key] += grant.tokens
        return got

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(ask, range(4)))
    for store in stores:
        store.close()
    assert (sum(one[A] for one in got), sum(one[B] for one in got)) == (100, 30)


def test_what_was_not_used_comes_back_at_once_and_what_was_when_its_window_has_passed(
    ledger: Ledger, seconds: Seconds
) -> None:
    [grant] = ledger.draw("zendesk", "a", [window(A, 10, 10)]).grants
    assert grant.tokens == 10
    [none] = ledger.draw("zendesk", "b", [window(A, 10, 4)]).grants
    assert none.tokens == 0
    _ = ledger.draw("zendesk", "a", (), [Spent(A, grant.id, 7, 3, 0.0)])
    [some] = ledger.draw("zendesk", "b", [window(A, 10, 4)]).grants
    assert some.tokens in (2, 3), "no more than is left, shared fairly"
    seconds.at += 60.1
    assert sum(g.tokens for g in ledger.draw("zendesk", "b", [window(A, 10, 7)]).grants) >= 4


def test_a_worker_that_heard_nothing_yet_goes_by_what_others_heard(ledger: Ledger, seconds: Seconds) -> None:
    """
    An account may have three times what is documented. Who came late waited for a limit that is none, with a
    feed claimed, and could not ask how much there really is.
    """
    [first] = ledger.draw("zendesk", "a", [window(A, 9, 1)]).grants
    assert first.tokens == 1
    heard = window(A, 27, 6)._replace(stated=True)
    assert sum(ledger.draw("zendesk", "a", [heard]).grants[0].tokens for _ in range(3)) == 18
    [late] = ledger.draw("zendesk", "new", [window(A, 9, 2)]).grants
    assert late.tokens == 2
    [line] = ledger.budgets()
    assert (line.limit, line.used) == (27, 21)
    less = window(A, 9, 1)._replace(stated=True)
    [none] = ledger.draw("zendesk", "a", [less]).grants
    assert none.tokens == 0, "the plan is another one now"
    seconds.at += 100
    assert sum(ledger.draw("zendesk", "new", [window(A, 27, 9)]).grants[0].tokens for _ in range(3)) == 9


def test_what_a_process_counted_itself_is_no_limit_that_the_vendor_stated(ledger: Ledger) -> None:
    ledger.tell_budgets("zendesk", [Standing(A, 9.0, 2.0, 30.0)])
    assert sum(ledger.draw("zendesk", "a", [window(A, 9, 9)]).grants[0].tokens for _ in range(2)) == 9


def test_a_dead_worker_keeps_its_calls_only_until_their_window_ends(ledger: Ledger, seconds: Seconds) -> None:
    _ = ledger.draw("zendesk", "dead", [window(A, 10, 10)])
    seconds.at += 60 + 3 + 9.9
    [early] = ledger.draw("zendesk", "b", [window(A, 10, 1)]).grants
    assert (early.tokens, round(early.seconds, 1)) == (0, 0.1)
    seconds.at += 0.2
    [late] = ledger.draw("zendesk", "b", [window(A, 10, 1)]).grants
    assert late.tokens == 1


def test_a_database_whose_clock_is_set_back_holds_nobody_up_for_long(
    ledger: Ledger, seconds: Seconds
) -> None:
    """After a failover to a machine with another clock, a limit is free again within one window."""
    _ = ledger.draw("zendesk", "a", [window(A, 10, 10)])
    _ = ledger.draw("jira", "a", [Wish(A, "bucket", 50, 100.0, 12)])
    seconds.at -= 7200
    [grant] = ledger.draw("zendesk", "b", [window(A, 10, 1)]).grants
    assert grant.tokens == 0
    assert grant.seconds <= 73
    seconds.at += 73.1
    assert ledger.draw("zendesk", "b", [window(A, 10, 1)]).grants[0].tokens == 1
    assert ledger.draw("jira", "b", [Wish(A, "bucket", 50, 100.0, 12)]).grants[0].tokens == 12


def test_a_pause_is_told_to_everybody_with_whatever_they_ask(ledger: Ledger, seconds: Seconds) -> None:
    """Also of limits that nobody asks the store for, such as an app's quota of points."""
    ledger.pause("jira", ("jira-quota-global-based", ""), 600.0)
    ledger.pause("jira", ("jira-quota-global-based", ""), 30.0)
    drawn = ledger.draw("jira", "b", [window(A, 10, 1)])
    assert drawn.grants[0].tokens == 1
    assert drawn.pauses == {("jira-quota-global-based", ""): 600.0}
    seconds.at += 601
    assert ledger.draw("jira", "b", [window(A, 10, 1)]).pauses == {}


def test_of_what_the_vendor_said_to_different_workers_the_latest_counts(ledger: Ledger) -> None:
    day = ("daily-calls", "")
    said = [Said(day, 700, 800, 5.0), Said(day, 650, 800, 50.0)]
    [grant] = ledger.draw("salesforce", "a", [Wish(day, "daily", 800, 900.0, 1)], (), said).grants
    assert (grant.tokens, grant.used, grant.most) == (1, 700, 800)


def test_what_one_process_counts_alone_can_be_read_too(ledger: Ledger, seconds: Seconds) -> None:
    """On SQLite no budget is shared; how it stands is told after each run."""
    ledger.tell_budgets("zendesk", [Standing(A, 100, 60, 30.0)])
    [line] = ledger.budgets()
    assert (line.limit, line.used, line.left, line.until) == (100, 40, 60, "2025-10-09T08:53:50Z")
    seconds.at += 31
    [line] = ledger.budgets()
    assert (line.used, line.left, line.until) == (0, 100, None)
    seconds.at += 8 * 86_400
    assert ledger.budgets() == []


def test_a_process_alone_on_a_file_asks_the_store_for_nothing(url: str) -> None:
    """SQLite has one program at work at a time."""
    store = open_store(url)
    assert store.shares_budgets == (not url.startswith("sqlite"))
    store.close()
