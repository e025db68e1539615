"""The Salesforce connector against an org stand-in over HTTP: signing in, and the budget of calls."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.auth import BearerToken
from hub.errors import HubError, SignInFailed, Unavailable
from sandbox.faults import Fault
from tests.contract.salesforce_world import Heard, World, ids_of


@pytest.fixture
def world() -> World:
    return World()


# --- signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["credentials", "refresh", "jwt"])
def test_three_ways_to_sign_in_work(world: World, how: str) -> None:
    """Client credentials, a refresh token and a key each open the org; tokens are asked for by form."""
    world.connector = world.connect(world.sign_in(how))
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    asked = world.wire.requests[0]
    assert asked.url.path == "/services/oauth2/token"
    assert asked.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert "authorization" not in asked.headers


def test_a_given_access_token_works_at_once(world: World) -> None:
    """A token that somebody else looks after needs no sign-in."""
    world.connector = world.connect(BearerToken(world.told()["access_token"]))
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    assert all(one.url.path != "/services/oauth2/token" for one in world.wire.requests)


def test_every_call_says_who_we_are_and_assigns_nothing(world: World) -> None:
    """The headers that keep echoes recognisable and assignment rules quiet go with each call, describe too."""
    _ = world.read(world.read()[1])
    _ = world.connector.schema()
    calls = [one for one in world.wire.requests if "/services/data/" in one.url.path]
    assert calls
    for one in calls:
        assert one.headers["sforce-call-options"] == "client=support-sync-hub"
        assert one.headers["sforce-auto-assign"] == "FALSE"
        assert one.headers["sforce-mru"] == "updateMru=false"
        assert "gzip" in one.headers["accept-encoding"]


def test_calls_go_to_the_instance_that_the_sign_in_names(world: World) -> None:
    """A sign-in at the login host answers with the org's own address, and everything else goes there."""
    login = "https://login.salesforce.com"
    auth = world.sign_in("refresh", url=login)
    world.connector = world.connect(auth, url=login)
    case = world.case("Hello")
    seen = world.seen(case)
    hosts = {one.url.path.startswith("/services/oauth2/token"): one.url.host for one in world.wire.requests}
    assert hosts == {True: "login.salesforce.com", False: "sales.my.salesforce.com"}
    assert seen.url == f"https://sales.my.salesforce.com/lightning/r/Case/{case}/view"


class Sending(Heard):
    """A sign-in that was taken over: it answers well, and names another host for the calls."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path != "/services/oauth2/token":
            return response
        body = response.read().replace(b"https://sales.my.salesforce.com", b"https://sales.my.salesforce.com.evil.example")
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body, request=request)


def test_no_call_follows_a_sign_in_to_a_foreign_host(world: World) -> None:
    """Credentials go to our own host and to Salesforce's, wherever an answer points."""
    wire = Sending(world.sandbox, "salesforce")
    wire.requests = world.wire.requests
    world.wire = wire
    world.connector = world.connect()
    with pytest.raises(SignInFailed, match="not a host of its own"):
        _ = world.read()
    assert {one.url.host for one in world.wire.requests} == {"sales.my.salesforce.com"}


def test_a_rotated_refresh_token_is_kept_before_it_is_used(world: World) -> None:
    """When the first call goes out, the new refresh token is in the vault already."""
    kept: list[bool] = []
    auth = world.sign_in("refresh")
    world.connector = world.connect(auth)
    first = world.told()["refresh_token"]

    def look(_: object) -> None:
        (held,) = world.vault.held.values()
        kept.append(first not in held and "5Aep861" in held)

    world.faults.follow([Fault(before=look)], endpoint="*/describe")
    _ = world.read()
    assert kept == [True]
    # the next process goes on with what was kept
    world.clock.advance(3 * 3600)
    world.connector = world.connect(world.sign_in("refresh"))
    _ = world.read()


def test_a_lost_refresh_token_says_what_to_do_and_a_new_one_mends_it(world: World) -> None:
    """The answer to a refresh was lost, and with it the only good token: a person has to put a new one."""
    auth = world.sign_in("refresh")
    world.connector = world.connect(auth)
    _ = world.read()
    context = world.vendor.context
    context.sessions.refresh.clear()
    world.clock.advance(3 * 3600)
    with pytest.raises(SignInFailed, match="put a new refresh token into hub"):
        _ = world.read()
    fresh = context.sessions.grant(context.hub)
    world.connector = world.connect(world.sign_in("refresh", refresh_token=fresh))
    _ = world.read()


