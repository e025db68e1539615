"""Served stand-ins, and a hub's folder beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.setting_up import copy_mappings, for_sandbox, write_settings
from hub.settings import Settings, load
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.properties.sides import HANDED_OVER


@dataclass
class Office:
    """Stand-ins on loopback with people in them, and a `hub.toml` that names them."""

    running: Running
    config: Path

    @property
    def settings(self) -> Settings:
        return load(self.config)

    def agent(self, action: str, **said: Any) -> Any:
        return self.running.sandbox.vendors["zendesk"].person(action, **said)

    def engineer(self, action: str, **said: Any) -> Any:
        return self.running.sandbox.vendors["jira"].person(action, **said)

    def hand_over(self, subject: str = "Printer on fire") -> int:
        return int(self.agent("create", subject=subject, body="It burns.", **HANDED_OVER)["ticket"])

    @property
    def issues(self) -> list[Any]:
        jira: Any = self.running.sandbox.vendors["jira"]
        return list(jira.state.issues.values())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    sandbox = Sandbox()
    for vendor in sandbox.vendors.values():
        _ = vendor.seed("empty")
    with serve(sandbox) as running:
        config = tmp_path / "hub.toml"
        write_settings(config, for_sandbox(running.line))
        _ = copy_mappings(tmp_path / "mappings")
        yield Office(running, config)
