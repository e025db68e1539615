"""OAuth 2.0 (3LO) for Jira, from the address that a person opens to a run with rotated tokens."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from flows.inline import run_sync
from flows.signing_in import JiraSignIn
from flows.wiring import Wires, assemble
from hub.errors import SignInFailed
from hub.model import JIRA, ZENDESK
from hub.settings import Settings
from hub.store import open_store
from sandbox.inprocess import InProcess
from tests.world import World


def _settings(world: World) -> Settings:
    line = world.jira.describe("http://127.0.0.1:3", "")
    oauth = {
        "client_id": line["client_id"],
        "client_secret": line["client_secret"],
        "auth_url": "https://127.0.0.1:4",
        "api_origin": "http://127.0.0.1:3",
    }
    jira = {"url": line["api_url"], "site": line["url"], "oauth": oauth}
    plain = {
        "zendesk": {
            "url": world.settings.zendesk.url,
            "email": world.settings.zendesk.email,
            "api_token": world.settings.zendesk.api_token,
        }
    }
    return Settings.model_validate({**plain, "jira": jira, "folder": world.folder})


def _wires(world: World) -> Wires:
    return Wires(
        transports={
            ZENDESK: InProcess(world.sandbox, "zendesk"),
            JIRA: InProcess(world.sandbox, "jira"),
        },
        sleep=world.sleep,
        monotonic=world.clock.now,
        wall=world.clock.now,
        now=world.iso,
        threads=1,
        side_by_side=False,
    )


def _consent(world: World, address: str) -> str:
    """Do what the browser does: open the address, allow, and land where we are sent back to."""
    with httpx.Client(transport=InProcess(world.sandbox, "jira")) as browser:
        answer = browser.get(address)
    assert answer.status_code == 302
    return answer.headers["location"]


def test_a_person_lets_the_hub_in_once(tmp_path: Path) -> None:
    """The tokens are kept in the store, are good for a run, and are renewed when they lapse."""
    world = World(tmp_path)
    settings = _settings(world)
    world.close()
    store = open_store(settings.store_url, now=world.iso)
    begun = JiraSignIn(settings.jira, store, _wires(world))
    sites = begun.end(_consent(world, begun.begin()))
    store.close()

    assert [site.api_url for site in sites] == [settings.jira.url]
    for _ in range(2):
        with assemble(settings, _wires(world)) as assembly:
            run = run_sync(assembly)
        assert run.state == "clean", run.summary
        world.jira.expire_tokens()
        world.tick(4000)


def test_a_refusal_says_so(tmp_path: Path) -> None:
    """A person who says no, or an answer to another question, is no sign-in."""
    world = World(tmp_path)
    begun = JiraSignIn(_settings(world).jira, world.store, _wires(world))
    _ = begun.begin()
    with pytest.raises(SignInFailed):
        begun.end("http://localhost:8787/callback?error=access_denied&state=other")
    world.close()
