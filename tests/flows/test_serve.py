"""`hub serve`: webhooks with the vendors' own signatures, over loopback, and the run that follows."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from flows import keeping as keeping_module
from flows.inline import run_sync
from flows.serve import BODY_LIMIT, application
from flows.wiring import Assembly, assemble
from hub.model import JIRA, ZENDESK
from hub.settings import load
from tests.flows.conftest import Office

JIRA_SECRET = "engineering-only"
ROOT = Path(__file__).parents[2]


class Clock:
    """The receiver's clock, as far from the true one as a test wants."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@contextmanager
def serving(assembly: Assembly, clock: Clock) -> Iterator[str]:
    """Serve as `hub serve` does, on a port of its own."""
    web = application(assembly.store, assembly.connectors, assembly.settings, clock.now)
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    [socket] = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Desk:
    """What a test of webhooks needs: the office, the hub, the receiver, and the vendors' outboxes."""

    def __init__(self, office: Office, assembly: Assembly, url: str, clock: Clock) -> None:
        self.office, self.assembly, self.url, self.clock = office, assembly, url, clock

    def answers(self) -> list[int | None]:
        """What the receiver answered to each webhook of either vendor, so far."""
        jira: Any = self.office.running.sandbox.vendors["jira"]
        found: list[int | None] = []
        for outbox in (self.office.running.outbox, jira.outbox):
            outbox.flush()
            found += [outcome.status for outcome in outbox.outcomes]
        return found

    def delivered(self, system: str) -> Any:
        jira: Any = self.office.running.sandbox.vendors["jira"]
        outbox = self.office.running.outbox if system == "zendesk" else jira.outbox
        outbox.flush()
        return outbox.outcomes[-1].delivery

    def again(self, delivery: Any, **changes: Any) -> httpx.Response:
        """Deliver once more, perhaps with something changed."""
        sent = {"url": delivery.url, "headers": dict(delivery.headers), "content": delivery.body, **changes}
        return httpx.post(**sent)

    def inbox(self) -> dict[str, int]:
        return dict(httpx.get(f"{self.url}/health").json()["inbox"])


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    """Both vendors have the hub's webhook, and `hub.toml` has both secrets."""
    clock = Clock()
    line = office.running.line
    zendesk = httpx.Client(
        base_url=line["zendesk"]["url"],
        auth=(f"{line['zendesk']['email']}/token", line["zendesk"]["api_token"]),
    )
    jira = httpx.Client(base_url=line["jira"]["url"], auth=(line["jira"]["email"], line["jira"]["api_token"]))
    hook = {
        "name": "hub", "endpoint": "http://127.0.0.1:1/", "http_method": "POST", "request_format": "json",
        "subscriptions": ["zen:event-type:ticket.subject_changed", "zen:event-type:ticket.comment_added"],
    }  # fmt: skip
    made = zendesk.post("/api/v2/webhooks", json={"webhook": hook}).json()["webhook"]
    secret = zendesk.get(f"/api/v2/webhooks/{made['id']}/signing_secret").json()["signing_secret"]["secret"]
    with_secrets(office, secret, JIRA_SECRET)
    with assemble(load(office.config)) as assembly, serving(assembly, clock) as url:
        there = {"webhook": {"endpoint": f"{url}/webhooks/zendesk"}}
        zendesk.patch(f"/api/v2/webhooks/{made['id']}", json=there).raise_for_status()
        jira.post(
            "/rest/webhooks/1.0/webhook",
            json={"name": "hub", "url": f"{url}/webhooks/jira", "events": ["jira:issue_updated"], "secret": JIRA_SECRET},
        ).raise_for_status()  # fmt: skip
        yield Desk(office, assembly, url, clock)
    zendesk.close()
    jira.close()


def with_secrets(office: Office, zendesk: str, jira: str) -> None:
    """Put the webhooks' secrets into `hub.toml`, under the vendor's table."""
    text = office.config.read_text()
    text = text.replace("[zendesk]\n", f'[zendesk]\nwebhook_secret = "{zendesk}"\n')
    text = text.replace("[jira]\n", f'[jira]\nwebhook_secret = "{jira}"\n')
    _ = office.config.write_text(text)


