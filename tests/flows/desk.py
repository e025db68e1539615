"""One folder with a `hub.toml`, the served stand-ins that it names, and `hub` as a person calls it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.cli import main
from sandbox.server import Running

MAYA = "maya.lindqvist@support.example"
CONTEXT: dict[str, Any] = {
    "Needs engineering": True,
    "Affected users": 40,
    "Severity": "S2 - Degraded",
    "Product area": "API",
    "Environment": "Production",
    "Steps to reproduce": "1. ask\n2. wait",
}


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        [line] = self.out.splitlines()
        return json.loads(line)


class Desk:
    """Where a person sits who uses the hub; agents and engineers act over the control API."""

    def __init__(
        self,
        folder: Path,
        running: Running,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.folder = folder
        self.running = running
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self._control = running.line["control"]

    def hub(self, *words: str) -> Said:
        """Call `hub`; options that name files are relative to the folder, which is the present one."""
        self._monkeypatch.chdir(self.folder)
        self._monkeypatch.setenv("COLUMNS", "140")
        self._monkeypatch.setattr(sys, "argv", ["hub", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    def sync(self, *words: str) -> Said:
        """Let the export's minute pass, and call `hub sync --json`."""
        self.later()
        return self.hub("sync", "--json", *words)

    def later(self, seconds: float = 61.0) -> None:
        _ = httpx.post(f"{self._control}/clock", json={"advance": seconds}).raise_for_status()

    def agent(self, action: str, **said: Any) -> Any:
        return self._act("zendesk", action, said)

    def engineer(self, action: str, **said: Any) -> Any:
        return self._act("jira", action, said)

    def _act(self, vendor: str, action: str, said: dict[str, Any]) -> Any:
        reply = httpx.post(f"{self._control}/person/{vendor}", json={"action": action, **said})
        return reply.raise_for_status().json()

    def ticket(self, subject: str = "It hangs", **fields: Any) -> int:
        """Make a ticket that engineering needs, with all that a hand-off asks for."""
        made = self.agent(
            "create", subject=subject, body="Please help.", requester=MAYA, actor=MAYA, assignee_email=MAYA,
            priority="normal", fields={**CONTEXT, **fields},
        )  # fmt: skip
        return int(made["ticket"])

    def show(self, number: int) -> Any:
        return self.agent("show", ticket=number)

    def key(self, number: int) -> str:
        """Return the Jira issue that a ticket shows."""
        return str(self.show(number)["fields"]["Jira issue"])

    def issue(self, key: str) -> Any:
        jira = self.running.line["jira"]
        reply = httpx.get(f"{jira['url']}/rest/api/3/issue/{key}", auth=(jira["email"], jira["api_token"]))
        return reply.raise_for_status().json()["fields"]
