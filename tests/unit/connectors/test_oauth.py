"""Tokens: renewed in time, by one of many, saved before use, and never shown."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors.budget import PacedBudget
from connectors.http import Http
from connectors.oauth import OAuth, atlassian_oauth, zendesk_oauth
from connectors.reply import NotDone
from hub.errors import Misconfigured, SignInFailed, Unavailable

BASE = "https://acme.zendesk.com"


class Vault:
    """Secrets in memory, with a diary."""

    def __init__(self, diary: list[str] | None = None) -> None:
        self.kept: dict[str, str] = {}
        self.diary = diary if diary is not None else []

    def save_secret(self, name: str, value: str) -> None:
        self.kept[name] = value
        self.diary.append("saved")

    def secret(self, name: str) -> str | None:
        return self.kept.get(name)


class Issuer:
    """A vendor's token endpoint and one API call: refresh tokens rotate and are good once."""

    def __init__(self, *, lifetime: int = 3600) -> None:
        self.lifetime = lifetime
        self.requests: list[dict[str, Any]] = []
        self.diary: list[str] = []
        self.good_refresh = "r0"
        self.good_access = ""
        self.number = 0
        self.refuse: tuple[int, dict[str, str]] | None = None
        self.before: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            if request.url.path.endswith(("/oauth/tokens", "/oauth/token")):
                return self._issue(json.loads(request.content))
            self.diary.append("used")
            good = request.headers.get("authorization") == f"Bearer {self.good_access}"
            return httpx.Response(200 if good else 401, json={})

    def _issue(self, asked: dict[str, Any]) -> httpx.Response:
        self.requests.append(asked)
        self.before()
        if self.refuse:
            return httpx.Response(self.refuse[0], json=self.refuse[1])
        if asked["grant_type"] == "refresh_token" and asked["refresh_token"] != self.good_refresh:
            said = {"error": "invalid_grant", "error_description": "Unknown refresh token."}
            return httpx.Response(403, json=said)
        return httpx.Response(200, json=self.new())

    def new(self) -> dict[str, Any]:
        self.number += 1
        self.good_access, self.good_refresh = f"a{self.number}", f"r{self.number}"
        self.diary.append("issued")
        return {
            "access_token": self.good_access,
            "refresh_token": self.good_refresh,
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "scope": "read write",
        }


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


def zendesk(issuer: Issuer, vault: Vault, **options: Any) -> OAuth:
    settings = {
        "client_id": "hub", "client_secret": "cs3cret", "vault": vault, "refresh_token": "r0",
        "transport": issuer.transport(), "sleep": lambda _: None,
    }  # fmt: skip
    return zendesk_oauth(BASE, **{**settings, **options})