@pytest.mark.parametrize(
    ("setting", "options", "words"),
    [
        ({"unapproved_users": ["hub@sales.example"]}, {}, "pre-authorise"),
        ({}, {"audience": "https://example.com"}, "audience` in hub.toml"),
    ],
)
def test_a_refused_key_says_what_an_administrator_has_to_do(
    world: World, setting: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    """The two ways in which a signed assertion is usually refused are told by their cure."""
    world.settings.update(setting)
    world.connector = world.connect(world.sign_in("jwt", **options))
    with pytest.raises(SignInFailed, match=words):
        _ = world.read()


def test_a_key_that_is_none_is_a_mistake_in_the_settings(world: World) -> None:
    """A key that cannot be read is told as what it is; its text is not shown."""
    world.connector = world.connect(world.sign_in("jwt", key="s3cret"))
    with pytest.raises(HubError, match="RSA key in PEM") as error:
        _ = world.read()
    assert "s3cret" not in str(error.value)


def test_a_session_that_ended_is_renewed_once(world: World) -> None:
    """A 401 costs one new sign-in, and the run goes on."""
    _, cursor = world.read()
    case = world.case("Hello")
    world.clock.advance(3 * 3600)
    seen, _ = world.read(cursor)
    assert ids_of(seen) == [case]
    assert world.wire.asked().count("POST /services/oauth2/token") == 2


def test_a_person_lets_us_in_once(world: World) -> None:
    """`hub init`: an address for a browser, the answer that it brings back, and a token that rotates."""
    told = world.told()
    auth = world.sign_in("credentials", grant="refresh_token", client_secret=told["client_secret"])
    begun = auth.start("http://localhost:8788/callback")
    answer = world.wire.handle_request(httpx.Request("GET", begun.url))
    auth.finish(begun, answer.headers["location"])
    world.connector = world.connect(auth)
    case = world.case("Hello")
    assert world.raw(case)["Subject"] == "Hello"
    world.clock.advance(3 * 3600)
    assert world.raw(case)["Subject"] == "Hello"


# --- the budget ----------------------------------------------------------------------------------


def test_the_reserve_of_the_daily_budget_is_left_to_others(world: World) -> None:
    """The hub stops before the reserve, says how things stand, and has lost nothing."""
    _, cursor = world.read()
    world.settings["daily_limit"] = 10
    case = world.case("Hello")
    with pytest.raises(Unavailable, match=r"used \d+ of its 10 calls .*leaves 2 of them to others") as error:
        _ = [world.read(cursor) for _ in range(10)]
    assert "nothing is lost" in str(error.value)
    assert world.vendor.context.limits.used == 8
    world.clock.advance(25 * 3600)
    world.connector = world.connect()
    assert ids_of(world.read(cursor)[0]) == [case]


def test_a_budget_that_others_spent_pauses_this_side(world: World) -> None:
    """403 REQUEST_LIMIT_EXCEEDED is not a refusal of our credentials, and no reason to try again at once."""
    _, cursor = world.read()
    world.settings["daily_limit"] = 1
    world.connector = world.connect()
    before = len(world.wire.requests)
    with pytest.raises(Unavailable, match=r"last 24 hours are used up.*nothing is lost"):
        _ = world.read(cursor)
    assert len(world.wire.requests) - before == 1
    assert world.naps == []


def test_a_quota_of_our_app_is_counted_too(world: World) -> None:
    """`per-app-api-usage` stops us as well, without a reserve: nobody else may use it."""
    world.settings["app_quota"] = 4
    with pytest.raises(Unavailable, match="our app has used 4 of its 4 calls"):
        _ = [world.read() for _ in range(10)]


def test_too_many_long_calls_at_once_are_waited_out(world: World) -> None:
    """The concurrent limit frees in seconds: the call goes again, and only then the run pauses."""
    _, cursor = world.read()
    world.settings["too_many_at_once"] = True
    case = world.case("Hello")

    def free(_: object) -> None:
        world.settings["too_many_at_once"] = len(world.naps) < 2

    world.faults.always(Fault(before=free))
    assert ids_of(world.read(cursor)[0]) == [case]
    assert all(nap >= 5 for nap in world.naps)
    assert len(world.naps) == 2


@pytest.mark.parametrize(("status", "body"), [(420, b"<h1>We are setting things up</h1>"), (406, b"")])
def test_the_edge_is_not_the_org(world: World, status: int, body: bytes) -> None:
    """What stands before the org may answer for it for a while; its pages are not JSON."""
    _, cursor = world.read()
    case = world.case("Hello")
    inner, left = world.wire.handle_request, [2]

    def edge(request: httpx.Request) -> httpx.Response:
        if left[0]:
            left[0] -= 1
            return httpx.Response(status, content=body, request=request)
        return inner(request)

    world.wire.handle_request = edge
    assert ids_of(world.read(cursor)[0]) == [case]
