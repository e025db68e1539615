"""How the hub is: late flows, silent sides, `/health`, `/ready`, `/metrics`, `hub status`; at a price that stays."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, text
from starlette.applications import Starlette

from flows.cli import main
from flows.inline import run_sync
from flows.vitals import health_of
from flows.vitals_http import routes
from flows.vitals_metrics import exposition
from flows.wiring import assemble
from hub.canary_records import Hop, Walk
from hub.model import JIRA, RemoteId
from hub.ports import Hint
from hub.records import RunRecord
from hub.vitals import Beat, Counted, Vitals, Waiting
from hub.vitals_alarms import alarms, late_flows
from hub.vitals_settings import WatchSettings
from tests.flows.conftest import Office
from tests.properties.sides import HANDED_OVER
from tests.world import World

NOW = "2026-03-02T12:00:00Z"
NOTHING = Vitals(
    at=NOW, beats={}, counted={}, tickets=0, links={}, inbox={}, feeds={}, unfinished=0,
    conflicts=Waiting(), parked={}, losses=0, outbox={},
)  # fmt: skip
WATCH = WatchSettings()


def beat(name: str, good: str, **more: Any) -> Beat:
    return Beat(name, more.pop("at", good), good, good, more.pop("state", "clean"), **more)


def keys(vitals: Vitals, watch: WatchSettings = WATCH, walk: Walk | None = None) -> list[str]:
    return [one.key for one in alarms(vitals, watch, walk)]


def with_beats(*beats: Beat, **more: Any) -> Vitals:
    return replace(NOTHING, beats={one.name: one for one in beats}, **more)


# judged -----------------------------------------------------------------------------------------


def test_a_flow_that_never_began_is_not_late() -> None:
    assert keys(NOTHING) == []


def test_a_flow_that_died_silently_is_late_by_its_own_schedule() -> None:
    vitals = with_beats(beat("sync", "2026-03-02T11:20:00Z"), beat("reconcile", "2026-03-02T03:20:00Z"))

    assert list(late_flows(vitals, WATCH)) == ["sync"]
    [alarm] = alarms(vitals, WATCH)
    assert (alarm.key, alarm.grade) == ("late:sync", "urgent")
    assert "40 minutes ago" in alarm.says
    assert "scheduler" in alarm.todo
    assert keys(vitals, WatchSettings(late={"sync": 60})) == []
    assert keys(vitals, WatchSettings(late={"sync": 0})) == []


def test_a_first_run_that_takes_hours_is_at_work_not_late() -> None:
    begun = Beat("sync", "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z", state="running")

    assert keys(with_beats(begun, renewed="2026-03-02T11:59:00Z")) == []
    assert keys(with_beats(begun, renewed="2026-03-02T09:00:00Z")) == ["late:sync"]


def test_a_process_that_was_stopped_is_not_dead_and_one_that_is_silent_is() -> None:
    assert keys(with_beats(beat("serve", "2026-03-02T11:00:00Z", state="stopped"))) == []
    assert keys(with_beats(beat("serve", "2026-03-02T11:00:00Z", state="alive"))) == ["late:serve"]


def test_runs_that_fail_again_and_again_say_what_to_renew() -> None:
    failing = beat(
        "sync", "2026-03-02T11:50:00Z", state="failed", failures=3, error="jira refused our credentials (401)"
    )
    [alarm] = alarms(with_beats(failing), WATCH)
    assert alarm.key == "failing:sync"
    assert "credentials" in alarm.todo


def test_while_the_next_run_is_at_work_it_is_still_told_how_the_last_one_ended() -> None:
    """What stopped is not said to be `running`, and what to do about it stays the same."""
    stopped = beat("sync", "2026-03-02T11:50:00Z", state="running", ended="stopped", failures=3, error="too much")
    [alarm] = alarms(with_beats(stopped, renewed=NOW), WATCH)
    assert alarm.says.startswith("sync stopped 3 times in a row") and "hub approvals" in alarm.todo


def test_a_run_that_does_not_end_is_late_although_it_renews_its_hold() -> None:
    """Hours may be right; after a good run, a day is not: it hangs, and that is what is told."""
    hung = Beat("sync", NOW, "2026-03-02T07:00:00Z", "2026-03-02T06:59:00Z", "running")
    [alarm] = alarms(with_beats(hung, renewed=NOW, holder="hub sync on desk-3"), WATCH)
    assert "does not end" in alarm.says and "hub sync on desk-3" in alarm.todo
    assert keys(with_beats(replace(hung, begun="2026-03-02T09:00:00Z"), renewed=NOW)) == []


def test_webhooks_that_stopped_are_noticed_by_what_polling_found() -> None:
    def counted(missed: float, heard: str) -> Vitals:
        return replace(
            NOTHING,
            counted={("unheard", ("jira",)): Counted(missed, NOW), ("heard", ("jira",)): Counted(1, heard)},
        )

    assert keys(counted(50, "2026-03-02T09:00:00Z")) == ["unheard:jira"]
    assert keys(counted(50, "2026-03-02T11:40:00Z")) == [], "they may still come"
    assert keys(counted(3, "2026-03-02T09:00:00Z")) == [], "few may be lost"


def test_a_side_that_is_quiet_for_unusually_long_is_noticed_by_its_own_habits() -> None:
    def quiet(changed: str, *weeks: float) -> Vitals:
        numbers = {("quiet", ("jira", f"2026-{n:02}")): Counted(w, NOW) for n, w in enumerate(weeks, 4)}
        return replace(NOTHING, counted={**numbers, ("changed", ("jira",)): Counted(1, changed)})

    hour = 3600.0
    assert keys(quiet("2026-03-01T12:00:00Z", 9 * hour, 10 * hour)) == ["quiet:jira"]
    assert keys(quiet("2026-03-01T12:00:00Z", 9 * hour, 62 * hour)) == [], "it is so at every weekend"
    assert keys(quiet("2026-03-01T12:00:00Z", 9 * hour)) == [], "a week is too short to know it"
    assert keys(quiet("2026-03-02T08:00:00Z", 1, 1)) == [], "never before six hours"


def test_a_side_that_runs_do_not_get_through_any_more_is_told() -> None:
    vitals = with_beats(
        beat("sync", NOW),
        counted={
            ("read", ("jira",)): Counted(1, "2026-03-02T10:00:00Z"),
            ("read", ("zendesk",)): Counted(1, NOW),
        },
    )
    assert keys(vitals) == ["unread:jira"]


def test_what_waits_for_people_is_told_by_number_or_by_age() -> None:
    many = replace(NOTHING, conflicts=Waiting(50, NOW, (50, 0, 0, 0)))
    old = replace(NOTHING, parked={"jira": Waiting(1, "2026-02-01T00:00:00Z", (0, 0, 1, 0))})
    assert keys(many) == ["conflicts"]
    assert keys(old) == ["parked"]
    assert keys(replace(NOTHING, approvals=Waiting(1, NOW))) == ["approvals"]
    assert keys(replace(NOTHING, budgets={"salesforce": 0.95})) == ["budget:salesforce"]


def test_a_canary_that_did_not_arrive_is_urgent() -> None:
    lost = Walk(NOW, (Hop("zendesk", "hub -> jira", ok=False, why="jira is down", todo="wait"),))
    [alarm] = alarms(NOTHING, WATCH, lost)
    assert (alarm.key, alarm.grade, alarm.todo) == ("canary", "urgent", "wait")
    assert "jira is down" in alarm.says


# over the web -----------------------------------------------------------------------------------


class Web:
    """The routes, asked without a server."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    def get(self, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
                return await client.get(path)

        return asyncio.run(ask())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    for subject in ("Printer on fire", "Invoice of Müller & Söhne"):
        _ = made.zendesk.person("create", subject=subject, body="It burns.", **HANDED_OVER)
    made.settle()
    yield made
    made.close()


