"""An hour at the rate that the vendors' highest limits allow: real time and processes, limits enforced."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from statistics import quantiles
from typing import Any

import httpx

from bench.place import Place, cpu_of, environment

LIMITED = {
    "zendesk": {"rate_limits": "high_volume", "export_delay": 60},
    "jira": {"rate_limits": True, "search_lag": 2},
}
"""Zendesk's highest plan with High Volume, Jira's bursts, and feeds that lag as the real ones do."""
FOLLOWED = 10.0
"""Seconds between two changes that are followed to the other side, on average."""
LOOKED = 2.0
"""Seconds between two looks at those."""
ENGINEERS = 20
"""Each so manieth change is made in Jira, the others in Zendesk: Jira's PUTs are what is scarce."""
PARTS = 6
"""Lines of the table."""


@dataclass
class Stream:
    """People who edit at a steady rate, through the control API: it counts in no vendor's limits."""

    people: httpx.Client
    rate: float
    issues: Sequence[str]
    """Of each ticket, which issue it became: Jira numbers them as they happen to arrive."""
    begun: float
    made: int = 0
    followed: dict[tuple[str, int], tuple[float, int]] = field(default_factory=dict)
    """Not seen on the other side yet: since when, and the edit's number."""
    lags: list[float] = field(default_factory=list)
    _next: float = 0.0

    def edit(self) -> None:
        """Make the edits that are due by now. As each is made a little late, its lag is told too long."""
        for _ in range(int((time.monotonic() - self.begun) * self.rate) - self.made):
            at, words = self.made % len(self.issues), f"Edited {self.made}"
            number, issue = at + 1, self.issues[at]
            side = "zendesk" if at % ENGINEERS else "jira"
            if side == "zendesk":
                _ = self._act(side, {"action": "set", "ticket": number, "subject": words})
            else:
                _ = self._act(side, {"action": "set_fields", "issue": issue, "fields": {"summary": words}})
            due = self.begun + self.made / self.rate
            if due >= self._next:
                self.followed[side, number] = (due, self.made)
                self._next = due + FOLLOWED * random() * 2
            self.made += 1

    def look(self) -> None:
        """Take down what arrived, or was overtaken on its way by a newer edit of the same ticket."""
        for (side, number), (at, edit) in list(self.followed.items()):
            shown = self._shown(side, number).partition("Edited ")[2]
            if shown and int(shown) >= edit:
                self.lags.append(time.monotonic() - at)
                del self.followed[side, number]

    def _shown(self, edited: str, number: int) -> str:
        if edited == "jira":
            return str(self._act("zendesk", {"action": "show", "ticket": number})["subject"])
        return str(self._act("jira", {"action": "show", "issue": self.issues[number - 1]})["summary"])

    def _act(self, side: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.people.post(f"/person/{side}", json=body).raise_for_status().json()


@dataclass
class Worker:
    """`hub watch` as a process of its own, and what it said of its runs."""

    process: subprocess.Popen[bytes]
    told: Path
    _read: int = 0

    def runs(self) -> Sequence[Mapping[str, Any]]:
        """Return the runs that ended since this was asked last."""
        lines = self.told.read_text("utf-8").splitlines()
        new, self._read = [json.loads(line) for line in lines[self._read :]], len(lines)
        return new

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    @property
    def memory(self) -> float:
        said = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", said)[0]) / 1024


@dataclass
class Pause:
    """All workers stop for so many seconds, once: a failover, a suspended host."""

    at: float
    seconds: float
    _done: int = 0

    def keep(self, workers: Sequence[Worker], now: float) -> None:
        steps = ((self.at, signal.SIGSTOP), (self.at + self.seconds, signal.SIGCONT))
        for number, (due, what) in enumerate(steps):
            if self.seconds and self._done == number and now >= due:
                self._done += 1
                for worker in workers:
                    worker.send(what)


def run(
    tickets: int = 6000,
    rate: float = 42.0,
    seconds: float = 3600.0,
    workers: int = 3,
    every: float = 7.0,
    pause: float = 0.0,
) -> Iterator[str]:
    """
    Yield a line for each sixth of the time: what grows? A run by the clock begins every so many seconds.

    `pause`: after a third of the time, all workers stop for so many seconds.

    On PostgreSQL where `BENCH_POSTGRES_URL` names an empty database; else on SQLite, which takes one worker.
    """
    url = os.environ.get("BENCH_POSTGRES_URL", "")
    workers = workers if url else 1
    yield (
        f"### {rate:g} changes a second for {seconds / 60:g} minutes, {tickets:,} tickets, "
        f"{workers} x `hub watch --every {every:g}` on {'PostgreSQL' if url else 'SQLite'}"
        + (f"; all stop for {pause:g} s after {seconds / 180:.0f} minutes" if pause else "")
    )
    with Place() as place:
        place.plant(tickets, 1)
        place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
        config = place.folder / "hub.toml"
        told = config.read_text("utf-8")
        _ = config.write_text(f'{told}\n[store]\nurl = "{url}"\n' if url else told, "utf-8")
        for _ in range(3):  # link everything before any limit holds, and hear the echoes of it
            _ = place.hub("sync", "--json", "--approve")
        _ = place.control("/settings", LIMITED)
        started = _started(place, workers, every)
        try:
            yield from _measured(place, started, rate, tickets, seconds, pause)
        finally:
            for worker in started:
                worker.send(signal.SIGCONT)
                worker.send(signal.SIGTERM)
            for worker in started:
                _ = worker.process.wait(300)


def _started(place: Place, workers: int, every: float) -> list[Worker]:
    """Start the workers: whoever of them is free does the next run by the clock."""
    command = [sys.executable, "-m", "flows.cli", "watch", "--every", f"{every:g}", "--json"]
    started: list[Worker] = []
    for number in range(workers):
        told = place.folder / f"runs-{number}.jsonl"
        with told.open("wb") as out:
            process = subprocess.Popen(command, cwd=place.folder, env=environment(), stdout=out)
        started.append(Worker(process, told))
    return started


def _measured(
    place: Place, workers: Sequence[Worker], rate: float, tickets: int, seconds: float, paused: float
) -> Iterator[str]:
    yield ""
    yield (
        "| minute | changes | lag p50 | p95 | max | runs | longest | changes written | inbox | parked | late "
        "| memory of a worker | CPU of workers, stand-ins | waits over 1 s | 429 |"
    )
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|---:|---|---:|"
    _ = place.control("/calls/reset", {})
    with httpx.Client(base_url=place.line["control"], timeout=60) as people:
        issues = _issues(people, tickets)
        begun = time.monotonic()
        stream = Stream(people, rate, issues, begun)
        part, looked, cpu, at = 0, begun, _cpu(place, workers), begun
        pause = Pause(begun + seconds / 3, paused)
        while (now := time.monotonic()) < begun + seconds or part < PARTS:
            stream.edit()
            pause.keep(workers, now)
            if now >= looked + LOOKED:
                looked = now
                stream.look()
            if now >= begun + (part + 1) * seconds / PARTS:
                part += 1
                spent, cpu = cpu, _cpu(place, workers)
                used = [(new - old) / (now - at) for new, old in zip(cpu, spent, strict=True)]
                at = now
                yield _line(place, workers, stream, (now - begun) / 60, used)
                stream.lags = []
            time.sleep(0.05)
        yield ""
        yield f"Calls: {_calls(place)}; {stream.made:,} changes"


def _issues(people: httpx.Client, tickets: int) -> list[str]:
    asked = ({"action": "show", "ticket": number} for number in range(1, tickets + 1))
    return [people.post("/person/zendesk", json=one).json()["fields"]["Jira issue"] for one in asked]


def _cpu(place: Place, workers: Sequence[Worker]) -> tuple[float, float]:
    return sum(cpu_of(worker.process.pid) for worker in workers), place.sandbox_cpu


def _calls(place: Place) -> str:
    counted = place.control("/calls").items()
    return ", ".join(f"{name} {calls['total']:,}" for name, calls in counted if calls["total"])


def _status(place: Place) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "flows.cli", "status", "--json"]
    said = subprocess.run(command, cwd=place.folder, env=environment(), stdout=subprocess.PIPE, check=False)
    return json.loads(said.stdout)


