"""The whole product in one process: real hub, real connectors, the sandbox behind them, one clock."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from flows.inline import run_sync
from flows.wiring import Assembly, Wires, assemble
from hub.model import JIRA, SALESFORCE, ZENDESK, System
from hub.records import RunRecord
from hub.settings import Settings
from sandbox.clock import Clock
from sandbox.email import Email
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

MAPPINGS = Path(__file__).parent.parent / "mappings"
START = 1_760_000_000.0  # an instant like any other; the clock stands still but for `tick`


class World:
    """
    A sandbox, a hub's folder, and a clock that moves only when told to.

    `seed`: the sandbox's data set (`empty`, `demo`). The hub may be closed and opened again
    (`reborn`) as a process dies and the next one starts: only its database remains. `crm`: with
    Salesforce as a side; `mail`: with a support mailbox, over real IMAP and SMTP on loopback.
    """

    def __init__(
        self, folder: Path, seed: str = "empty", *, crm: bool = False, mail: bool = False, **changes: Any
    ) -> None:
        self.folder = folder
        self.pause = 61.0
        """Seconds between one run and the next."""
        self.transports: dict[System, httpx.BaseTransport] = {}
        """Of what else is asked over HTTP: who gives the mailbox's access tokens."""
        self.clock = Clock()
        self.clock.freeze(START)
        self.sandbox = Sandbox(self.clock)
        self.zendesk: Any = self.sandbox.vendors["zendesk"]
        self.jira: Any = self.sandbox.vendors["jira"]
        self.salesforce: Any = self.sandbox.vendors["salesforce"]
        for vendor in (self.zendesk, self.jira, *([self.salesforce] if crm else [])):
            _ = vendor.seed(seed)
        self.zendesk.settings["export_delay"] = 0
        if not (folder / "mappings").exists():
            _ = shutil.copytree(MAPPINGS, folder / "mappings")
        line = {
            "zendesk": self.zendesk.describe("http://127.0.0.1:1", "https://127.0.0.1:2"),
            "jira": self.jira.describe("http://127.0.0.1:3", "https://127.0.0.1:4"),
        }
        if crm:
            salesforce = self.salesforce.describe("http://127.0.0.1:5", "https://127.0.0.1:6")
            client = {name: salesforce[name] for name in ("client_id", "client_secret")}
            changes = {"salesforce": {"url": salesforce["url"], "oauth": client}, **changes}
        self.mail: Any = None
        if mail:
            self.mail = Email(self.clock)
            _ = self.mail.__enter__()
            changes = {"email": self._mailbox(self.mail.where), **changes}
        self.settings = Settings(
            **{
                "zendesk": {
                    "url": line["zendesk"]["url"],
                    "email": line["zendesk"]["email"],
                    "api_token": line["zendesk"]["api_token"],
                },
                "jira": {
                    "url": line["jira"]["url"],
                    "email": line["jira"]["email"],
                    "api_token": line["jira"]["api_token"],
                },
                "sync": {"patience": 60.0},
                "folder": folder,
                **changes,
            }
        )
        self._open: Any = None
        self.assembly: Assembly = self._enter()

    def _enter(self) -> Assembly:
        transports: dict[System, httpx.BaseTransport] = {
            ZENDESK: InProcess(self.sandbox, "zendesk"),
            JIRA: InProcess(self.sandbox, "jira"),
            SALESFORCE: InProcess(self.sandbox, "salesforce"),
            **self.transports,
        }
        wires = Wires(
            transports=transports, sleep=self.sleep, monotonic=self.clock.now, wall=self.clock.now, now=self.iso,
            threads=1, side_by_side=False,
        )
        self._open = assemble(self.settings, wires)
        return self._open.__enter__()

    @staticmethod
    def _mailbox(where: Any) -> dict[str, Any]:
        servers = {
            name: {"security": "none", **{k: where[name][k] for k in ("host", "port", "user", "password")}}
            for name in ("imap", "smtp")
        }
        return {
            "address": where["address"],
            "name": "Acme Support",
            "keys": ["a key for tests alone"],
            "groups": {where["address"]: "Support"},
            **servers,
        }

    def _shut(self) -> None:
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None

    def close(self) -> None:
        self._shut()
        if self.mail is not None:
            self.mail.close()

    def reborn(self) -> None:
        """Let the hub's process die and a new one start on the same database."""
        self._shut()
        self.assembly = self._enter()

    # time ---------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        self.clock.advance(max(seconds, 0.001))

    def iso(self) -> str:
        return datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def tick(self, seconds: float = 61.0) -> None:
        """Let time pass: longer than any feed withholds, any search lags and any creation is awaited."""
        self.clock.advance(seconds)

    # the hub ------------------------------------------------------------------------------------

    def sync(self, kind: Any = "sync", **options: Any) -> RunRecord:
        """Run once, some time after whatever happened last."""
        self.tick(self.pause)
        return run_sync(self.assembly, kind, **options)

    def settle(self, rounds: int = 6) -> list[RunRecord]:
        """Run until nothing is written, at most so many times."""
        runs: list[RunRecord] = []
        for _ in range(rounds):
            runs.append(self.sync())
            quiet = not writes(runs[-1]) and not any(summary(runs[-1], "observed").values())
            if quiet and runs[-1].state in ("clean", "attention"):
                return runs
        return runs

    @property
    def store(self) -> Any:
        return self.assembly.store


def summary(run: RunRecord, name: str) -> Any:
    return run.summary[name]


def writes(run: RunRecord) -> int:
    """How many operations a run had done."""
    return sum(summary(run, "written").values())
