"""Sustained load while every limit holds: an hour of the vendors' time, and what grows meanwhile."""

from __future__ import annotations

import base64
import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from bench.place import Place
from flows.inline import run_sync
from flows.wiring import Assembly, Wires, assemble
from hub.settings import load

TOO_MANY = 429
EVERY = 60.0
"""Seconds between runs by the clock."""
LIMITED = {
    "zendesk": {"rate_limits": "high_volume", "export_delay": 60},
    "jira": {"rate_limits": True, "search_lag": 2},
}
"""Zendesk's highest plan with High Volume, Jira's bursts, and feeds that lag as the real ones do."""
STEP = 5.0
"""Seconds in which people's edits are made together."""
SAMPLE = 4
"""Of the edits of each step, how many are followed to the other side."""


@dataclass
class Skipping:
    """
    A clock that goes as the machine's does, but skips what would be waited: for budgets and between runs.

    The sandbox, a process of its own, is moved along. So what the hub computes and what HTTP takes counts.
    """

    place: Place
    skipped: float = 0.0
    for_budgets: float = 0.0

    def now(self) -> float:
        return time.time() + self.skipped

    def iso(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def skip(self, seconds: float) -> None:
        if seconds > 0:
            self.skipped += seconds
            self.place.pass_time(seconds)

    def sleep(self, seconds: float) -> None:
        self.for_budgets += seconds
        self.skip(seconds)

    def wires(self) -> Wires:
        return Wires(
            sleep=self.sleep, monotonic=self.now, wall=self.now, now=self.iso, threads=1, side_by_side=False
        )


@dataclass
class Stream:
    """People who edit at a steady rate, half of them on either side."""

    place: Place
    rate: float
    tickets: int
    begun: float
    made: int = 0
    followed: dict[tuple[str, int], tuple[float, str]] = field(default_factory=dict)
    """Not seen on the other side yet: since when, and what it should be."""
    lags: list[float] = field(default_factory=list)
    refused: int = 0
    """Looks of the measuring itself that met a limit: made again after the next run."""

    def edit(self, now: float) -> None:
        """Make the edits that were due up to now. As each is made a little late, its lag is told too long."""
        due = int((now - self.begun) * self.rate) - self.made
        follow = set(random.Random(self.made).sample(range(due), min(SAMPLE, due)))
        for turn in range(due):
            number, side = 1 + self.made % self.tickets, ("zendesk", "jira")[self.made // self.tickets % 2]
            words = f"Edited {self.made}"
            if side == "zendesk":
                edit = {"action": "set", "ticket": number, "subject": words}
            else:
                edit = {"action": "set_fields", "issue": f"SUP-{number}", "fields": {"summary": words}}
            _ = self.place.control(f"/person/{side}", edit)
            if turn in follow:
                self.followed[side, number] = (self.begun + self.made / self.rate, words)
            self.made += 1

    def look(self, now: float) -> None:
        """Take down what arrived."""
        for (side, number), (at, words) in list(self.followed.items()):
            if self._shown(side, number) == words:
                self.lags.append(now - at)
                del self.followed[side, number]

    def _shown(self, edited: str, number: int) -> str:
        if edited == "jira":
            return str(self.place.control("/person/zendesk", {"action": "show", "ticket": number})["subject"])
        line = self.place.line["jira"]
        request = urllib.request.Request(f"{line['url']}/rest/api/3/issue/SUP-{number}?fields=summary")
        proof = base64.b64encode(f"{line['email']}:{line['api_token']}".encode()).decode()
        request.add_header("authorization", f"Basic {proof}")
        try:
            with urllib.request.urlopen(request) as answer:
                return str(json.load(answer)["fields"]["summary"])
        except urllib.error.HTTPError as refused:  # our own looks count in the same limits as the hub's calls
            if refused.code != TOO_MANY:
                raise
            self.refused += 1
            return ""


def run(tickets: int = 5000, rate: float = 10.0, seconds: float = 3600.0) -> Iterator[str]:
    """Yield a line for each ten minutes of vendors' time, and what is to be concluded."""
    with Place() as place:
        place.plant(tickets, 1)
        place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
        clock = Skipping(place)
        with assemble(load(place.folder / "hub.toml"), clock.wires()) as assembly:
            _settle(clock, assembly)
            _ = place.control("/settings", LIMITED)
            yield from _measured(place, clock, assembly, Stream(place, rate, tickets, clock.now()), seconds)


def _settle(clock: Skipping, assembly: Assembly) -> None:
    """Link everything, before any limit holds; then let the echoes of it pass."""
    for _ in range(4):
        record = run_sync(assembly, approved=True)
        if record.state in ("stopped", "failed"):
            raise RuntimeError(f"{record.state}: {record.summary.get('error')}")
        clock.skip(400)


def _measured(
    place: Place, clock: Skipping, assembly: Assembly, stream: Stream, seconds: float
) -> Iterator[str]:
    yield (
        f"### {stream.rate:g} changes a second for {seconds / 60:g} minutes of the vendors' time, "
        f"{stream.tickets:,} tickets, one worker"
    )
    yield ""
    yield "| minute | changes | lag p50 | p95 | max | longest run | inbox | parked | hub's memory | 429 |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    begun, part, longest = clock.now(), 0, 0.0
    cpu, waited = time.process_time(), clock.for_budgets
    own = 0.0
    _ = place.control("/calls/reset", {})
    while clock.now() < begun + seconds:
        began = clock.now()
        record = run_sync(assembly)
        if record.state in ("stopped", "failed"):
            raise RuntimeError(f"{record.state}: {record.summary.get('error')}")
        longest = max(longest, float(str(record.summary["seconds"])))
        mine = time.process_time()
        stream.look(clock.now())
        own += time.process_time() - mine
        mine = time.process_time()
        _live(clock, stream, max(clock.now() + 1.0, began + EVERY))
        own += time.process_time() - mine
        if (clock.now() - begun) // 600 > part:
            part += 1
            yield _line(place, assembly, stream, part * 10, longest)
            stream.lags, longest = [], 0.0
    spent = time.process_time() - cpu - own
    yield ""
    yield (
        f"{stream.made:,} changes; {spent / stream.made * 1000:.1f} ms of the hub's CPU each; "
        f"{clock.for_budgets - waited:.0f} s waited for budgets; calls {_calls(place)}"
    )


def _live(clock: Skipping, stream: Stream, until: float) -> None:
    """Let time pass till the next run, in which people go on editing."""
    while (now := clock.now()) < until:
        clock.skip(min(STEP, until - now))
        stream.edit(clock.now())


def _calls(place: Place) -> str:
    counted = place.control("/calls").items()
    return ", ".join(f"{name} {calls['total']:,}" for name, calls in counted if calls["total"])


def _line(place: Place, assembly: Assembly, stream: Stream, minute: int, longest: float) -> str:
    cuts = quantiles(stream.lags, n=20, method="inclusive")
    status = Path("/proc/self/status").read_text("utf-8")
    memory = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024
    refused = (
        sum(calls["statuses"].get("429", 0) for calls in place.control("/calls").values()) - stream.refused
    )
    inbox = sum(assembly.store.inbox_size().values())
    return (
        f"| {minute} | {stream.made:,} | {cuts[9]:.0f} s | {cuts[18]:.0f} s | {max(stream.lags):.0f} s "
        f"| {longest:.0f} s | {inbox:,} | {len(assembly.store.parked())} | {memory:.0f} MB | {refused} |"
    )
