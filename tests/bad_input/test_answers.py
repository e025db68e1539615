"""A vendor that answers a page instead of JSON: said so, nothing lost, the other side goes on."""

from __future__ import annotations

import httpx
import pytest

from sandbox.inprocess import InProcess
from tests.bad_input.conftest import People
from tests.world import World

LOGIN = "<!DOCTYPE html><html><head><title>Sign in to Acme</title></head><body>Please sign in.</body></html>"


class LoginPage:
    """What a proxy or a single sign-on page does: 200, and HTML."""

    def __init__(self, patched: pytest.MonkeyPatch, vendor: str) -> None:
        whole = InProcess.handle_request

        def answer(transport: InProcess, request: httpx.Request) -> httpx.Response:
            if transport._vendor != vendor:
                return whole(transport, request)
            return httpx.Response(200, html=LOGIN, request=request)

        patched.setattr(InProcess, "handle_request", answer)


@pytest.mark.parametrize("system", ["zendesk", "jira"])
def test_a_login_page_from_the_first_run_on(
    world: World, people: People, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    _ = people.hand_over()
    with monkeypatch.context() as patched:
        _ = LoginPage(patched, system)
        run = world.sync()
    assert run.state == "failed"
    error = str(run.summary["error"])
    assert error.lower().startswith(system)
    assert "not JSON" in error
    assert "Check that the address in hub.toml is the API's" in error
    assert people.issues == []
    assert world.sync().state == "clean"
    assert len(people.issues) == 1


@pytest.mark.parametrize("system", ["zendesk", "jira"])
def test_a_login_page_later(
    world: World, people: People, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.agent("comment", ticket=ticket, body="Still burning.")
    with monkeypatch.context() as patched:
        _ = LoginPage(patched, system)
        run = world.sync()
    assert run.state == "failed"
    error = str(run.summary["error"])
    assert f"{system} answered " in error
    assert "(status 200) with something that is not JSON (text/html): it says 'Sign in to Acme'" in error
    assert "whether a proxy, a login page or maintenance stands in between" in error
    _ = world.settle()
    assert len(people.issues[0].comments) == 1


def test_a_page_of_the_edge_with_403(world: World, people: People) -> None:
    """It is no missing permission: nobody should go and look for one."""
    _ = people.hand_over()
    assert world.sync().state == "clean"
    world.jira.settings["html_from_edge"] = True
    error = str(world.sync().summary["error"])
    assert "(status 403) with something that is not JSON (text/html)" in error
    assert "permission" not in error


@pytest.mark.parametrize("system", ["zendesk", "jira"])
def test_an_error_page_of_the_edge(world: World, people: People, system: str) -> None:
    """502 with a page: tried again for a while, then left to the next run."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    world.sandbox.faults[system].always("html")
    people.agent("comment", ticket=ticket, body="Still burning.")
    run = world.sync()
    assert run.state == "failed"
    assert "502" in str(run.summary["error"])
    assert "the next run will ask again" in str(run.summary["error"])
    world.sandbox.faults[system].clear()
    _ = world.settle()
    assert len(people.issues[0].comments) == 1
