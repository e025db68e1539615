"""Webhooks: from the webhook to the write; a burst of ten thousand in a minute. Real processes and HTTP."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text

from bench.changes import settling
from bench.place import Place, environment

SECRET = "a secret for measuring alone"
TOGETHER = 10
"""Webhooks for one change: Zendesk tells several events of one action, and some twice."""
PATIENCE = 600.0


def signed(ticket: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook, as Zendesk sends it for an event of a ticket."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    subject = f"zen:ticket:{ticket}"
    event = {"type": "zen:event-type:ticket.subject_changed", "id": str(uuid4()), "subject": subject}
    body = json.dumps({**event, "detail": {"id": str(ticket)}, "event": {}}).encode()
    proof = base64.b64encode(hmac.digest(SECRET.encode(), stamp.encode() + body, "sha256")).decode()
    return body, {
        "content-type": "application/json",
        "x-zendesk-webhook-signature": proof,
        "x-zendesk-webhook-signature-timestamp": stamp,
        "x-zendesk-webhook-invocation-id": str(uuid4()),
    }


@dataclass
class Serving:
    """`hub serve --sync` as a process, and the sandbox whose webhooks it is sent."""

    place: Place
    url: str
    process: subprocess.Popen[bytes]
    answers: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    told: dict[int, float] = field(default_factory=dict)
    """By ticket: when the first webhook of its change was sent."""

    async def tell(self, client: httpx.AsyncClient, ticket: int) -> None:
        """Send one webhook as Zendesk does."""
        self.told.setdefault(ticket, time.time())
        body, headers = signed(ticket)
        begun = time.perf_counter()
        reply = await client.post(f"{self.url}/webhooks/zendesk", content=body, headers=headers)
        self.took.append(time.perf_counter() - begun)
        self.answers[reply.status_code] += 1

    async def edit(self, client: httpx.AsyncClient, ticket: int, subject: str) -> None:
        body = {"action": "set", "ticket": ticket, "subject": subject}
        (await client.post(f"{self.place.line['control']}/person/zendesk", json=body)).raise_for_status()

    def memory(self) -> float:
        said = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(re.findall(r"VmHWM:\s+(\d+)", said)[0]) / 1024


def run(tickets: int = 1000, seconds: float = 60.0, webhooks: int = 10_000) -> Iterator[str]:
    """Measure on SQLite, and on PostgreSQL where `BENCH_POSTGRES_URL` names an empty database there."""
    urls = {"SQLite": "sqlite:///hub.sqlite3"}
    if "BENCH_POSTGRES_URL" in os.environ:
        urls["PostgreSQL"] = os.environ["BENCH_POSTGRES_URL"]
    yield "### Webhooks, `hub serve --sync` as one process"
    yield ""
    yield (
        "| store | load | webhooks | answers | answered p50 | p95 | max | hints stored | changes written "
        "| webhook to write p50 | p95 | max | peak memory |"
    )
    yield "|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for store, url in urls.items():
        with Place() as place:
            place.plant(tickets, 1)
            place.set_rule("jira.yaml", "remote_link: true", "remote_link: false")
            _configure(place, url)
            _ = place.hub("sync", "--json")
            for _ in settling(place) if store == "SQLite" else _settled(place):
                pass
            stored = _stored(place, url)
            loads = (("calm", min(tickets, 300), 1), ("burst", webhooks // TOGETHER, TOGETHER))
            for name, changes, each in loads:
                serving = _serve(place)
                try:
                    written = asyncio.run(_drive(serving, tickets, changes, each, seconds, name))
                    hints, stored = _stored(place, url) - stored, _stored(place, url)
                    yield _line(store, name, serving, written, changes, hints)
                finally:
                    serving.process.terminate()
                    _ = serving.process.wait(60)


def _configure(place: Place, url: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = place.folder / "hub.toml"
    told = config.read_text("utf-8").replace("[zendesk]\n", f'[zendesk]\nwebhook_secret = "{SECRET}"\n')
    told += f'\n[store]\nurl = "{url}"\n[serve]\nport = {port}\n'
    _ = config.write_text(told, "utf-8")


def _settled(place: Place) -> Iterator[None]:
    """The same for a store whose cursor cannot be moved from here: wait for the echoes of the first run."""
    for _ in range(2):
        _ = place.hub("sync", "--json", "--approve")
        yield


def _serve(place: Place) -> Serving:
    command = [sys.executable, "-m", "flows.cli", "serve", "--sync", "--every", "600", "--json"]
    runs = place.folder / "runs.jsonl"
    with runs.open("wb") as told:
        process = subprocess.Popen(command, cwd=place.folder, env=environment(), stdout=told)
    [port] = re.findall(r"port = (\d+)\n*$", (place.folder / "hub.toml").read_text("utf-8"))
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/live").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.2)
    while not runs.read_text("utf-8") and time.monotonic() < until:
        time.sleep(0.2)  # the first run, by the clock, is not what is measured
    return Serving(place, url, process)


async def _drive(
    serving: Serving, tickets: int, changes: int, each: int, seconds: float, name: str
) -> dict[int, float]:
    """Edit and tell at an even rate; return when each change was on the other side."""
    limits = httpx.Limits(max_connections=60, max_keepalive_connections=60)
    async with httpx.AsyncClient(timeout=httpx.Timeout(60, pool=None), limits=limits) as client:
        begun = time.monotonic()
        sent: list[asyncio.Task[None]] = []

        async def change(number: int) -> None:
            await serving.edit(client, 1 + number, f"{name} {number}")
            for _ in range(each):
                sent.append(asyncio.create_task(serving.tell(client, 1 + number)))
                await asyncio.sleep(seconds / changes / each * 0.8)

        making: list[asyncio.Task[None]] = []
        for number in range(changes):
            await asyncio.sleep(max(0.0, begun + number * seconds / changes - time.monotonic()))
            making.append(asyncio.create_task(change(number)))
        _ = await asyncio.gather(*making)
        _ = await asyncio.gather(*sent)
        wanted = {f"{name} {number}": 1 + number for number in range(changes)}
        return await _written(serving, client, tickets, wanted)


async def _written(
    serving: Serving, client: httpx.AsyncClient, tickets: int, wanted: Mapping[str, int]
) -> dict[int, float]:
    """Read from Jira's own histories when each change came, by the sandbox's clock."""
    line = serving.place.line
    ahead = serving.place.control("/clock")["now"] - time.time()
    auth = (line["jira"]["email"], line["jira"]["api_token"])
    found: dict[int, float] = {}
    left = set(range(1, tickets + 1))
    until = time.monotonic() + PATIENCE
    while len(found) < len(wanted) and time.monotonic() < until:
        await asyncio.sleep(2)
        for issue in sorted(left):
            where = f"{line['jira']['url']}/rest/api/3/issue/SUP-{issue}/changelog"
            for when, subject in _subjects((await client.get(where, auth=auth)).json()):
                if subject in wanted:
                    found[wanted[subject]] = when - ahead
                    left.discard(issue)
    return found


def _subjects(told: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    for history in told["values"]:
        at = datetime.strptime(history["created"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        yield from ((at, item["toString"]) for item in history["items"] if item["field"] == "summary")


def _stored(place: Place, url: str) -> int:
    """Count every delivery that was ever stored."""
    engine = create_engine(url.replace("sqlite:///", f"sqlite:///{place.folder}/"))
    with engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM deliveries")).scalar_one()
    engine.dispose()
    return int(count)


def _line(
    store: str, name: str, serving: Serving, written: Mapping[int, float], changes: int, hints: int
) -> str:
    took = [f"{value * 1000:.0f} ms" for value in _spread(serving.took)]
    lags = [f"{value:.1f} s" for value in _spread([at - serving.told[t] for t, at in written.items()])]
    answers = ", ".join(f"{count:,} x {status}" for status, count in sorted(serving.answers.items()))
    cells = [
        store, name, f"{sum(serving.answers.values()):,}", answers, *took, f"{hints:,}",
        f"{len(written):,} of {changes:,}", *lags, f"{serving.memory():.0f} MB",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _spread(values: list[float]) -> tuple[float, float, float]:
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18], max(values)
