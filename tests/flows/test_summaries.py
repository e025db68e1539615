"""`hub brief --summary`: worded by the user's endpoint, over real HTTP, and never without being asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from flows.cli import main
from flows.setting_up import copy_mappings, write_settings
from hub.records import Decision
from hub.settings import load
from hub.store import open_store
from sandbox.endpoint import Endpoint as StandIn
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.unit.hub.brief.threads import THREAD, ticket


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def running() -> Iterator[Running]:
    with serve(Sandbox(vendors=[StandIn])) as running:
        yield running


@pytest.fixture
def hub(
    tmp_path: Path, running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `hub brief zendesk:123 …` as a shell would; `what` and `internal` go into [endpoint]."""
    file = tmp_path / "hub.toml"
    side = {"url": "https://example.invalid", "email": "a@example.com", "api_token": "not a real one"}
    write_settings(file, {"zendesk": side, "jira": side})
    _ = copy_mappings(tmp_path / "mappings")
    plain = file.read_text(encoding="utf-8")
    store = open_store(load(file).store_url)
    decision = Decision(ticket(*THREAD), (), None, (), (), (), dirty=False)
    _ = store.commit([decision], [], "run", "2026-11-04T10:00:00Z")
    store.close()
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words: str, what: str = '["signals", "summary"]', internal: str = "false") -> Ran:
        there = running.line["endpoint"]
        table = "".join(f'{name} = "{there[name]}"\n' for name in ("url", "model", "key"))
        _ = file.write_text(f"{plain}\n[endpoint]\n{table}what = {what}\ninternal = {internal}\n", "utf-8")
        monkeypatch.setattr(sys, "argv", ["hub", "brief", "zendesk:123", *words, "-c", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def sent(running: Running) -> str:
    """All that the endpoint was told."""
    standin: Any = running.sandbox.vendors["endpoint"]
    return msgspec.json.encode([body["messages"][-1]["content"] for body in standin.state]).decode()


def test_nothing_is_sent_unasked(hub: Callable[..., Ran], running: Running) -> None:
    """An endpoint that may word summaries words none until somebody asks; one that may not, never."""
    assert hub().code == 0
    refused = hub("--summary", what='["signals"]')
    assert refused.code == 2
    assert 'what = ["signals", "summary"]' in refused.err
    assert sent(running) == "[]"


def test_a_summary_stands_below_the_brief_and_names_its_lines(hub: Callable[..., Ran]) -> None:
    """It says who worded it, from how many lines, and which ones."""
    told = hub("--summary").out
    brief, _, worded = told.partition("\n\n")
    assert brief.startswith("#123 Checkout returns 502\nBroken: “our checkout returns HTTP 502")
    assert "lines that were sent there" in worded
    assert "[1]" in worded
    [one] = json.loads(hub("--summary", "--json").out)
    assert one["summary"]
    assert one["sent"] == len(one["lines"])


def test_what_only_we_may_read_stays_here(hub: Callable[..., Ran], running: Running) -> None:
    """Neither an internal note nor what the CRM says of the customer is sent, unless `internal` allows it."""
    assert "exhausted after 4.2.1" in hub("--summary", "--side", "jira").out, "the note is in the brief"
    assert "our checkout returns HTTP 502" in sent(running)
    assert "exhausted" not in sent(running)
    assert "120,000" not in sent(running)
    _ = hub("--summary", "--side", "jira", internal="true")
    assert "exhausted" in sent(running)


def test_without_an_answer_the_brief_stands(hub: Callable[..., Ran], running: Running) -> None:
    """And the reason is told."""
    standin: Any = running.sandbox.vendors["endpoint"]
    standin.settings["answer"] = '{"sentences": [{"text": "All is well.", "lines": ["s77"]}]}'
    told = hub("--summary")
    assert told.code == 0
    assert "Broken: “our checkout returns HTTP 502" in told.out
    assert "No summary, the brief above stands: the endpoint's summary cites nothing" in told.out
