"""The house in which the chaos happens: four sides, a database, workers and a receiver, each a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from flows.setting_up import copy_mappings, for_sandbox, write_settings
from hub.store import open_store
from sandbox.outbox import Outbox
from sandbox.sandbox import Sandbox
from sandbox.server import serve
from tests.chaos.postgres import Postgres, programs

ROOT = Path(__file__).parents[2]
JIRA_SECRET, ORG_SECRET = "a jira secret for tests", "a-salesforce-secret"
TOLD_BY_ZENDESK = (
    "created", "comment_added", "subject_changed", "status_changed", "priority_changed", "tags_changed",
    "custom_field_changed", "merged", "soft_deleted", "undeleted",
)  # fmt: skip
TOLD_BY_JIRA = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated",
)  # fmt: skip
PATIENCE = 5.0
"""Seconds until what got no answer is asked for again (two minutes, scaled as the outages are)."""


@dataclass
class Process:
    """A process of the hub's: what starts it, and what it said."""

    name: str
    words: list[str]
    orders: Path | None = None
    out: Path | None = None
    running: subprocess.Popen[bytes] | None = None
    read: int = 0
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    deaths: int = 0

    def start(self, log: Path) -> None:
        with log.open("ab") as errors:
            self.running = subprocess.Popen(
                self.words, cwd=ROOT, stdout=errors, stderr=errors, start_new_session=True
            )

    def kill(self) -> None:
        """`kill -9`."""
        if self.running is not None and self.running.poll() is None:
            os.kill(self.running.pid, signal.SIGKILL)
            _ = self.running.wait()
            self.deaths += 1
        self.running = None

    def is_dead(self) -> bool:
        return self.running is None or self.running.poll() is not None

    def order(self, **changes: Any) -> None:
        """Change what it is to do. The file is replaced as a whole: it may be read at any moment."""
        assert self.orders is not None
        known = json.loads(self.orders.read_text()) if self.orders.exists() else {}
        fresh = self.orders.with_suffix(".new")
        _ = fresh.write_text(json.dumps(known | changes))
        _ = fresh.replace(self.orders)

    def news(self) -> list[dict[str, Any]]:
        """What it told since the last time."""
        if self.out is None or not self.out.exists():
            return []
        with self.out.open(encoding="utf-8") as file:
            _ = file.seek(self.read)
            lines = [line for line in file if line.endswith("\n")]
        self.read += sum(len(line.encode()) for line in lines)
        fresh = [json.loads(line) for line in lines]
        self.told += fresh
        return fresh