def test_a_hint_is_stored_and_the_next_run_looks(desk: Desk) -> None:
    """The export holds back the last minute; whoever heard the webhook does not wait for it."""
    desk.office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    ticket = desk.office.hand_over()
    assert run_sync(desk.assembly).state == "clean"
    desk.office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 3600
    _ = run_sync(desk.assembly)  # hears of what the hub wrote itself
    desk.office.agent("set", ticket=ticket, subject="Printer is ash")
    [issue] = desk.office.issues
    desk.office.engineer("set_fields", issue=issue.key, fields={"priority": "Highest"})
    assert set(desk.answers()) == {200}
    assert desk.inbox() == {ZENDESK: 1, JIRA: 1}
    assert run_sync(desk.assembly).state == "clean"
    assert issue.values["summary"] == "Printer is ash"
    assert desk.office.agent("show", ticket=ticket)["priority"] == "urgent"


def test_stored_before_it_is_acknowledged(desk: Desk) -> None:
    """What was answered 200 lies in the database, where another process finds it."""
    ticket = desk.office.hand_over()
    desk.office.agent("set", ticket=ticket, subject="Printer is ash")
    assert set(desk.answers()) == {200}
    with sqlite3.connect(f"file:{desk.office.config.parent}/hub.sqlite3?mode=ro", uri=True) as store:
        found = set(store.execute("select system, remote_id from inbox").fetchall())
    store.close()
    assert found == {("zendesk", str(ticket))}


def test_a_repeated_delivery_is_stored_once(desk: Desk) -> None:
    ticket = desk.office.hand_over()
    desk.office.agent("set", ticket=ticket, subject="Printer is ash")
    first = desk.delivered("zendesk")
    assert [desk.again(first).json() for _ in range(3)] == [{"hints": 0}] * 3


def test_a_repeated_delivery_of_jira_is_stored_once(desk: Desk) -> None:
    assert desk.again(prepared(desk, "jira")).json() == {"hints": 0}


@pytest.mark.parametrize("system", ["zendesk", "jira"])
def test_a_wrong_signature(desk: Desk, system: str) -> None:
    """401, and nothing is stored; the answer says what to compare and holds no secret."""
    delivery = prepared(desk, system)
    before = desk.inbox()
    reply = desk.again(delivery, content=delivery.body.replace(b"fire", b"FIRE") + b" ")
    assert reply.status_code == 401
    assert "signature" in reply.json()["error"]
    assert JIRA_SECRET not in reply.text
    unsigned = {k: v for k, v in delivery.headers.items() if "ignature" not in k}
    assert desk.again(delivery, headers=unsigned).status_code == 401
    assert desk.inbox() == before


def prepared(desk: Desk, system: str) -> Any:
    """Return a delivery that was accepted."""
    desk.office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    ticket = desk.office.hand_over()
    assert run_sync(desk.assembly).state == "clean"
    if system == "zendesk":
        desk.office.agent("set", ticket=ticket, subject="Printer is ash")
    else:
        desk.office.engineer("set_fields", issue=desk.office.issues[0].key, fields={"priority": "Highest"})
    delivery = desk.delivered(system)
    assert set(desk.answers()) == {200}
    return delivery


def test_a_stale_timestamp(desk: Desk) -> None:
    """A recorded delivery, replayed later, is refused although its signature holds."""
    delivery = prepared(desk, "zendesk")
    desk.clock.ahead = 301.0
    reply = desk.again(delivery)
    assert reply.status_code == 401
    assert "more than 300 s: a replay, or a wrong clock" in reply.json()["error"]


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(office: Office) -> None:
    """Who opens requests and sends nothing holds no place: 408, after the receiver's patience."""
    sent: list[Any] = []

    async def receive() -> Any:
        return await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/webhooks/zendesk", "raw_path": b"", "query_string": b"",
        "headers": [], "server": ("hub", 80), "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    with assemble(load(office.config)) as assembly:
        web = application(assembly.store, assembly.connectors, assembly.settings, patience=0.01)
        asyncio.run(web(scope, receive, send))
    assert sent[0]["status"] == 408