@pytest.fixture
def web(world: World) -> Web:
    return Web(Starlette(routes=routes(world.store, world.settings)))


def test_health_goes_red_when_a_flow_died_silently(world: World, web: Web) -> None:
    _ = world.sync()
    assert web.get("/health").status_code == 200

    world.tick(3600)
    answer = web.get("/health")

    assert answer.status_code == 503
    assert answer.json()["late"] == ["sync"]
    assert web.get("/live").status_code == 200, "the process itself is well: nothing is won by ending it"


def test_what_was_switched_off_is_not_missed(world: World, web: Web) -> None:
    """A canary that is off is not late, and a side that hub.toml names no more is not unread."""
    _ = world.sync()
    long_ago = "2020-01-01T00:00:00Z"
    world.store.begin_run(RunRecord("c-1", "canary", long_ago))
    world.store.end_run(RunRecord("c-1", "canary", long_ago, long_ago, "clean", {}))
    yesterday = datetime.fromisoformat(world.store.now()) - timedelta(days=1)
    row = {"at": f"{yesterday:%Y-%m-%dT%H:%M:%SZ}"}
    with world.store.beside() as connection:
        _ = connection.execute(text("INSERT INTO vitals (name, label, value, at) VALUES ('read', 'pager', 1, :at)"), row)
    assert health_of(world.store, world.settings).alarms == ()
    assert web.get("/health").status_code == 200


def test_ready_says_why_not(world: World, web: Web) -> None:
    _ = world.sync()
    assert web.get("/ready").json()["ok"]

    world.zendesk.person("revoke_api_token")
    _ = world.sync()
    answer = web.get("/ready")

    assert answer.status_code == 503
    assert "the last sync failed" in answer.json()["why"][0]


def families(world: World) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    told = exposition(health_of(world.store, world.settings)).decode()
    return {
        one.name: {tuple(sorted(s.labels.items())): s.value for s in one.samples}
        for one in text_string_to_metric_families(told)
    }


