"""Traces: a run with its steps by side and every call below them, and nothing of what the calls said."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flows.telemetry import Tracing, tracing_of
from flows.watched import watched
from flows.wires import Wires
from hub.errors import Misconfigured
from hub.spans import UNTRACED, over, within
from tests.properties.sides import HANDED_OVER
from tests.world import World

sdk: Any = pytest.importorskip("opentelemetry.sdk.trace")
export: Any = pytest.importorskip("opentelemetry.sdk.trace.export")
memory: Any = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")


class Traced(World):
    """A world whose hub is traced into memory."""

    def __init__(self, folder: Path) -> None:
        self.exporter = memory.InMemorySpanExporter()
        self.provider = sdk.TracerProvider()
        self.provider.add_span_processor(export.SimpleSpanProcessor(self.exporter))
        super().__init__(folder)

    def spans(self) -> list[Any]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = Traced(tmp_path)
    made.assembly.wires.spans = Tracing(made.provider)
    _ = watched(made.settings, made.assembly.wires)
    yield made
    made.close()


def test_a_run_is_a_trace_with_its_steps_by_side_and_its_calls(world: Any) -> None:
    _ = world.zendesk.person("create", subject="Printer on fire", body="It burns.", **HANDED_OVER)
    assert world.sync().state == "clean"

    spans = world.spans()
    named = {span.name for span in spans}
    assert {"hub sync", "observe zendesk", "observe jira", "plan", "commit", "apply jira"} <= named
    [run] = [span for span in spans if span.name == "hub sync"]
    assert run.attributes["hub.state"] == "clean"
    assert all(span.context.trace_id == run.context.trace_id for span in spans), "one trace"
    calls = [span for span in spans if span.kind.name == "CLIENT"]
    assert calls
    parents = {span.context.span_id: span.name for span in spans}
    assert any(parents[call.parent.span_id] == "observe zendesk" for call in calls)
    assert all(call.attributes["http.response.status_code"] < 400 for call in calls)


def test_of_two_runs_at_once_each_is_a_trace_of_its_own() -> None:
    """One beside the other, in one process: none ends the other's, and what their threads do is in their own."""
    exporter, provider = memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    tracing, both = Tracing(provider), threading.Barrier(2)

    def run(name: str) -> None:
        tracing.begin(name, f"run {name}")
        _ = both.wait(20)
        with ThreadPoolExecutor(1) as side:
            side.submit(within(tracing.answered), name, "GET /any", 200, 0.1).result()
        _ = both.wait(20)
        tracing.end("clean")

    threads = [threading.Thread(target=run, args=(name,)) for name in ("sync", "hints")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    spans = list(exporter.get_finished_spans())
    runs = {s.attributes["hub.flow"]: s for s in spans if s.name.startswith("hub ")}
    calls = {s.attributes["hub.side"]: s for s in spans if s.name == "GET /any"}
    assert {name: one.attributes["hub.state"] for name, one in runs.items()} == {"sync": "clean", "hints": "clean"}
    assert all(calls[name].parent.span_id == runs[name].context.span_id for name in ("sync", "hints"))


def test_spans_hold_templates_and_no_content(world: Any) -> None:
    ticket = world.zendesk.person("create", subject="Printer on fire", body="It burns.", **HANDED_OVER)[
        "ticket"
    ]
    assert world.sync().state == "clean"

    for span in world.spans():
        told = f"{span.name} {dict(span.attributes)}"
        assert "Printer" not in told
        assert f"/{ticket}" not in told
        assert "@" not in told


def test_a_run_that_fails_is_an_error_without_the_reason(world: Any) -> None:
    assert world.sync().state == "clean"
    world.exporter.clear()
    world.jira.person("revoke", permission="BROWSE_PROJECTS")
    world.zendesk.person("revoke_api_token")
    _ = world.sync()

    [run] = [span for span in world.spans() if span.name == "hub sync"]
    assert run.status.status_code.name == "ERROR"
    assert run.attributes["hub.state"] == "failed"


def test_without_the_table_nothing_is_traced(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        assert world.assembly.wires.spans is UNTRACED
        assert tracing_of(world.settings) is None
        assert list(over(UNTRACED, "apply", "jira", [1, 2])) == [1, 2]
    finally:
        world.close()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    world = World(tmp_path)
    try:
        settings = type(world.settings).model_validate(
            {**world.settings.model_dump(), "telemetry": {"endpoint": "http://127.0.0.1:9"}}
        )
        with pytest.raises(Misconfigured, match=r'pip install "support-sync-hub\[otel\]"'):
            _ = watched(settings, Wires())
    finally:
        world.close()
