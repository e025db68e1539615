"""`hub doctor`: each thing that can be wrong is named, with what to do; it changes nothing and shows no secret."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from flows.cli import main
from flows.doctor import examined, of_assembly, worst
from flows.doctor_findings import Finding
from flows.doctor_flows import of_prefect
from flows.inline import run_sync
from flows.wiring import assemble
from hub.errors import Misconfigured
from hub.model import JIRA
from sandbox.inprocess import InProcess
from tests.flows.conftest import Office
from tests.world import World

HOOK = "https://hub.acme.example"
SECRET = SecretStr("only-zendesk-and-we-know-it")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, crm=True)
    _ = made.sync()
    yield made
    made.close()


def hooked(world: World, endpoint: str) -> Any:
    """A webhook as an administrator makes one."""
    body = {"name": "hub", "endpoint": endpoint, "http_method": "POST", "request_format": "json"}
    me = next(iter(world.zendesk.state.users.values()))
    return world.zendesk.webhooks.create({**body, "subscriptions": ["conditional_ticket_events"]}, me.id)


def look(world: World) -> list[Finding]:
    return list(of_assembly(world.assembly))


def bad(found: list[Finding], part: str) -> list[str]:
    return [f"{one.verdict}: {one.what}" for one in found if one.part == part and one.verdict != "ok"]


def told(found: list[Finding], words: str) -> Finding:
    [one] = [one for one in found if words in one.what]
    return one


def test_a_hub_that_is_well_has_no_failure(world: World) -> None:
    found = look(world)

    assert [one for one in found if one.verdict == "fail"] == []
    assert {"mappings", "zendesk", "jira", "salesforce", "flows", "prefect"} <= {one.part for one in found}
    assert all(one.todo for one in found if one.verdict != "ok"), "each says what to do"


def test_it_changes_nothing_in_any_system(world: World) -> None:
    writes: list[str] = []
    for name in ("zendesk", "jira", "salesforce"):
        asked = world.assembly.connectors[name].calls()
        writes += [endpoint for endpoint in asked if not endpoint.startswith("GET ")]
    before = sorted(writes)
    kept = world.store.kept("schema:jira")

    _ = look(world)

    after = [e for n in ("zendesk", "jira", "salesforce") for e in world.assembly.connectors[n].calls()]
    assert sorted(e for e in after if not e.startswith("GET ")) == before
    assert world.store.kept("schema:jira") == kept, "not even what was read of a schema is kept"


def test_a_clock_that_is_wrong_is_found_by_the_date_of_answers(tmp_path: Path) -> None:
    world = World(tmp_path)

    class Dated(httpx.BaseTransport):
        def __init__(self) -> None:
            self.inner = InProcess(world.sandbox, "jira")

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = self.inner.handle_request(request)
            answer.headers["date"] = formatdate(world.clock.now() - 400, usegmt=True)
            return answer

    world.transports = {JIRA: Dated()}
    world.reborn()
    try:
        one = told(look(world), "our clock is 7 minutes ahead of its clock")
        assert (one.part, one.verdict) == ("jira", "fail")
        assert "NTP" in one.todo
    finally:
        world.close()


@pytest.mark.parametrize("role", ["agent", "end-user"])
def test_a_zendesk_user_that_may_not_export_is_found(world: World, role: str) -> None:
    me = next(u for u in world.zendesk.state.users.values() if u.email == world.settings.zendesk.email)
    me.role = role

    assert any("exports are for administrators" in what for what in bad(look(world), "zendesk"))


def test_a_sign_in_that_fails_stops_no_other_part(world: World) -> None:
    world.zendesk.person("revoke_api_token")

    found = look(world)

    assert any("refused our credentials" in what for what in bad(found, "zendesk"))
    assert [one for one in found if one.part == "jira" and one.verdict == "ok"]


def test_a_token_that_ends_and_that_nobody_renews_is_told_in_time(tmp_path: Path) -> None:
    """What Zendesk says of its end is read; a fortnight before, it is a warning."""
    world = World(tmp_path)
    oauth = world.zendesk.oauth
    me = next(iter(world.zendesk.state.users.values()))
    token = oauth.issue(1, me.id, ["read", "write"], expires_in=20 * 86_400)
    changed = {"oauth_token": SecretStr(token.access), "api_token": None, "email": None}
    zendesk = world.settings.zendesk.model_copy(update=changed)
    world.settings = world.settings.model_copy(update={"zendesk": zendesk})
    world.reborn()
    try:
        assert bad(look(world), "zendesk") == []
        token.expires -= 10 * 86_400
        one = told(look(world), "nothing renews it")
        assert (one.part, one.verdict) == ("zendesk", "warn") and "10 days" in one.what
    finally:
        world.close()


def test_a_missing_right_in_jira_is_named(world: World) -> None:
    _ = world.jira.person("revoke", permission="CREATE_ISSUES", project="SUP")

    [what] = [w for w in bad(look(world), "jira") if w.startswith("fail")]

    assert "CREATE_ISSUES" in what


def test_more_rights_than_needed_are_warned_of(world: World) -> None:
    assert any("administer the whole site" in what for what in bad(look(world), "jira"))


def test_a_webhook_that_is_not_there_is_found(tmp_path: Path) -> None:
    world = World(tmp_path, watch={"public_url": HOOK})
    changed = world.settings.zendesk.model_copy(update={"webhook_secret": SECRET})
    world.settings = world.settings.model_copy(update={"zendesk": changed})
    world.reborn()
    try:
        assert bad(look(world), "zendesk") == [
            "fail: no webhook points to https://hub.acme.example/webhooks/zendesk"
        ]
        hook = hooked(world, "https://elsewhere.example/webhooks/zendesk")
        assert any("another address" in what for what in bad(look(world), "zendesk"))
        hook.shape["endpoint"] = f"{HOOK}/webhooks/zendesk"
        hook.shape["status"] = "inactive"
        assert any("not active" in what for what in bad(look(world), "zendesk"))
        hook.shape["status"] = "active"
        assert any("another secret" in what for what in bad(look(world), "zendesk"))
        hook.secret = SECRET.get_secret_value()
        assert bad(look(world), "zendesk") == []
    finally:
        world.close()


def test_a_field_that_people_deleted_is_found_as_drift(world: World) -> None:
    _ = world.zendesk.person("delete_field", field="Workaround")

    found = bad(look(world), "mappings")

    assert any(what.startswith("fail") and "Workaround" in what for what in found)
    assert any("lacks" in what for what in found)


def test_calls_of_the_day_that_are_nearly_spent_are_told(world: World) -> None:
    used = sum(world.assembly.connectors["salesforce"].calls().values())
    world.salesforce.settings["daily_limit"] = 3 * used

    assert any("calls of 24 hours are used" in what for what in bad(look(world), "salesforce"))


def test_a_mailbox_that_is_shut_is_found_and_the_rest_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path, mail=True)
    try:
        found = look(world)
        assert not [what for what in bad(found, "email") if what.startswith("fail")]
        assert any("Authentication-Results" in what for what in bad(found, "email"))
        world.mail.close()
        found = look(world)
        assert len([what for what in bad(found, "email") if what.startswith("fail")]) == 2, "both servers"
    finally:
        world.close()


def test_a_flow_that_is_late_is_told(world: World) -> None:
    world.tick(4 * 3600)

    assert any("no sync ended well since" in what for what in bad(look(world), "flows"))


# the whole command ------------------------------------------------------------------------------


def run(
    office: Office, *arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["hub", "doctor", "-c", str(office.config), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    code = ended.value.code
    return int(code or 0), capsys.readouterr().out


def test_the_command_says_how_bad_it_is_and_shows_no_secret(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with assemble(office.settings) as assembly:
        assert run_sync(assembly).state == "clean"
    code, out = run(office, "--json", capsys=capsys, monkeypatch=monkeypatch)

    found = json.loads(out)["checks"]
    assert code == 1, [one for one in found if one["verdict"] == "fail"]
    assert any("secrets stand in hub.toml itself" in one["what"] for one in found)
    for secret in (office.settings.zendesk.api_token, office.settings.jira.api_token):
        assert secret is not None
        assert secret.get_secret_value() not in out


def test_a_settings_file_that_others_may_read_is_a_failure(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.config.chmod(0o644)

    code, out = run(office, "--only", "settings", capsys=capsys, monkeypatch=monkeypatch)

    assert code == 2
    assert f"chmod 600 {office.config}" in "".join(out.split("\n")).replace("       ", " ")


def test_a_settings_file_that_is_not_whole_is_said_once(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    _ = config.write_text("[zendesk\n")

    [one] = examined(config)

    assert (one.part, one.verdict) == ("settings", "fail")
    assert "this is not TOML" in one.what


def test_an_older_store_is_not_migrated(office: Office) -> None:
    with assemble(office.settings):
        pass
    file = office.config.parent / "hub.sqlite3"
    with sqlite3.connect(file) as connection:
        _ = connection.execute("UPDATE alembic_version SET version_num = '0005'")
    connection.close()

    found = examined(office.config)

    assert any(one.part == "store" and "older than this software" in one.what for one in found)
    assert worst(found) == 2
    assert not [one for one in found if one.part == "jira"], "what else is asked would change it"


def test_a_store_that_is_not_there_is_not_made(office: Office) -> None:
    found = [one for one in examined(office.config, ["store"]) if one.part == "store"]

    assert found[0].verdict == "warn"
    assert "is not there yet" in found[0].what


def test_a_part_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no part moon; there are settings"):
        _ = examined(tmp_path / "hub.toml", ["moon"])


# Prefect ----------------------------------------------------------------------------------------


@pytest.fixture
def prefect_api() -> Iterator[dict[str, Any]]:
    """As much of Prefect's API as the doctor asks, on loopback; what it answers can be changed."""
    said: dict[str, Any] = {
        "pool": {"status": "READY"},
        "deployments": [
            {
                "name": "every-two-minutes",
                "entrypoint": "flows.jobs.sync",
                "paused": False,
                "schedules": [{"active": True}],
            }
        ],
    }

    class Handler(BaseHTTPRequestHandler):
        def _say(self, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(404 if body is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            _ = self.wfile.write(content)

        def do_GET(self) -> None:
            self._say(version("prefect") if self.path.endswith("/admin/version") else said["pool"])

        def do_POST(self) -> None:
            _ = self.rfile.read(int(self.headers["content-length"]))
            self._say(said["deployments"])

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    said["url"] = f"http://127.0.0.1:{server.server_port}/api"
    yield said
    server.shutdown()
    server.server_close()
    thread.join()


def test_prefect_is_asked_over_its_api(monkeypatch: pytest.MonkeyPatch, prefect_api: dict[str, Any]) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_api["url"])
    found = list(of_prefect(None))  # type: ignore[arg-type]
    assert worst(found) == 0, found

    prefect_api["pool"] = {"status": "NOT_READY"}
    assert any("no worker is alive" in one.what for one in of_prefect(None))  # type: ignore[arg-type]
    prefect_api["pool"] = None
    assert any("there is no work pool" in one.what for one in of_prefect(None))  # type: ignore[arg-type]
    prefect_api["deployments"][0]["paused"] = True
    assert any("paused: every-two-minutes" in one.what for one in of_prefect(None))  # type: ignore[arg-type]
    prefect_api["deployments"] = []
    assert any("none of the hub's deployments" in one.what for one in of_prefect(None))  # type: ignore[arg-type]
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert any("does not answer as it should" in one.what for one in of_prefect(None))  # type: ignore[arg-type]
