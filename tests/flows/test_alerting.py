"""Warnings really leave, once, over HTTP, and show nothing that they must not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows import alerting
from flows.alerting import acknowledged, by_apprise, listed, safe, sent_test
from flows.rescoring import run_rescore
from flows.verdicts import give_verdict
from hub.errors import Misconfigured
from hub.records import RunRecord
from hub.scoring_settings import AlertSettings
from tests.properties.sides import HANDED_OVER
from tests.world import World

SECRET = "token-that-nobody-may-see"


class Channel:
    """Somebody's channel: an HTTP server on loopback that keeps what was posted to it."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.status = 200
        posts, channel = self.posts, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if channel.status == 200:
                    posts.append(json.loads(body))
                self.send_response(channel.status)
                self.end_headers()

            def log_message(self, *said: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"json://127.0.0.1:{self._server.server_port}/{SECRET}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, channel: Channel) -> Iterator[World]:
    """Two tickets whose customers have waited for us for days."""
    alerts = {"urls": [channel.url], "hours": "always", "attention": 30, "budget": 10}
    made = World(tmp_path, scoring={"encoder": False}, alerts=alerts)
    for n in range(2):
        _ = made.zendesk.person(
            "create", subject=f"<!channel> export {n} @here", body="It fails.", **HANDED_OVER
        )
    made.settle()
    made.tick(4 * 86_400)
    yield made
    made.close()


def rescored(world: World, **send: Any) -> RunRecord:
    return run_rescore(world.assembly, **send)


def test_a_warning_leaves_once_with_what_can_be_done(world: World, channel: Channel) -> None:
    done = rescored(world)
    assert done.summary["alerts"] == {"sent": len(channel.posts)}
    assert len(channel.posts) >= 2
    post = channel.posts[0]
    assert "Why now: " in post["message"]
    assert "hub feedback accept" in post["message"]
    assert "Open it: http" in post["message"]
    assert "<!channel>" not in post["title"] and "@here" not in post["title"], "a subject pings nobody"
    count = len(channel.posts)
    assert "alerts" not in rescored(world).summary
    assert len(channel.posts) == count
    assert {a["state"] for a in listed(world.store, world.iso(), 7)} == {"sent"}


def test_what_cannot_be_sent_is_kept_told_and_sent_later(world: World, channel: Channel) -> None:
    channel.status = 500
    done = rescored(world)
    assert done.state == "attention"
    assert "could not be sent" in str(done.summary["alerts"])
    assert SECRET not in str(done.summary)
    assert {a["state"] for a in listed(world.store, world.iso(), 7)} == {"new"}
    channel.status = 200
    again = rescored(world)
    assert again.summary["alerts"] == {"sent": len(channel.posts)}
    assert {a["state"] for a in listed(world.store, world.iso(), 7)} == {"sent"}


@pytest.mark.parametrize("after", [False, True])
def test_a_process_that_dies_while_it_sends_loses_nothing(
    world: World, channel: Channel, after: bool
) -> None:
    """Killed before the sending, it is sent later; killed right after it, at most this one comes twice."""

    def dies(url: SecretStr, title: str, body: str) -> bool:
        if after:
            _ = by_apprise(url, title, body)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _ = rescored(world, send=dies)
    world.reborn()
    _ = rescored(world)
    titles = [post["title"] for post in channel.posts]
    assert len(set(titles)) >= 2
    assert len(titles) == len(set(titles)) + after


def test_nobody_is_warned_of_what_is_snoozed_or_dismissed(world: World, channel: Channel) -> None:
    one, other = world.store.open_tickets(2)
    _ = give_verdict(world.assembly, one, "snooze", until="5d")
    _ = give_verdict(world.assembly, other, "dismiss")
    _ = rescored(world)
    texts = [post["message"] for post in channel.posts]
    assert not any(f"accept {one.partition(':')[2]}`" in text for text in texts)
    kinds = {a["kind"] for a in listed(world.store, world.iso(), 7) if a["ticket"] == other}
    assert kinds <= {"deadline"}, "a missed deadline is a fact, whatever anybody thinks of the risk"


def test_a_spent_budget_holds_the_rest_and_shows_it(world: World, channel: Channel) -> None:
    settings = world.assembly.settings
    small = AlertSettings(**{**settings.alerts.model_dump(), "budget": 1})
    world.assembly.settings = settings.model_copy(update={"alerts": small})
    done = rescored(world)
    assert done.summary["alerts"]["sent"] == len(channel.posts)  # type: ignore[index]
    held = [a for a in listed(world.store, world.iso(), 7) if a["state"] == "held"]
    assert held and {a["held"] for a in held} == {"the budget of the day is spent"}
    rows = len(listed(world.store, world.iso(), 7))
    _ = rescored(world)
    assert len(listed(world.store, world.iso(), 7)) == rows, "held once, not once a round"
    world.tick(86_400)
    _ = rescored(world)
    assert len(channel.posts) >= 2, "there is room on the next day"


def test_somebody_may_say_that_they_deal_with_it(world: World) -> None:
    _ = rescored(world)
    number = listed(world.store, world.iso(), 7)[0]["id"]
    assert "somebody deals with it" in acknowledged(world.store, number)
    with pytest.raises(Misconfigured, match="no alert 999"):
        _ = acknowledged(world.store, 999)


def test_a_test_says_which_address_took_it_and_shows_none(world: World, channel: Channel) -> None:
    [one] = sent_test(world.assembly.settings)
    assert one == ("address 1 (json): took it", True)
    channel.status = 404
    [one] = sent_test(world.assembly.settings)
    assert one == ("address 1 (json): did not take it", False)
    none = world.assembly.settings.model_copy(update={"alerts": AlertSettings()})
    with pytest.raises(Misconfigured, match="No addresses stand under"):
        _ = sent_test(none)


def test_an_address_is_in_no_log_and_no_error(
    channel: Channel, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    channel.status = 500
    assert not by_apprise(SecretStr(channel.url), "t", "b")
    assert not by_apprise(SecretStr(f"nosuch://{SECRET}"), "t", "b")
    said = capsys.readouterr()
    assert SECRET not in caplog.text + said.out + said.err
    assert SECRET not in repr(AlertSettings(urls=(SecretStr(channel.url),)))


def test_what_a_customer_writes_pings_nobody() -> None:
    assert (
        safe("<!channel> @Everyone <https://x|y>")
        == "\u2039!channel\u203a @\u200bEveryone \u2039https://x|y\u203a"
    )
    assert safe("write to a@example.com") == "write to a@example.com"


def test_the_memory_of_another_version_is_told_and_the_alerts_stand_in(
    world: World, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    _ = rescored(world)
    count = len(channel.posts)
    world.store.save_outlook(alerting.MEMORY, {"marks": 7}, world.iso())
    _ = rescored(world)
    assert "cannot be used" in caplog.text
    assert len(channel.posts) == count