def test_a_body_that_is_too_large(desk: Desk) -> None:
    reply = httpx.post(f"{desk.url}/webhooks/zendesk", content=b"x" * (BODY_LIMIT + 1))
    assert reply.status_code == 413
    assert reply.json() == {"error": f"the body is longer than {BODY_LIMIT} bytes"}


def test_a_system_that_is_not_there(desk: Desk) -> None:
    reply = httpx.post(f"{desk.url}/webhooks/pipedrive", content=b"{}")
    assert reply.status_code == 404
    assert reply.json() == {"error": "no system 'pipedrive' here; there are email, jira, salesforce, zendesk"}
    assert httpx.get(f"{desk.url}/webhooks/zendesk").status_code == 405


def test_without_a_secret_nothing_is_taken(office: Office) -> None:
    with assemble(load(office.config)) as assembly, serving(assembly, Clock()) as url:
        for system in ("zendesk", "jira"):
            headers = {
                "x-hub-signature": "sha256=00",
                "x-zendesk-webhook-signature": "AA==",
                "x-zendesk-webhook-signature-timestamp": "2026-01-01T00:00:00Z",
            }
            reply = httpx.post(f"{url}/webhooks/{system}", content=b"{}", headers=headers)
            assert reply.status_code == 401
            assert "secret" in reply.json()["error"]


def test_a_locked_store_has_it_delivered_again(desk: Desk) -> None:
    """503 with Retry-After: the vendor keeps the hint until the store can take it."""
    delivery = prepared(desk, "zendesk")
    config = desk.office.config
    hasty = config.with_name("hasty.toml")  # the same store, by a receiver that does not wait long for it
    _ = hasty.write_text(config.read_text() + '[store]\nurl = "sqlite:///hub.sqlite3?timeout=0.3"\n')
    with assemble(load(hasty)) as assembly, serving(assembly, desk.clock) as url:
        there = f"{url}/webhooks/zendesk"
        other = sqlite3.connect(config.parent / "hub.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            reply = desk.again(delivery, url=there)
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "30"
        assert "another program has it locked" in reply.json()["error"]
        assert desk.again(delivery, url=there).status_code == 200


def test_with_sync_one_command_is_a_whole_hub(office: Office) -> None:
    """A worker runs beside the receiver; one signal ends both in good order, and none is left behind."""
    _ = office.hand_over()
    _ = office.config.write_text(office.config.read_text() + "\n[serve]\nport = 0\n")
    command = [sys.executable, "-m", "flows.cli", "serve", "--sync", "--json", "-c", str(office.config)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["state"], first["kind"]) == ("clean", "sync")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stdout.read() == "", "and nobody holds the pipe open any more"
    assert len(office.issues) == 1


def test_a_worker_does_not_outlive_a_receiver_that_is_killed() -> None:
    """Nobody is left at work unseen: it ends as if it had been asked to, with its run."""
    script = "import sys; from flows.keeping import {0}; {1}"
    kept = script.format(
        "end_with_keeper",
        "import os, signal; end_with_keeper(lambda: (print('over', flush=True), os._exit(0))); "
        "print('up', flush=True); signal.pause()",
    )
    keeper = script.format("working", f"w = working([sys.executable, '-c', {kept!r}], print); w.__enter__(); input()")
    with subprocess.Popen(
        [sys.executable, "-c", keeper], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.kill()
        assert process.stdout.readline() == "over\n"


def test_a_worker_that_ends_by_itself_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and the receiver goes on meanwhile."""
    monkeypatch.setattr(keeping_module, "_AGAIN", 0.01)
    told: list[str] = []
    twice = threading.Event()
    touch = f"import os, pathlib; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch(); raise SystemExit(3)"

    def tell(text: str) -> None:
        told.append(text)
        if len(told) == 2:
            twice.set()

    with keeping_module.working([sys.executable, "-c", touch], tell):
        assert twice.wait(20)
    assert told[0] == "the worker ended with 3; it is started again in 0 s"
    assert len(list(tmp_path.iterdir())) >= 2
