"""Who is let in, for how long, and what those who are not are told."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.salesforce.asking import START, Asker, asker, assertion

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def org() -> Asker:
    return asker()


def client(org: Asker) -> dict[str, str]:
    return {"client_id": org.line["client_id"], "client_secret": org.line["client_secret"]}


def test_a_session_is_needed(org: Asker) -> None:
    """Without a good token all is refused but the list of versions."""
    for auth in ("", "Bearer nonsense", "Basic eDp5", org.auth + "x"):
        told = org.refused("GET", "sobjects", headers={"authorization": auth})
        assert told == (401, "INVALID_SESSION_ID", "Session expired or invalid")
    versions = org.ok("GET", "/services/data", headers={"authorization": ""})
    assert versions[-2] == {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"}
    assert (
        org("GET", "sobjects", headers={"authorization": org.auth.replace("Bearer", "OAuth")}).status == 200
    )


def test_client_credentials(org: Asker) -> None:
    """The app signs in as its own user, at the org's own name only."""
    told = org.token(grant_type="client_credentials", **client(org)).body
    assert told["id"].endswith(f"/id/{org.line['org_id']}/{org.line['user_id']}")
    assert "refresh_token" not in told and told["token_type"] == "Bearer"
    org.auth = f"Bearer {told['access_token']}"
    assert org.ok("GET", "/services/oauth2/userinfo")["user_id"] == org.line["user_id"]
    bad = org.token(grant_type="client_credentials", client_id=org.line["client_id"], client_secret="x")
    assert (bad.status, bad.body) == (
        400, {"error": "invalid_client", "error_description": "invalid client credentials"},
    )  # fmt: skip
    org.host = "login.salesforce.com"
    assert org.token(grant_type="client_credentials", **client(org)).status == 400


def test_client_by_basic_authentication(org: Asker) -> None:
    """The app's name and secret may come in a header."""
    pair = base64.b64encode(":".join(client(org).values()).encode()).decode()
    headers = {"authorization": f"Basic {pair}", "content-type": "application/x-www-form-urlencoded"}
    assert (
        org("POST", "/services/oauth2/token", raw=b"grant_type=client_credentials", headers=headers).status
        == 200
    )


def test_refresh_tokens_rotate(org: Asker) -> None:
    """Each refresh kills the token it was made with; a setting lets them stay."""
    first = org.token(grant_type="refresh_token", refresh_token=org.line["refresh_token"], **client(org)).body
    again = org.token(grant_type="refresh_token", refresh_token=org.line["refresh_token"], **client(org))
    assert again.body == {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    org.salesforce.settings["rotate_refresh_tokens"] = False
    for _ in range(2):
        told = org.token(grant_type="refresh_token", refresh_token=first["refresh_token"], **client(org))
        assert told.status == 200 and "refresh_token" not in told.body


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({}, None),
        ({"aud": "https://test.salesforce.com"}, None),
        ({"aud": "https://elsewhere.example"}, "audience is invalid"),
        ({"exp": int(START) - 1}, "expired authorization code"),
        ({"sub": "nobody@sales.example"}, "user hasn't approved this consumer"),
        ({"iss": "another"}, "client identifier invalid"),
    ],
)
def test_jwt(org: Asker, claims: dict[str, object], error: str | None) -> None:
    """An assertion is checked in all that it claims."""
    said = {"iss": org.line["client_id"], "sub": org.line["username"], **claims}
    told = org.token(grant_type=JWT, assertion=assertion(START, **said))
    assert (told.body.get("error_description"), told.status) == (error, 400 if error else 200)


def test_jwt_by_another_key(org: Asker) -> None:
    """An assertion that our key did not sign is worth nothing."""
    head, payload, _ = assertion(START, iss=org.line["client_id"], sub=org.line["username"]).split(".")
    for forged in (f"{head}.{payload}.AAAA", "nonsense", "a.b.c", ""):
        assert org.token(grant_type=JWT, assertion=forged).body["error_description"] == "invalid assertion"


def test_web_server_flow(org: Asker) -> None:
    """A code is good once, for its own address."""
    target = "https://hub.example/back"
    page = org("GET", "/services/oauth2/authorize", response_type="code", client_id=org.line["client_id"],
               redirect_uri=target, state="s1")  # fmt: skip
    where = page.header("location") or ""
    assert page.status == 302 and where.startswith(f"{target}?code=") and where.endswith("&state=s1")
    code = where.partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": target, **client(org)}
    told = org.token(**form).body
    assert told["refresh_token"] and told["access_token"]
    assert org.token(**form).body["error"] == "invalid_grant"


def test_sessions_end(org: Asker) -> None:
    """A session lasts two hours, or until it is revoked or made to lapse."""
    told = org.token(grant_type="client_credentials", **client(org)).body["access_token"]
    auth = {"authorization": f"Bearer {told}"}
    asked = {"token": told, **client(org)}
    org.clock.advance(7199)
    assert org("GET", "limits", headers=auth).status == 200
    org.clock.advance(1)
    assert org("GET", "limits", headers=auth).status == 401
    fresh = org.token(grant_type="client_credentials", **client(org)).body["access_token"]
    asked["token"] = fresh
    form = "&".join(f"{k}={v}" for k, v in asked.items()).encode()
    assert org("POST", "/services/oauth2/introspect", raw=form).body["active"] is True
    assert org("POST", "/services/oauth2/revoke", raw=f"token={fresh}".encode()).status == 200
    assert org("POST", "/services/oauth2/introspect", raw=form).body == {"active": False}
    org.salesforce.expire_tokens()
    assert org("GET", "limits").status == 401


def test_switched_off_by_default(org: Asker) -> None:
    """Passwords are taken, by OAuth and by SOAP, only where a setting says so."""
    form = {"grant_type": "password", "username": org.line["username"], "password": org.line["password"]}
    assert org.token(**form, **client(org)).status == 400
    told = org("POST", "/services/Soap/u/59.0", raw=b"<x/>", headers={"authorization": ""})
    assert told.status == 500 and "INVALID_OPERATION" in told.text
    assert "UNSUPPORTED_API_VERSION" in org("POST", "/services/Soap/u/65.0", raw=b"<x/>").text
    org.salesforce.settings["password_grant"] = True
    assert org.token(**form, **client(org)).status == 200


def test_versions(org: Asker) -> None:
    """A retired version is gone, a future one is not there."""
    assert org.refused("GET", "/services/data/v30.0/limits")[:2] == (410, "GONE")
    assert org.refused("GET", "/services/data/v99.0/limits")[:2] == (404, "NOT_FOUND")
    assert org.refused("GET", "/services/data/nonsense")[:2] == (404, "NOT_FOUND")
    assert org.refused("PUT", "sobjects/Case")[:2] == (405, "METHOD_NOT_ALLOWED")
