"""What the vendors document about their limits: where pacing starts, before answers say more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from connectors.allowance import Allowance, Bucket, Window
from connectors.daily import DailyBudget
from connectors.pacing import Limit, PacedBudget, Scope
from connectors.quota import Slots
from connectors.sharing import Share

__all__ = ["DailyBudget", "Limit", "PacedBudget", "jira_budget", "salesforce_budget", "zendesk_budget"]

_WRITES = re.compile(r"^(?:POST|PUT|DELETE) ")
_JIRA_READS = (
    (150.0, r".*/issue/\{[^/]+\}"),
    (150.0, r".*/user"),
    (200.0, r".*/issue/\{[^/]+\}/changelog"),
    (300.0, r".*/attachment/content/\{[^/]+\}"),
    (200.0, r".*/component/\{[^/]+\}"),
    (5.0, r".*/servicedesk/\{[^/]+\}/customer"),
)


def zendesk_budget(
    plan_limit: int | None = None,
    *,
    high_volume: bool = False,
    reserve: float = 0.05,
    documented: bool = True,
    share: Share | None = None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> PacedBudget:
    """
    Zendesk's documented limits. `plan_limit`: calls a minute (Team 200 … Enterprise Plus 2500).

    Without it the first answers tell, one call at a time until then.
    `documented`: False goes only by what answers state (a test system that enforces nothing).
    """

    def per(count: int, seconds: float, share: float = reserve) -> Callable[[], Allowance]:
        return lambda: Window(count, seconds, share)

    def limit(name: str, covers: str, scope: Scope, make: Callable[[], Allowance]) -> Limit:
        return Limit(name, re.compile(covers), scope, make)

    ticket = r"^PUT .*/tickets/(\{id\}|update_many)"
    limits = (
        limit("tickets-update", ticket, "account", per(300 if high_volume else 100, 60)),
        limit("per-ticket-updates", r"^PUT .*/tickets/\{id\}", "target", per(30, 600, 0)),
        limit("incremental-exports", r"/incremental/", "account", per(30 if high_volume else 10, 60)),
        limit("deleted-tickets", r"^GET .*/deleted_tickets", "account", per(10, 60)),
        limit("search-export", r"/search/export", "account", per(100, 60)),
        limit(
            "per-user-updates",
            r"^PUT .*/users/\{id\}|/users/create_or_update$",
            "target",
            per(5, 60, 0),
        ),
        limit(
            "users-update",
            r"^PUT .*/users/\{id\}|/users/create_or_update$",
            "account",
            per(1, 1, 0),
        ),
        limit("per-organization-updates", r"^PUT .*/organizations/\{id\}", "target", per(5, 60, 0)),
    )
    return PacedBudget(
        "zendesk",
        limits if documented else (),
        account=plan_limit,
        careful=True,
        reserve=reserve,
        share=share,
        now=now,
        sleep=sleep,
    )


def jira_budget(
    *,
    reserve: float = 0.05,
    documented: bool = True,
    share: Share | None = None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> PacedBudget:
    """
    Jira Cloud's documented limits: bursts per endpoint and method, and writes per issue.

    A quota of points (OAuth apps) and Data Center's buckets are learned from the answers.
    `documented`: False goes only by what answers state (a test system that enforces nothing).
    """

    def burst(rate: float) -> Callable[[], Allowance]:
        return lambda: Bucket(rate, rate, reserve)

    def window(count: int, seconds: float) -> Callable[[], Allowance]:
        return lambda: Window(count, seconds)

    limits = [
        Limit("endpoint", re.compile(f"^{method} (?!{special}$)"), "endpoint", burst(rate))
        for method, rate, special in (
            ("GET", 100, "|".join(path for _, path in _JIRA_READS)),
            ("POST", 100, r".*/search/approximate-count|.*/expression/evaluate"),
            ("PUT", 50, r".*/component/\{id\}"),
            ("DELETE", 50, "-"),
        )
    ]
    special = [("GET", rate, path) for rate, path in _JIRA_READS]
    special += [
        ("POST", 150, r".*/search/approximate-count|.*/expression/evaluate"),
        ("PUT", 500, r".*/component/\{id\}"),
    ]
    limits += [
        Limit("endpoint", re.compile(f"^{method} (?:{path})$"), "endpoint", burst(rate))
        for method, rate, path in special
    ]
    limits += [
        Limit("per-issue-2s", _WRITES, "target", window(20, 2)),
        Limit("per-issue-30s", _WRITES, "target", window(100, 30)),
        Limit("bulk", re.compile(r"^\w+ .*/(?:issue/bulk|bulk/issues)"), "account", lambda: Slots(4)),
    ]
    documented_ = limits if documented else ()
    return PacedBudget("jira", documented_, reserve=reserve, share=share, now=now, sleep=sleep)


def salesforce_budget(
    *, reserve: float = 0.2, share: Share | None = None, now: Callable[[], float] = time.monotonic
) -> DailyBudget:
    """Salesforce's calls of 24 hours, which the whole org shares; it has no limit by second or minute."""
    return DailyBudget("salesforce", reserve=reserve, share=share, now=now)