class TestRenewal:
    def test_a_token_is_got_and_kept(self) -> None:
        """The request is as Zendesk documents it, `expires_in` included; then it is used again."""
        issuer, vault = Issuer(), Vault()
        auth = zendesk(issuer, vault)
        assert auth.headers() == auth.headers() == {"authorization": "Bearer a1"}
        assert issuer.requests == [
            {
                "grant_type": "refresh_token",
                "refresh_token": "r0",
                "client_id": "hub",
                "client_secret": "cs3cret",
                "expires_in": 7200,
            }
        ]

    def test_it_is_renewed_a_little_early(self) -> None:
        """A minute before its end, so that no request arrives with a dead token."""
        issuer, clock = Issuer(lifetime=3600), Clock()
        auth = zendesk(issuer, Vault(), now=clock)
        assert auth.headers()["authorization"] == "Bearer a1"
        clock.time += 3500
        assert auth.headers()["authorization"] == "Bearer a1"
        clock.time += 50
        assert auth.headers()["authorization"] == "Bearer a2"

    def test_saved_before_used(self) -> None:
        """A process that dies after a refresh has not lost the only refresh token."""
        issuer = Issuer()
        vault = Vault(issuer.diary)
        auth = zendesk(issuer, vault)
        http = Http(
            BASE, system="zendesk", auth=auth, budget=PacedBudget("zendesk"),
            transport=issuer.transport(),
        )  # fmt: skip
        assert http.request("GET", "/api/v2/x", endpoint="GET /api/v2/x").status == 200
        assert issuer.diary == ["issued", "saved", "used"]
        assert zendesk(issuer, vault).headers()["authorization"] == "Bearer a1"
        assert issuer.number == 1

    def test_one_of_many_threads_renews(self) -> None:
        """Twenty threads at once: one request for a token."""
        issuer = Issuer()
        auth = zendesk(issuer, Vault())
        barrier = threading.Barrier(20)

        def headers(_: int) -> Mapping[str, str]:
            _ = barrier.wait()
            return auth.headers()

        with ThreadPoolExecutor(20) as threads:
            results = list(threads.map(headers, range(20)))
        assert {result["authorization"] for result in results} == {"Bearer a1"}
        assert issuer.number == 1

    def test_one_of_many_threads_answers_a_refusal(self) -> None:
        """A token revoked at the vendor: every thread's 401 leads to one renewal in all."""
        issuer, clock = Issuer(), Clock()
        auth = zendesk(issuer, Vault(), now=clock)
        http = Http(
            BASE, system="zendesk", auth=auth, budget=PacedBudget("zendesk"),
            transport=issuer.transport(),
        )  # fmt: skip
        assert http.request("GET", "/x", endpoint="GET /x").status == 200
        clock.time += 100
        issuer.good_access = "revoked"
        with ThreadPoolExecutor(8) as threads:
            replies = list(
                threads.map(lambda _: http.request("PUT", "/x", endpoint="PUT /x", json={}), range(16))
            )
        assert {reply.status for reply in replies} == {200}
        assert issuer.number == 2

    def test_another_process_has_renewed(self) -> None:
        """The vault is looked at before the vendor is asked."""
        issuer, vault, clock = Issuer(), Vault(), Clock()
        ours, theirs = (zendesk(issuer, vault, now=clock) for _ in range(2))
        _ = ours.headers(), theirs.headers()
        clock.time += 3590
        assert theirs.headers()["authorization"] == "Bearer a2"
        assert ours.headers()["authorization"] == "Bearer a2"
        assert issuer.number == 2

    def test_another_process_renews_at_the_same_moment(self) -> None:
        """It used our refresh token first and is about to save: we take what it got."""
        issuer, vault = Issuer(), Vault()
        auth = zendesk(issuer, vault, sleep=lambda _: late())
        other = zendesk(Issuer(), Vault())

        def theirs_first() -> None:
            issuer.before = lambda: None
            pending.append(issuer.new())

        def late() -> None:
            if pending:
                other._vault = vault
                _ = other._keep(pending.pop(), "")

        pending: list[dict[str, Any]] = []
        issuer.before = theirs_first
        assert auth.headers()["authorization"] == "Bearer a1"
        assert issuer.number == 1

    def test_a_fresh_token_that_is_refused_is_not_renewed_for_ever(self) -> None:
        """A missing scope answers 401 to any token: no refresh per request."""
        issuer = Issuer()
        auth = zendesk(issuer, Vault())
        _ = auth.headers()
        assert auth.refused() is False
        assert issuer.number == 1

    def test_a_token_made_by_a_machine_whose_clock_is_ahead_is_renewed_when_it_lapses(self) -> None:
        """Its age by our clock is below nothing: that is no sign that it was made a moment ago."""
        issuer, vault, clock = Issuer(), Vault(), Clock()
        ahead = zendesk(issuer, vault, now=lambda: clock.time + 600)
        ours = zendesk(issuer, vault, now=clock)
        _ = ahead.headers(), ours.headers()
        assert ours.refused() is True
        assert ours.headers()["authorization"] == "Bearer a2"

    def test_a_service_signs_in_by_itself(self) -> None:
        """client_credentials: no refresh token, scopes sent, a new token when the old one ends."""
        issuer, clock = Issuer(), Clock()
        auth = zendesk(issuer, Vault(), grant="client_credentials", now=clock)
        assert auth.headers()["authorization"] == "Bearer a1"
        clock.time += 3590
        assert auth.headers()["authorization"] == "Bearer a2"
        asked = issuer.requests[1]
        assert asked["grant_type"] == "client_credentials"
        assert (asked["scope"], asked["expires_in"]) == ("read write", 7200)
        assert (asked["client_id"], asked["client_secret"]) == ("hub", "cs3cret")


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "error", "cure"),
        [
            (403, "invalid_grant", "hub init"),
            (400, "invalid_grant", "hub init"),
            (401, "invalid_client", "client_secret"),
            (401, "access_denied", "client_secret"),
            (400, "invalid_scope", "scopes"),
            (400, "something_new", "hub.toml"),
        ],
    )
    def test_what_to_do_is_said(self, status: int, error: str, cure: str) -> None:
        """Each refusal names the system and what to do; no secret is in it."""
        issuer = Issuer()
        issuer.refuse = (status, {"error": error, "error_description": "No."})
        with pytest.raises(SignInFailed, match="zendesk") as caught:
            _ = zendesk(issuer, Vault()).headers()
        assert cure in str(caught.value)
        assert "cs3cret" not in str(caught.value)

    def test_nobody_has_signed_in(self) -> None:
        """Neither vault nor settings hold a token: say how to get one."""
        with pytest.raises(SignInFailed, match="hub init"):
            _ = zendesk(Issuer(), Vault(), refresh_token="").headers()

    def test_the_vendor_does_not_answer(self) -> None:
        """That is no refusal: the run waits."""

        def down(_: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no")

        auth = zendesk(Issuer(), Vault(), transport=httpx.MockTransport(down))
        with pytest.raises(NotDone):
            _ = auth.headers()

    def test_something_else_answers(self) -> None:
        """An HTML page in the token's place is not taken for a refusal of our credentials."""
        page = httpx.MockTransport(lambda _: httpx.Response(200, html="<title>Welcome</title>"))
        with pytest.raises(Unavailable, match="Welcome"):
            _ = zendesk(Issuer(), Vault(), transport=page).headers()

    def test_half_an_answer_is_not_quoted(self) -> None:
        """Its words would be the token's: it was made, and is good."""
        cut = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"access_token": "a-s3cret", "ref'))
        with pytest.raises(Unavailable, match="may be a token in it") as told:
            _ = zendesk(Issuer(), Vault(), transport=cut).headers()
        assert "s3cret" not in str(told.value)

    @pytest.mark.parametrize("bad", [None, 7, "", "a b", "a\r\nX-Evil: 1", "t\u2603ken", ["a1"]])
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    def test_what_cannot_be_a_token_is_not_kept(self, which: str, bad: Any) -> None:
        """It could stand in no header: kept, it would have stopped every run from then on."""
        issuer, vault = Issuer(), Vault()
        right = {"access_token": "a1", "refresh_token": "r1", "token_type": "bearer"}
        strange = httpx.MockTransport(lambda _: httpx.Response(200, json={**right, which: bad}))
        if which == "refresh_token" and not bad:
            assert zendesk(issuer, vault, transport=strange).headers() == {"authorization": "Bearer a1"}
            return
        with pytest.raises((Unavailable, SignInFailed)):
            _ = zendesk(issuer, vault, transport=strange).headers()
        assert not vault.kept
        assert zendesk(issuer, vault).headers() == {"authorization": "Bearer a1"}

    def test_what_was_kept_by_an_older_version_and_cannot_be_a_token_is_renewed(self) -> None:
        issuer, vault = Issuer(), Vault()
        _ = zendesk(issuer, vault).headers()
        vault.kept = {name: text.replace('"a1"', '"t\\u2603ken"') for name, text in vault.kept.items()}
        assert zendesk(issuer, vault).headers() == {"authorization": "Bearer a2"}

    def test_secrets_are_not_shown(self, caplog: pytest.LogCaptureFixture) -> None:
        """Not in a repr, not in any log."""
        caplog.set_level(logging.DEBUG)
        issuer = Issuer()
        auth = zendesk(issuer, Vault(), refresh_token="r0")
        issuer.good_refresh = "r0"
        _ = auth.headers()
        shown = f"{auth!r} {auth._token!r} {auth._endpoint._client!r} {caplog.text}"
        for secret in ("cs3cret", "'r0'", "Bearer a1", "'a1'", '"a1"'):
            assert secret not in shown

    def test_secrets_travel_only_encrypted(self) -> None:
        """A plain-http token address is refused, unless it is on this machine."""
        with pytest.raises(Misconfigured, match="https"):
            _ = zendesk_oauth("http://acme.example.com", client_id="x", client_secret="y", vault=Vault())
        local = zendesk_oauth(
            "http://127.0.0.1:8123", client_id="hub", client_secret="s", vault=Vault(),
            refresh_token="r0", transport=Issuer().transport(),
        )  # fmt: skip
        assert local.headers()["authorization"] == "Bearer a1"


class TestSigningIn:
    def _auth(self, issuer: Issuer, vault: Vault) -> OAuth:
        return atlassian_oauth(
            client_id="hub", client_secret="cs3cret", vault=vault, transport=issuer.transport()
        )

    def test_a_person_lets_us_in(self) -> None:
        """The address asks for what we need, the code is exchanged with its proof, and kept."""
        issuer, vault = Issuer(), Vault()
        auth = self._auth(issuer, vault)
        begun = auth.start("http://localhost:8765/callback")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(begun.url).query).items()}
        assert begun.url.startswith("https://auth.atlassian.com/authorize?")
        assert asked["audience"] == "api.atlassian.com"
        assert asked["prompt"] == "consent"
        assert "offline_access" in asked["scope"]
        assert asked["code_challenge_method"] == "S256"
        auth.finish(begun, f"http://localhost:8765/callback?code=c0de&state={begun.state}")
        (sent,) = issuer.requests
        assert sent["grant_type"] == "authorization_code"
        assert (sent["code"], sent["code_verifier"]) == ("c0de", begun.verifier)
        assert sent["redirect_uri"] == "http://localhost:8765/callback"
        assert auth.headers() == {"authorization": "Bearer a1"}
        assert self._auth(issuer, vault).headers() == {"authorization": "Bearer a1"}
        assert begun.verifier not in repr(begun)

    @pytest.mark.parametrize(
        "answer", ["code=c0de&state=another", "error=access_denied&state={state}", "state={state}"]
    )
    def test_other_answers_do_not_count(self, answer: str) -> None:
        """An answer to somebody else's question, a refusal, or none: nothing is exchanged."""
        issuer = Issuer()
        auth = self._auth(issuer, Vault())
        begun = auth.start("http://localhost:8765/callback")
        with pytest.raises(SignInFailed, match="jira"):
            auth.finish(begun, f"http://localhost:8765/?{answer.format(state=begun.state)}")
        assert issuer.requests == []
