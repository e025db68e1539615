"""What it costs to take a burst of webhooks in: the application and the store, without the network."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
from pydantic import SecretStr

from bench.load_webhooks import SECRET, signed
from connectors.budget import zendesk_budget
from connectors.http import Http
from connectors.oauth import BasicAuth
from connectors.zendesk.connector import ZendeskConnector
from flows.serve import application
from flows.wires import Files
from hub.model import ZENDESK
from hub.settings import Settings
from hub.store import SqlStore, open_store

AT_ONCE = 50


def run(webhooks: int = 10_000) -> Iterator[str]:
    """Take so many in, 50 at a time, on SQLite; on PostgreSQL, too, where `BENCH_POSTGRES_URL` names one."""
    yield "| store | webhooks | answers | hints stored | commits | CPU each, with the client | longest wait |"
    yield "|---|---:|---|---:|---:|---:|---:|"
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        urls = {"SQLite": f"sqlite:///{folder}/hub.sqlite3"}
        if "BENCH_POSTGRES_URL" in os.environ:
            urls["PostgreSQL"] = os.environ["BENCH_POSTGRES_URL"]
        for name, url in urls.items():
            store = open_store(url)
            yield f"| {name} | {webhooks:,} | {asyncio.run(_taken(store, Path(folder), webhooks))} |"
            store.close()


async def _taken(store: SqlStore, folder: Path, webhooks: int) -> str:
    commits, take = [0], store.take_hints
    before = sum(store.inbox_size().values())

    def counted(*given: Any) -> Any:
        commits[0] += 1
        return take(*given)

    cast("Any", store).take_hints = counted
    http = Http("http://127.0.0.1:1", system=ZENDESK, auth=BasicAuth("a", "b"), budget=zendesk_budget())
    connector = ZendeskConnector(http, files=Files(), sleep=time.sleep, webhook_secret=SECRET)
    login = {"url": "http://127.0.0.1:1", "email": "a@b.example", "api_token": SecretStr("x")}
    settings = Settings(zendesk=login, jira=login, folder=folder)  # pyright: ignore[reportArgumentType]
    web = application(store, {ZENDESK: connector}, settings)
    answers: Counter[int] = Counter()
    took: list[float] = []
    turn = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://hub") as client:

        async def tell(number: int) -> None:
            async with turn:
                body, headers = signed(number)
                begun = time.perf_counter()
                reply = await client.post("/webhooks/zendesk", content=body, headers=headers)
                took.append(time.perf_counter() - begun)
                answers[reply.status_code] += 1

        cpu = time.process_time()
        _ = await asyncio.gather(*(tell(1 + number) for number in range(webhooks)))
        spent = time.process_time() - cpu
    connector.close()
    said = ", ".join(f"{count:,} x {status}" for status, count in sorted(answers.items()))
    stored = sum(store.inbox_size().values()) - before
    return (
        f"{said} | {stored:,} | {commits[0]:,} | {spent / webhooks * 1000:.2f} ms | {max(took) * 1000:.0f} ms"
    )
