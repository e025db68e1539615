"""Pacing: no foreseeable 429, hardly a call fewer than the limits allow. On simulated clocks."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.allowance import Allowance, Bucket, Window
from connectors.budget import PacedBudget, jira_budget, zendesk_budget
from connectors.ratelimits import Stated, reason, stated
from connectors.reply import NotDone

TICKET = "PUT /api/v2/tickets/{id}"
EXPORT = "GET /api/v2/incremental/tickets/cursor"
ISSUE = "PUT /rest/api/3/issue/{id}"
READ = "POST /rest/api/3/search/jql"


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


class Counter(Protocol):
    """How a vendor counts one limit."""

    def admit(self, now: float) -> bool: ...
    def headers(self, now: float, /) -> Mapping[str, str]: ...


class FixedWindows:
    """So many per window; windows begin at times of the server's own."""

    def __init__(self, limit: int, period: float, phase: float, style: str = "x") -> None:
        self.limit, self.period, self.phase, self.style = limit, period, phase, style
        self.window, self.used = -1, 0

    def _roll(self, now: float) -> None:
        window = int((now + self.phase) // self.period)
        if window != self.window:
            self.window, self.used = window, 0

    def admit(self, now: float) -> bool:
        self._roll(now)
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float) -> Mapping[str, str]:
        self._roll(now)
        left = max(0, self.limit - self.used)
        resets = int((self.window + 1) * self.period - self.phase - now)
        match self.style:
            case "x":
                return {"x-rate-limit": str(self.limit), "x-rate-limit-remaining": str(left)}
            case "new":
                return {
                    "ratelimit-limit": str(self.limit),
                    "ratelimit-remaining": str(left),
                    "ratelimit-reset": str(resets),
                }
            case name:
                return {name: f"total={self.limit}; remaining={left}; resets={resets}"}


class Sliding:
    """So many in any period that ends now."""

    def __init__(self, limit: int, period: float) -> None:
        self.limit, self.period = limit, period
        self.times: deque[float] = deque()

    def admit(self, now: float) -> bool:
        while self.times and self.times[0] <= now - self.period:
            _ = self.times.popleft()
        if len(self.times) >= self.limit:
            return False
        self.times.append(now)
        return True

    def headers(self, _now: float) -> Mapping[str, str]:
        return {}


