"""The vendor's limits, on the sandbox's clock, with the vendor's headers."""

from __future__ import annotations

from typing import Any

from sandbox.web import Request
from tests.sandbox.jira.asking import Asker, asker


def limited(**settings: Any) -> Asker:
    ask = asker()
    ask.jira.settings.update(rate_limits=True, **settings)
    return ask


def test_off_by_default() -> None:
    """Nothing is limited until it is asked for."""
    ask = asker()
    assert {ask("GET", "/rest/api/3/myself").status for _ in range(500)} == {200}


def test_burst() -> None:
    """A burst over an endpoint's rate is refused until the bucket has filled again."""
    ask = limited(burst_scale=0.1)
    statuses = [ask("GET", "/rest/api/3/myself").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    reply = ask("GET", "/rest/api/3/myself")
    assert reply.header("retry-after") == "1"
    assert reply.header("ratelimit-reason") == "jira-burst-based"
    assert reply.header("x-ratelimit-limit") == "10"
    assert reply.header("x-ratelimit-remaining") == "0"
    assert reply.header("x-ratelimit-reset") == "2026-01-06T09:00:01Z"
    assert ask("GET", "/rest/api/3/priority").status == 200  # another endpoint, another bucket
    ask.clock.advance(1)
    assert ask("GET", "/rest/api/3/myself").status == 200


def test_writes_to_one_issue() -> None:
    """One issue takes twenty writes in two seconds, and a hundred in thirty."""
    ask = limited()
    one, two = ask.create()["key"], ask.create()["key"]

    def write(key: str, number: int) -> Any:
        return ask("PUT", f"/rest/api/3/issue/{key}", {"fields": {"summary": f"n{number}"}})

    assert [write(one, n).status for n in range(21)] == [204] * 20 + [429]
    reply = write(one, 0)
    assert reply.header("ratelimit-reason") == "jira-per-issue-on-write"
    assert write(two, 0).status == 204
    for _ in range(4):
        ask.clock.advance(2.1)
        assert {write(one, n).status for n in range(20)} <= {204}
    ask.clock.advance(2.1)
    assert write(one, 0).status == 429
    assert int(write(one, 0).header("retry-after") or 0) > 15


def test_points() -> None:
    """An OAuth app pays points; an API token does not."""
    ask = limited(points_per_hour=5)
    app = Asker(ask.jira, ask.clock, "Bearer sandbox-jira-access-token")
    target = f"/ex/jira/{ask.jira.describe('', '')['cloud_id']}/rest/api/3/myself"
    assert [app("GET", target).status for _ in range(6)] == [200] * 5 + [429]
    reply = app("GET", target)
    assert reply.header("ratelimit-reason") == "jira-quota-global-based"
    assert reply.header("retry-after") == "3600"
    assert ask("GET", "/rest/api/3/myself").status == 200
    ask.clock.advance(3590)  # near the hour's end, within the token's life
    assert app("GET", target).status == 429


def test_throttled() -> None:
    """The 429 that a fault makes is the vendor's own."""
    ask = asker()
    answer = ask.jira.throttled(Request("GET", "http", "x", "/rest/api/3/myself"))
    assert answer.status == 429
    assert ("RateLimit-Reason", "jira-burst-based") in answer.headers