class House:
    """
    Everything that a chaos run needs, started; `close` ends it all.

    Stand-ins are in this very process, so that people cost nothing; hubs and the database are others.
    `lock` is the sandbox's: hold it to act or to look.
    """

    def __init__(self, workers: int, *, postgresql: bool, pause: float = 0.5) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.sandbox = Sandbox()
        self.lock = self.sandbox.lock
        for vendor in self.sandbox.vendors.values():
            _ = vendor.seed("empty")
        self.running = serve(self.sandbox)
        vendors: Any = self.sandbox.vendors
        self.zendesk: Any = vendors["zendesk"]
        self.jira: Any = vendors["jira"]
        self.salesforce: Any = vendors["salesforce"]
        self.email: Any = self.sandbox.parties["email"]
        self.support = str(self.running.line["email"]["address"])
        self.database: Postgres | None = None
        if postgresql:
            found = programs()
            assert found is not None, "there is no initdb on this machine; use --store sqlite"
            self.database = Postgres(found)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store_url = self.database.url if self.database else f"sqlite:///{self.folder / 'hub.sqlite3'}"
        try:
            self._gentle_vendors()
            self._configure()
            self.store: Any = open_store(self.store_url)  # makes the tables before three workers do
        except BaseException:
            self._end()
            raise
        self.workers = [self._worker(n, pause) for n in range(workers)]
        words = [sys.executable, "-m", "flows.cli", "serve", "-c", str(self.config)]
        self.receiver = Process("hub serve", words)

    @property
    def config(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def outboxes(self) -> dict[str, Outbox]:
        return {
            "zendesk": self.running.outbox, "jira": self.jira.outbox, "salesforce": self.salesforce.outbox,
        }  # fmt: skip

    def _gentle_vendors(self) -> None:
        """Time is scaled: what vendors count by the minute would else be the only thing that is tested."""
        more = ("incremental-exports", "deleted-tickets", "tickets-update", "per-ticket-updates")
        self.zendesk.settings["endpoint_limits"] = dict.fromkeys(more, 100_000)
        self.zendesk.settings["export_delay"] = 3
        self.zendesk.settings["search_lag"] = 1
        self.jira.settings["search_lag"] = 1.0

    def _configure(self) -> None:
        made = self.zendesk.webhooks.create(
            {
                "name": "hub", "endpoint": f"{self.url}/webhooks/zendesk", "http_method": "POST",
                "request_format": "json",
                "subscriptions": [f"zen:event-type:ticket.{event}" for event in TOLD_BY_ZENDESK],
            },
            1,
        )  # fmt: skip
        line = self.running.line
        with httpx.Client(
            base_url=line["jira"]["url"], auth=(line["jira"]["email"], line["jira"]["api_token"])
        ) as to:
            hook = {
                "name": "hub", "url": f"{self.url}/webhooks/jira", "events": list(TOLD_BY_JIRA),
                "secret": JIRA_SECRET,
            }  # fmt: skip
            _ = to.post("/rest/webhooks/1.0/webhook", json=hook).raise_for_status()
        at = f"{self.url}/webhooks/salesforce/{ORG_SECRET}"
        self.salesforce.settings["outbound_messages"] = [{"url": at, "object": "Case"}]
        settings = for_sandbox(line)
        settings["zendesk"]["webhook_secret"] = made.secret
        settings["jira"]["webhook_secret"] = JIRA_SECRET
        settings["salesforce"]["webhook_secret"] = ORG_SECRET
        settings["sync"] = {"patience": PATIENCE, "batch": 200}
        settings["store"] = {"url": self.store_url}
        settings["serve"] = {"port": self.port}
        write_settings(self.config, settings)
        _ = copy_mappings(self.folder / "mappings")
        self._raise_limits()

    def _raise_limits(self) -> None:
        """So many edits in so short a time are too much for a safety stop, and nobody is there to approve."""
        policy = self.folder / "mappings" / "policy.yaml"
        text = policy.read_text("utf-8")
        for kind in ("touch", "create", "close", "delete", "tell", "notify"):
            text, found = re.subn(rf"(?m)^(  {kind}:) \d+", r"\1 100000", text)
            assert found == 1, kind
        _ = policy.write_text(text, "utf-8")

    def _worker(self, number: int, pause: float) -> Process:
        orders, out = self.folder / f"orders-{number}.json", self.folder / f"told-{number}.jsonl"
        words = [sys.executable, "-m", "tests.chaos.worker", str(self.config), str(orders), str(out)]
        worker = Process(f"worker {number + 1}", words, orders, out)
        worker.order(ahead=0.0, pause=pause, kind="sync")
        return worker

    # processes ------------------------------------------------------------------------------------

    def start_all(self) -> None:
        """Start whatever of the hub's is not alive, and wait until webhooks are taken."""
        for process in (*self.workers, self.receiver):
            if process.is_dead():
                process.start(self.log)
        self.awaits_webhooks()

    def awaits_webhooks(self, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health", timeout=1.0).status_code in (200, 503):
                    return
            except httpx.HTTPError:
                pass
            if self.receiver.is_dead():
                self.receiver.start(self.log)
            time.sleep(0.1)
        raise AssertionError(f"hub serve does not answer: {self.log.read_text('utf-8', 'replace')[-3000:]}")

    def stop_hubs(self) -> None:
        """Stop workers and the receiver, by their ids."""
        for process in (*self.workers, self.receiver):
            process.kill()

    def shift(self, seconds: float) -> None:
        """Let time pass for everybody: sides and workers."""
        with self.lock:
            self.sandbox.clock.advance(seconds)
        for worker in self.workers:
            assert worker.orders is not None
            ahead = json.loads(worker.orders.read_text())["ahead"]
            worker.order(ahead=ahead + seconds)

    def close(self) -> None:
        self.stop_hubs()
        self.store.close()
        self._end()

    def _end(self) -> None:
        self.running.close()
        if self.database is not None:
            self.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