def test_metrics_are_whole_and_follow_the_conventions(world: World, web: Web) -> None:
    _ = world.sync()
    world.store.count({("answers", ("jira", "5xx")): 2.0, ("waited", ("zendesk", "incremental-exports")): 25.0})

    answer = web.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = families(world)
    assert found["hub_tickets"][()] == world.store.ticket_count()
    assert found["hub_runs"][("flow", "sync"), ("state", "clean")] >= 1
    assert found["hub_api_calls"][(("side", "zendesk"),)] > 0
    assert found["hub_api_answers"][("side", "zendesk"), ("status", "2xx")] > 0
    assert found["hub_budget_wait_seconds"][("limit", "incremental-exports"), ("side", "zendesk")] == 25
    assert found["hub_flow_late"][(("flow", "sync"),)] == 0
    assert found["hub_lag_seconds"][(("side", "jira"),)] < 120
    for line in answer.text.splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            assert name.startswith("hub_")
            assert (kind == "counter") == name.endswith("_total")
        if line.startswith("# HELP"):
            assert len(line.split(maxsplit=3)) == 4, f"{line}: it says nothing"


def test_metrics_leak_nothing(world: World) -> None:
    """No subject, no name, no address, no secret; labels come from small closed sets."""
    _ = world.sync()
    told = exposition(health_of(world.store, world.settings)).decode()

    for ticket in world.zendesk.state.tickets.values():
        assert ticket.subject not in told
    for user in world.zendesk.state.users.values():
        assert user.email is None or user.email not in told
    assert world.settings.zendesk.api_token is not None
    assert world.settings.zendesk.api_token.get_secret_value() not in told
    labels = set(re.findall(r'(\w+)="', told))
    assert labels <= {"side", "flow", "state", "age", "grade", "status", "version", "limit", "origin", "hop"}


def test_the_documented_metrics_are_those_that_there_are(world: World) -> None:
    _ = world.sync()
    told = exposition(health_of(world.store, world.settings)).decode()
    names = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    page = (Path(__file__).parents[2] / "docs" / "watching.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(hub_\w+)`", page, re.MULTILINE))

    assert names <= documented, names - documented
    assert {n for n in documented if not n.startswith("hub_canary")} <= names


def test_a_look_reads_no_ticket(world: World) -> None:
    """Its price does not grow with what tickets hold: large tables are counted by an index alone."""
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        said.append(statement.replace("?", "''") if parameters else statement)

    with world.store.reading() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", hear)
    _ = world.store.vitals()
    event.remove(engine, "before_cursor_execute", hear)

    plans: list[str] = []
    with world.store.reading() as connection:
        for statement in said:
            if statement.startswith("SELECT"):
                plans += [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
    for table in ("tickets", "links", "losses", "outbox", "inbox"):
        mine = [plan for plan in plans if plan.startswith(("SCAN", "SEARCH")) and plan.split()[1] == table]
        assert mine, f"{table}: {plans}"
        if table != "inbox":
            assert all("USING" in plan and "INDEX" in plan for plan in mine), mine


def test_a_credential_that_is_about_to_end_is_told_in_time() -> None:
    watch = WatchSettings(expires={"jira": "2026-03-10", "zendesk": "2026-12-31", "slack": "2026-03-01"})
    found = {one.key: one for one in alarms(NOTHING, watch)}
    assert {key: one.grade for key, one in found.items()} == {
        "expires:jira": "soon",
        "expires:slack": "urgent",
    }
    assert "ends on 2026-03-10" in found["expires:jira"].says
    assert "ended on 2026-03-01" in found["expires:slack"].says


# hub status -------------------------------------------------------------------------------------


def test_status_names_what_is_late_and_what_to_do(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with assemble(office.settings) as assembly:
        assert run_sync(assembly).state == "clean"
        old = "2026-01-01T00:00:00Z"
        assembly.store.end_run(RunRecord("r0", "rescore", old, old, "clean"))
        now = assembly.store.now()
        assembly.store.end_run(RunRecord("b0", "backfill", now, now, "attention", {"down": {"jira": "away"}}))
        _ = assembly.store.stage_hints([Hint(JIRA, RemoteId("1"), "d")], old)
    monkeypatch.setattr(sys, "argv", ["hub", "status", "-c", str(office.config)])
    main_ended(main)
    out = capsys.readouterr().out

    assert "no rescore ended well since 2026-01-01" in " ".join(out.split())
    assert "scheduler" in out
    assert "LATE" in out
    assert "jira is down" in " ".join(out.split())

    monkeypatch.setattr(sys, "argv", ["hub", "status", "--json", "-c", str(office.config)])
    main_ended(main)
    found = json.loads(capsys.readouterr().out)
    assert [a["key"] for a in found["alarms"]] == ["late:rescore"]
    assert found["flows"]["sync"]["late"] is False
    assert found["sides"]["jira"]["webhook_at"] == old


def test_metrics_are_printed_for_a_textfile_collector(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["hub", "metrics", "-c", str(office.config)])
    main_ended(main)

    assert "hub_tickets 0.0" in capsys.readouterr().out


def main_ended(command: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        command()
    assert ended.value.code in (0, None)