def _line(
    place: Place, workers: Sequence[Worker], stream: Stream, minute: float, used: Sequence[float]
) -> str:
    lags = stream.lags or [0.0]
    lags = lags if len(lags) > 1 else lags * 2  # quantiles are of two at least
    cuts = quantiles(lags, n=20, method="inclusive")
    runs = [one for worker in workers for one in worker.runs()]
    bad = {str(one["state"]) for one in runs} - {"clean", "attention"}
    if bad:
        raise RuntimeError(f"runs ended {', '.join(sorted(bad))}")
    longest = max((float(one["seconds"]) for one in runs), default=0.0)
    written = sum(sum(one["written"].values()) for one in runs)
    status = _status(place)
    refused = sum(calls["statuses"].get("429", 0) for calls in place.control("/calls").values())
    memory = ", ".join(f"{worker.memory:.0f}" for worker in workers)
    cells = [
        f"{minute:.0f}", f"{stream.made:,}", *(f"{lag:.0f} s" for lag in (cuts[9], cuts[18], max(lags))),
        f"{len(runs)}", f"{longest:.0f} s", f"{written:,}", f"{sum(status['inbox'].values()):,}",
        f"{status['parked']}", status["late"] or "no", f"{memory} MB",
        ", ".join(f"{share:.0%}" for share in used), _waited(runs), f"{refused}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _waited(runs: Iterable[Mapping[str, Any]]) -> str:
    """Say how long calls waited for which limits, as the runs tell."""
    waited = Counter[str]()
    for one in runs:
        waited.update(one.get("waited", {}))
    return ", ".join(f"{limit} {seconds} s" for limit, seconds in sorted(waited.items())) or "none"
