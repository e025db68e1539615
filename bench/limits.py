"""The vendors' real rate limits, simulated: how much of them is used, and how often we run into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.budget import jira_budget, zendesk_budget
from connectors.http import Http
from connectors.jira.client import JiraClient
from connectors.oauth import BasicAuth
from connectors.zendesk.client import Client
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

START = 1_760_000_000.0


@dataclass
class Desk:
    """A sandbox that enforces its limits, on a clock that moves only while somebody waits."""

    clock: Clock
    sandbox: Sandbox
    zendesk: Client
    jira: JiraClient
    tickets: list[int] = field(default_factory=list[int])
    issues: list[str] = field(default_factory=list[str])


def desk() -> Desk:
    """Return both clients, with nothing held in reserve."""
    clock = Clock()
    clock.freeze(START)
    sandbox = Sandbox(clock)
    _ = sandbox.seed("empty")
    vendors: dict[str, Any] = dict(sandbox.vendors)
    vendors["zendesk"].settings |= {
        "rate_limits": "suite_enterprise_plus",
        "export_delay": 0,
        "search_lag": 0,
    }
    vendors["jira"].settings |= {"rate_limits": True, "search_lag": 0}

    def http(system: str, name: str, budget: Any) -> Http:
        told = vendors[system].describe("http://127.0.0.1:1", "https://127.0.0.1:2")
        auth = BasicAuth(told["email"] + name, told["api_token"])
        transport = InProcess(sandbox, system)
        return Http(told["url"], system=system, auth=auth, budget=budget, transport=transport, sleep=wait)

    def wait(seconds: float) -> None:
        clock.advance(max(seconds, 0.0001))

    return Desk(
        clock,
        sandbox,
        Client(http("zendesk", "/token", zendesk_budget(reserve=0, now=clock.now, sleep=wait))),
        JiraClient(http("jira", "", jira_budget(reserve=0, now=clock.now, sleep=wait))),
    )


@dataclass(frozen=True)
class Load:
    """Work that one limit bounds: `limit` calls in `period` seconds, `burst` of them at once."""

    name: str
    limit: int
    period: float
    calls: int
    ask: Callable[[Desk, int], object]
    prepare: Callable[[Desk], object] = lambda _: None
    bucket: bool = False

    def allowed(self, seconds: float) -> float:
        """How many calls the vendor would have taken in this time."""
        if self.bucket:
            return self.limit + seconds / self.period * self.limit
        return self.limit * (int(seconds / self.period) + 1)


def run() -> list[str]:
    """Drive each limit for a while."""
    return [
        "### Real rate limits, simulated (nothing in reserve)",
        "",
        "| bound by | calls | simulated s | share of the allowed | 429 |",
        "|---|---:|---:|---:|---:|",
        *map(_driven, _loads()),
    ]


def _driven(load: Load) -> str:
    there = desk()
    load.prepare(there)
    there.clock.advance(3600)
    for calls in there.sandbox.calls.values():
        calls.reset()
    begun = there.clock.now()
    for number in range(load.calls):
        load.ask(there, number)
    seconds = there.clock.now() - begun
    throttled = sum(calls.statuses[429] for calls in there.sandbox.calls.values())
    share = load.calls / load.allowed(seconds)
    return f"| {load.name} | {load.calls:,} | {seconds:.0f} | {share:.1%} | {throttled} |"


def _loads() -> list[Load]:
    return [
        Load("Zendesk: account, 2500 a minute", 2500, 60, 25_000, lambda d, _: d.zendesk.tickets([1])),
        Load("Zendesk: incremental exports, 10 a minute", 10, 60, 200, lambda d, _: _export(d)),
        Load("Zendesk: ticket updates, 100 a minute", 100, 60, 2000, _update_ticket, _tickets(200)),
        Load("Jira: POST of one endpoint, 100 a second", 100, 1, 10_000, _comment, _issues(500), bucket=True),
        Load("Jira: PUT of one endpoint, 50 a second", 50, 1, 5000, _edit, _issues(500), bucket=True),
        Load("Jira: GET of an issue, 150 a second", 150, 1, 15_000, _look, _issues(50), bucket=True),
        Load("Jira: one issue, 100 writes in 30 s", 100, 30, 1000, _comment, _issues(1)),
    ]


def _export(there: Desk) -> object:
    return there.zendesk.changed_tickets(cursor=None, start=int(START), deleted=True)


def _tickets(count: int) -> Callable[[Desk], object]:
    def prepare(there: Desk) -> None:
        _ = there.sandbox.seed("bulk", "zendesk", tickets=count, comments=1)
        vendor: Any = there.sandbox.vendors["zendesk"]
        vendor.settings |= {"rate_limits": "suite_enterprise_plus"}
        there.tickets = sorted(vendor.state.tickets)

    return prepare


def _update_ticket(there: Desk, number: int) -> None:
    body = {"ticket": {"priority": ("low", "high")[number % 2]}}
    reply = there.zendesk.update_ticket(str(there.tickets[number % len(there.tickets)]), body)
    assert reply.status == 200, reply.content


def _issues(count: int) -> Callable[[Desk], object]:
    def prepare(there: Desk) -> None:
        _ = there.sandbox.seed("bulk", "jira", issues=count)
        vendor: Any = there.sandbox.vendors["jira"]
        there.issues = [str(issue) for issue in vendor.state.issues]

    return prepare


def _comment(there: Desk, number: int) -> None:
    words = {"type": "paragraph", "content": [{"type": "text", "text": f"Note {number}"}]}
    body = {"body": {"version": 1, "type": "doc", "content": [words]}}
    reply = there.jira.add_comment(_issue(there, number), body)
    assert reply.status == 201, reply.content


def _edit(there: Desk, number: int) -> None:
    body = {"fields": {"summary": f"Edit {number}"}}
    reply = there.jira.edit(_issue(there, number), body, quiet=False)
    assert reply.status in {200, 204}, reply.content


def _look(there: Desk, number: int) -> None:
    reply = there.jira.issue(_issue(there, number), ["summary"])
    assert reply.status == 200, reply.content


def _issue(there: Desk, number: int) -> str:
    return there.issues[number % len(there.issues)]