class TokenBucket:
    """Fills steadily, up to a burst."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst, self.tokens, self.at = rate, burst, burst, 0.0

    def admit(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def headers(self, _now: float) -> Mapping[str, str]:
        return {"x-ratelimit-remaining": str(int(self.tokens))}


def run(
    budget: PacedBudget,
    clock: Clock,
    counters: list[Counter],
    *,
    seconds: float,
    endpoint: str,
    travel: Callable[[], float],
    targets: Iterator[str] | None = None,
) -> tuple[int, int]:
    """Ask one call after the other for so long; return how many were admitted and refused."""
    admitted = refused = 0
    end = clock.now() + seconds
    while clock.now() < end:
        budget.take(endpoint, next(targets) if targets else "")
        clock.sleep(travel())
        ok = all([counter.admit(clock.now()) for counter in counters])  # noqa: C419  # each counts
        headers = {k: v for counter in counters for k, v in counter.headers(clock.now()).items()}
        clock.sleep(travel())
        admitted, refused = admitted + ok, refused + (not ok)
        budget.learn(endpoint, 200 if ok else 429, headers if ok else {"retry-after": "5"})
    return admitted, refused


def rides(low: float, high: float, seed: int) -> Callable[[], float]:
    source = random.Random(seed)
    return lambda: source.uniform(low, high)


def crowd(
    allowance: Allowance, counter: Counter, *, workers: int, seconds: float, seed: int, slow: float
) -> tuple[int, int]:
    """Many at once, whose requests overtake each other; return admitted and refused."""
    ride, order = rides(0.001, slow, seed), count()
    queue: list[tuple[float, int, str]] = [(0.0, next(order), "ready") for _ in range(workers)]
    admitted = refused = 0
    while queue[0][0] < seconds:
        now, _, step = heapq.heappop(queue)
        if step == "ready":
            wait = allowance.wait(now)
            if wait > 0:
                heapq.heappush(queue, (now + wait, next(order), "ready"))
                continue
            allowance.take(now)
            heapq.heappush(queue, (now + ride(), next(order), "arrives"))
        elif step == "arrives":
            ok = counter.admit(now)
            admitted, refused = admitted + ok, refused + (not ok)
            heapq.heappush(queue, (now + ride(), next(order), "answered"))
        else:
            allowance.done(now)
            heapq.heappush(queue, (now, next(order), "ready"))
    return admitted, refused


class TestNeverRefusedAndHardlyIdle:
    """The two halves of pacing, on models of how vendors count."""

    @settings(max_examples=15, deadline=None)
    @given(
        phase=st.floats(0, 60),
        limit=st.sampled_from([200, 400, 700]),
        style=st.sampled_from(["x", "new"]),
        told=st.booleans(),
        seed=st.integers(),
    )
    def test_zendesk_account(
        self,
        phase: float,
        limit: int,
        style: str,
        told: bool,
        seed: int,
    ) -> None:
        """Fixed windows of unknown phase, the plan's limit told or learned from the first answer."""
        clock = Clock()
        budget = zendesk_budget(limit if told else None, reserve=0, now=clock.now, sleep=clock.sleep)
        admitted, refused = run(
            budget, clock, [FixedWindows(limit, 60, phase, style)],
            seconds=1200, endpoint="GET /api/v2/tickets/show_many", travel=rides(0.001, 0.02, seed),
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * limit * 20

    @settings(max_examples=15, deadline=None)
    @given(phase=st.floats(0, 60), seed=st.integers())
    def test_zendesk_incremental_export(self, phase: float, seed: int) -> None:
        """10 a minute beside the account's 700: the narrower one paces, the wider one allows."""
        clock = Clock()
        budget = zendesk_budget(700, reserve=0, now=clock.now, sleep=clock.sleep)
        counters: list[Counter] = [
            FixedWindows(700, 60, phase, "new"),
            FixedWindows(10, 60, phase, "zendesk-ratelimit-incremental-exports"),
        ]
        admitted, refused = run(
            budget, clock, counters,
            seconds=1800, endpoint=EXPORT, travel=rides(0.01, 0.2, seed),
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * 10 * 30

    @settings(max_examples=10, deadline=None)
    @given(phase=st.floats(0, 60), seed=st.integers())
    def test_zendesk_ticket_updates(self, phase: float, seed: int) -> None:
        """100 a minute for the account, 30 in ten minutes for each ticket, over eight tickets."""
        clock = Clock()
        budget = zendesk_budget(700, reserve=0, now=clock.now, sleep=clock.sleep)
        numbers = (str(n % 40) for n in count())
        admitted, refused = run(
            budget, clock, [FixedWindows(100, 60, phase, "zendesk-ratelimit-tickets-update")],
            seconds=1200, endpoint=TICKET, travel=rides(0.005, 0.05, seed), targets=numbers,
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * 100 * 20

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(), burst=st.floats(1, 3.5))
    def test_jira_bursts(self, seed: int, burst: float) -> None:
        """A bucket of 100 a second."""
        clock = Clock()
        budget = jira_budget(reserve=0, now=clock.now, sleep=clock.sleep)
        admitted, refused = run(
            budget, clock, [TokenBucket(100, 100 * burst)],
            seconds=60, endpoint=READ, travel=rides(0.0001, 0.004, seed),
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * 100 * 60

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers())
    def test_jira_writes_per_issue(self, seed: int) -> None:
        """20 in 2 s and 100 in 30 s on one issue: the slower of the two in the long run."""
        clock = Clock()
        budget = jira_budget(reserve=0, now=clock.now, sleep=clock.sleep)
        admitted, refused = run(
            budget, clock, [Sliding(20, 2), Sliding(100, 30), TokenBucket(50, 50)],
            seconds=600, endpoint=ISSUE, travel=rides(0.005, 0.02, seed),
            targets=("10001" for _ in count()),
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * 100 * 20

    @settings(max_examples=20, deadline=None)
    @given(
        workers=st.integers(1, 20),
        phase=st.floats(0, 60),
        kind=st.sampled_from(["fixed", "sliding"]),
        seed=st.integers(),
    )
    def test_many_at_once_in_windows(self, workers: int, phase: float, kind: str, seed: int) -> None:
        """However requests overtake each other on their way."""
        counter = FixedWindows(400, 60, phase) if kind == "fixed" else Sliding(400, 60)
        admitted, refused = crowd(Window(400, 60), counter, workers=workers, seconds=900, seed=seed, slow=0.6)
        assert refused == 0
        possible = min(400 * 15, workers * 900 / 0.6)
        assert admitted > 0.95 * possible

    @settings(max_examples=20, deadline=None)
    @given(workers=st.integers(5, 20), seed=st.integers())
    def test_many_at_once_at_a_bucket(self, workers: int, seed: int) -> None:
        """The same for buckets: half their burst is room for requests that bunch on their way."""
        admitted, refused = crowd(
            Bucket(100, 100), TokenBucket(100, 100),
            workers=workers, seconds=60, seed=seed, slow=0.04,
        )  # fmt: skip
        assert refused == 0
        assert admitted > 0.95 * 100 * 60


class TestOthersUseItToo:
    def test_the_reserve_is_left(self) -> None:
        """Of 200 calls a minute we take 190, and leave 10 to people."""
        clock = Clock()
        budget = zendesk_budget(200, reserve=0.05, now=clock.now, sleep=clock.sleep)
        server = FixedWindows(200, 60, 0, "new")
        begin = clock.now()
        for _ in range(190):
            budget.take("GET /x")
            budget.learn("GET /x", 200, {})
        assert clock.now() == begin
        budget.take("GET /x")
        assert clock.now() >= begin + 60
        assert server.admit(clock.now())

    def test_what_others_took_is_heeded(self) -> None:
        """Another integration has used up most of this window: we see it and wait for the next."""
        clock = Clock()
        server = FixedWindows(200, 60, 0, "new")
        for _ in range(180):
            assert server.admit(clock.now())
        budget = zendesk_budget(200, reserve=0, now=clock.now, sleep=clock.sleep)
        _, refused = run(budget, clock, [server], seconds=300, endpoint="GET /x", travel=lambda: 0.01)
        assert refused == 0

    def test_a_refusal_holds_back_what_it_is_about(self) -> None:
        """429 on the export while the account has calls left: everything else goes on."""
        clock = Clock()
        budget = zendesk_budget(700, now=clock.now, sleep=clock.sleep)
        budget.take(EXPORT)
        headers = {"x-rate-limit": "700", "x-rate-limit-remaining": "600", "retry-after": "33"}
        budget.learn(EXPORT, 429, headers)
        before = clock.now()
        budget.take(TICKET, "1")
        assert clock.now() == before
        budget.learn(TICKET, 200, {})
        budget.take(EXPORT)
        assert clock.now() >= before + 33

    @pytest.mark.parametrize(
        ("why", "held", "free"),
        [
            ("jira-per-issue-on-write", (ISSUE, "1"), (ISSUE, "2")),
            ("jira-burst-based", (ISSUE, "2"), (READ, "")),
        ],
    )
    def test_jira_says_what_its_refusal_is_about(
        self, why: str, held: tuple[str, str], free: tuple[str, str]
    ) -> None:
        """Per issue: that issue waits. Burst: that endpoint waits. The rest goes on."""
        clock = Clock()
        budget = jira_budget(now=clock.now, sleep=clock.sleep)
        budget.take(ISSUE, "1")
        budget.learn(ISSUE, 429, {"retry-after": "20", "ratelimit-reason": why})
        before = clock.now()
        budget.take(*free)
        assert clock.now() == before
        budget.take(*held)
        assert clock.now() >= before + 20


class TestWaitsHaveAnEnd:
    def test_a_ticket_that_is_used_up_is_not_done(self) -> None:
        """30 updates of one ticket in ten minutes; the 31st is told when, others go on at once."""
        clock = Clock()
        budget = zendesk_budget(700, now=clock.now, sleep=clock.sleep)
        for _ in range(30):
            budget.take(TICKET, "7")
            budget.learn(TICKET, 200, {})
        with pytest.raises(NotDone, match="per-ticket-updates") as caught:
            budget.take(TICKET, "7")
        assert 120 < caught.value.after <= 600
        before = clock.now()
        budget.take(TICKET, "8")
        assert clock.now() == before

    def test_a_quota_of_points(self) -> None:
        """When the hour's points are spent we say so, rather than sit until the full hour."""
        clock = Clock()
        budget = jira_budget(reserve=0.1, now=clock.now, sleep=clock.sleep)
        policy = '"global-app-quota";q=65000;w=3600, "jira-burst-based";q=100;w=1'
        for left in (7000, 6900, 6550):
            budget.take(READ)
            said = f'"global-app-quota";r={left};t=1800, "jira-burst-based";r=90;t=1'
            budget.learn(READ, 200, {"beta-ratelimit-policy": policy, "beta-ratelimit": said})
        with pytest.raises(NotDone, match="global-app-quota") as caught:
            budget.take(READ)
        assert 1790 < caught.value.after < 1810

    def test_unanswered_calls_are_given_back(self) -> None:
        """A call whose answer never came does not hold its slot for ever."""
        clock = Clock()
        budget = zendesk_budget(None, now=clock.now, sleep=clock.sleep)
        for _ in range(3):
            budget.take("GET /x")
            budget.learn("GET /x", 0, {})
        assert clock.now() == Clock().now()

    def test_jobs_under_way(self) -> None:
        """No free job: a moment's pause, not a minute's."""
        clock = Clock()
        budget = zendesk_budget(700, now=clock.now, sleep=clock.sleep)
        endpoint = "POST /api/v2/tickets/update_many"
        budget.take(endpoint)
        said = {"zendesk-ratelimit-inflight-jobs": "total=30; remaining=0; resets=60"}
        budget.learn(endpoint, 200, said)
        before = clock.now()
        budget.take(endpoint)
        assert 0 < clock.now() - before < 5

    def test_an_account_without_limits(self) -> None:
        """One that states the hard ceiling, or is said to state all it has, is not slowed down."""
        ceiling = {"x-rate-limit": "100000", "x-rate-limit-remaining": "99999"}
        for documented, headers in ((True, ceiling), (False, {})):
            clock = Clock()
            budget = zendesk_budget(700, documented=documented, now=clock.now, sleep=clock.sleep)
            for _ in range(100):
                budget.take(EXPORT)
                budget.learn(EXPORT, 200, headers)
            assert clock.now() == Clock().now()

    def test_a_clock_that_stands_still_is_a_mistake(self) -> None:
        """Rather an error than a loop without end."""
        budget = zendesk_budget(1, reserve=0, now=lambda: 0.0, sleep=lambda _: None)
        budget.take("GET /x")
        budget.learn("GET /x", 200, {})
        with pytest.raises(RuntimeError, match="stands still"):
            budget.take("GET /x")

    def test_data_center_buckets(self) -> None:
        """A bucket that the answers describe: 70 at once, 5 a second."""
        clock = Clock()
        budget = jira_budget(reserve=0, now=clock.now, sleep=clock.sleep)
        server = TokenBucket(5, 70)
        refused = 0
        begin = clock.now()
        for number in range(400):
            budget.take(READ)
            refused += not server.admit(clock.now())
            headers = {
                "x-ratelimit-limit": "70", "x-ratelimit-remaining": str(int(server.tokens)),
                "x-ratelimit-interval-seconds": "1", "x-ratelimit-fillrate": "5",
            }  # fmt: skip
            budget.learn(READ, 200, headers)
            assert number < 60 or clock.now() > begin
        assert refused == 0
        assert 400 / (clock.now() - begin) > 0.95 * 5

    def test_threads(self) -> None:
        """Under threads every slot is taken and given back exactly once."""
        clock = Clock()
        budget = PacedBudget("x", account=50, reserve=0, now=clock.now, sleep=clock.sleep)

        def call(_: int) -> None:
            budget.take("GET /x")
            budget.learn("GET /x", 200, {})

        with ThreadPoolExecutor(8) as threads:
            _ = list(threads.map(call, range(250)))
        assert clock.now() - Clock().now() >= 4 * 60

    def test_a_reserve_is_a_share(self) -> None:
        """Percent where a share is meant is caught."""
        with pytest.raises(ValueError, match="share"):
            _ = zendesk_budget(700, reserve=5)


class TestHeaders:
    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            (
                {"x-rate-limit": "700", "x-rate-limit-remaining": "699"},
                [Stated("account", 700, 699, None, 60)],
            ),
            (
                {"ratelimit-limit": "400", "ratelimit-remaining": "1", "ratelimit-reset": "41"},
                [Stated("account", 400, 1, 41, 60)],
            ),
            (
                {"rate-limit": "400", "rate-limit-limit": "400", "rate-limit-remaining": "3"},
                [Stated("account", 400, 3, None, 60)],
            ),
            (
                {"zendesk-ratelimit-tickets-index": "total=100; remaining=99; resets=41"},
                [Stated("tickets-index", 100, 99, 41)],
            ),
            (
                {"zendesk-rate-limit-tags-index": "total=2000; remaining=0; resets=5"},
                [Stated("tags-index", 2000, 0, 5)],
            ),
            (
                {
                    "x-ratelimit-limit": "350", "x-ratelimit-remaining": "0",
                    "x-ratelimit-reset": "1970-01-01T00:01:40Z",
                    "ratelimit-reason": "jira-burst-based",
                },
                [Stated("endpoint", 350, 0, 90)],
            ),
            (
                {
                    "beta-ratelimit": '"tenant-app-quota";r=9;t=60, "jira-burst-based";r=1;t=1',
                    "beta-ratelimit-policy": '"tenant-app-quota";q=100;w=3600',
                },
                [
                    Stated("tenant-app-quota", 100, 9, 60, 3600),
                    Stated("endpoint", None, 1, 1),
                ],
            ),
            ({"x-rate-limit": "many", "zendesk-ratelimit-x": "?"}, [Stated("x", None, None, None)]),
            ({"content-type": "text/html"}, []),
        ],
    )  # fmt: skip
    def test_what_they_state(self, headers: dict[str, str], expected: list[Stated]) -> None:
        """Every spelling that the vendors use; nonsense states nothing."""
        assert stated(headers, now=10.0) == expected

    def test_reasons(self) -> None:
        """Jira says why it refuses, under two names."""
        assert reason({"ratelimit-reason": "jira-burst-based"}) == "jira-burst-based"
        assert reason({"x-beta-ratelimit-reason": "x"}) == "x"
        assert reason({}) == ""

    def test_an_endpoint_with_a_figure_of_its_own(self) -> None:
        """Webhooks state 100 in the account's header: that does not slow down the tickets."""
        clock = Clock()
        budget = zendesk_budget(700, reserve=0, now=clock.now, sleep=clock.sleep)
        seven = {"x-rate-limit": "700", "x-rate-limit-remaining": "600"}
        for endpoint, headers in [
            ("GET /a", seven), ("GET /b", seven),
            ("GET /webhooks", {"x-rate-limit": "100", "x-rate-limit-remaining": "0"}),
        ]:  # fmt: skip
            budget.take(endpoint)
            budget.learn(endpoint, 200, headers)
        before = clock.now()
        budget.take("GET /c")
        assert clock.now() == before
        budget.learn("GET /c", 200, seven)
        budget.take("GET /webhooks")
        assert clock.now() > before


def test_what_was_waited_for_is_known() -> None:
    """It told nobody, and a feed that was read half a minute late was a riddle."""
    clock = Clock()
    budget = zendesk_budget(now=clock.now, sleep=clock.sleep)
    for _ in range(20):
        budget.take(EXPORT)
        budget.learn(EXPORT, 200, {})
    assert budget.waited.keys() == {"incremental-exports"}
    assert budget.waited["incremental-exports"] == pytest.approx(clock.time - 1000.0, abs=1.0)
