"""Who may ask: API tokens on the site, OAuth on the gateway, each refused as the vendor does."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sandbox.jira.asking import Asker, asker, basic

MYSELF = "/rest/api/3/myself"
REFRESH = "sandbox-jira-refresh-token"


def gateway(ask: Asker) -> str:
    return f"/ex/jira/{ask.jira.describe('', '')['cloud_id']}"


def trade(ask: Asker, **fields: Any) -> Any:
    body = {"client_id": "sandbox-jira-client", "client_secret": "sandbox-jira-client-secret"}
    return Asker(ask.jira, ask.clock)("POST", "/oauth/token", {**body, **fields})


def refresh(ask: Asker, token: str) -> Any:
    return trade(ask, grant_type="refresh_token", refresh_token=token)


def bearer(ask: Asker, token: str) -> Asker:
    return Asker(ask.jira, ask.clock, f"Bearer {token}")


def test_basic() -> None:
    """The answer names the caller; a bad token is 401 on /myself alone."""
    ask = asker("demo")
    reply = ask("GET", MYSELF)
    assert reply.header("x-aaccountid") == reply.body["accountId"]
    bad = Asker(ask.jira, ask.clock, basic(token="wrong"))
    assert bad("GET", MYSELF).status == 401
    # Where anybody may ask, a lapsed token is nobody: nothing found, nothing there.
    page = bad("GET", "/rest/api/3/search/jql?jql=project=SUP")
    assert (page.status, page.body["issues"]) == (200, [])
    assert bad("GET", "/rest/api/3/issue/SUP-1").status == 404
    assert page.header("x-seraph-loginreason") == "AUTHENTICATED_FAILED"
    assert page.header("x-aaccountid") is None


def test_bearer_is_for_the_gateway() -> None:
    """A 3LO token is refused on the site, good on the gateway, whose links stay there."""
    ask = asker("demo")
    app = bearer(ask, "sandbox-jira-access-token")
    assert app("GET", MYSELF).status == 401
    base = gateway(ask)
    shown = app.ok("GET", f"{base}/rest/api/3/issue/SUP-1")
    assert f"{base}/rest/api/3/issue/" in shown["self"]
    [site] = app.ok("GET", "/oauth/token/accessible-resources")
    assert f"/ex/jira/{site['id']}" == base
    lost = app("GET", "/ex/jira/not-a-cloud/rest/api/3/myself")
    assert (lost.status, lost.body["error"]) == (404, "Not Found")


def test_access_tokens_lapse() -> None:
    """After an hour a token is refused."""
    ask = asker()
    app = bearer(ask, "sandbox-jira-access-token")
    assert app("GET", gateway(ask) + MYSELF).status == 200
    ask.clock.advance(3601)
    assert app("GET", gateway(ask) + MYSELF).status == 401
    fresh = refresh(ask, REFRESH).body
    assert bearer(ask, fresh["access_token"])("GET", gateway(ask) + MYSELF).status == 200
    ask.jira.expire_tokens()
    assert bearer(ask, fresh["access_token"])("GET", gateway(ask) + MYSELF).status == 401


def test_refresh_rotates() -> None:
    """Each refresh gives a new token; the old one answers for ten minutes more, then kills all."""
    ask = asker()
    first = refresh(ask, REFRESH).body
    assert first["refresh_token"] != REFRESH
    ask.clock.advance(599)
    assert refresh(ask, REFRESH).status == 200
    ask.clock.advance(2)
    reused = refresh(ask, REFRESH)
    assert (reused.status, reused.body["error"]) == (403, "invalid_grant")
    assert refresh(ask, first["refresh_token"]).status == 403


def test_refresh_tokens_lapse_unused() -> None:
    """Ninety days without use end a refresh token."""
    ask = asker()
    ask.clock.advance(91 * 86400)
    assert refresh(ask, REFRESH).status == 403


def test_code_flow() -> None:
    """Consent leads back with a code, good once and for its own address only."""
    ask = asker()
    target = ("/authorize?audience=api.atlassian.com&client_id=sandbox-jira-client"
              "&scope=read%3Ajira-work%20read%3Ajira-user&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback"
              "&state=abc&response_type=code&prompt=consent")
    reply = Asker(ask.jira, ask.clock)("GET", target)
    back = parse_qs(urlsplit(reply.header("location") or "").query)
    assert (reply.status, back["state"]) == (302, ["abc"])
    ask_for = {"grant_type": "authorization_code", "code": back["code"][0],
               "redirect_uri": "http://127.0.0.1/back"}
    tokens = trade(ask, **ask_for).body
    assert "refresh_token" not in tokens  # offline_access was not asked for
    assert trade(ask, **ask_for).status == 403
    app = bearer(ask, tokens["access_token"])
    base = gateway(ask)
    assert app("GET", f"{base}{MYSELF}").status == 200
    unscoped = app("POST", f"{base}/rest/api/3/issue", {"fields": {}})
    assert (unscoped.status, unscoped.body["message"]) == (
        401, "Unauthorized; scope does not match"
    )


def test_wrong_client_and_grant() -> None:
    """A wrong secret and an unknown grant are told apart."""
    ask = asker()
    wrong = trade(ask, grant_type="refresh_token", refresh_token=REFRESH, client_secret="no")
    assert (wrong.status, wrong.body["error"]) == (401, "access_denied")
    odd = trade(ask, grant_type="password")
    assert (odd.status, odd.body["error"]) == (400, "invalid_request")


def test_tenant() -> None:
    """The cloud's id is told to anybody."""
    ask = asker()
    assert Asker(ask.jira, ask.clock).ok("GET", "/_edge/tenant_info") == {
        "cloudId": ask.jira.describe("", "")["cloud_id"]
    }


def test_edge() -> None:
    """The edge answers a GET with a body by a page, as it answers all in an outage."""
    ask = asker()
    reply = ask("GET", MYSELF, {})
    assert reply.status == 403
    assert b"cloudfront" in reply.response.body
    ask.jira.settings["html_from_edge"] = True
    assert b"<HTML>" in ask("POST", "/rest/api/3/issue", {}).response.body


def test_nowhere() -> None:
    """An unknown path is 404, a wrong method 405, a body that is no JSON 400 without `errors`."""
    ask = asker()
    assert ask("GET", "/rest/api/3/nothing").status == 404
    assert ask("PATCH", "/rest/api/3/issue/SUP-1", {}).status == 405
    bad = ask("POST", "/rest/api/3/issue", headers={"content-type": "application/json"}, raw=b"{")
    assert (bad.status, list(bad.body)) == (400, ["errorMessages"])
    plain = ask("POST", "/rest/api/3/issue", headers={"content-type": "text/plain"}, raw=b"{}")
    assert plain.status == 415
