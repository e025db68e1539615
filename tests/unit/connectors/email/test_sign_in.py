"""Tokens of Google and Microsoft 365: asked for as they document it, renewed, kept, never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.email.sign_in import google_oauth, google_token, microsoft_oauth, microsoft_token
from hub.errors import SignInFailed, Unavailable

USER = "help@shop.example"


class Vault:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def save_secret(self, name: str, value: str) -> None:
        self.kept[name] = value

    def secret(self, name: str) -> str | None:
        return self.kept.get(name)


class Issuer:
    """A token endpoint; refresh tokens rotate where `rotates`."""

    def __init__(self, *, rotates: bool = False, refuse: tuple[int, dict[str, str]] | None = None) -> None:
        self.rotates = rotates
        self.refuse = refuse
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        self.asked.append((str(request.url), form))
        if self.refuse:
            return httpx.Response(self.refuse[0], json=self.refuse[1])
        n = len(self.asked)
        token = {"access_token": f"a{n}", "token_type": "Bearer", "expires_in": 3599}
        return httpx.Response(200, json=token | ({"refresh_token": f"r{n}"} if self.rotates else {}))


def settings(issuer: Issuer, vault: Vault | None = None, **options: Any) -> dict[str, Any]:
    return {
        "client_id": "hub", "client_secret": "cs3cret", "vault": vault or Vault(),
        "transport": httpx.MockTransport(issuer), "sleep": lambda _: None, **options,
    }  # fmt: skip


class TestGoogle:
    def test_as_the_user_who_signed_in(self) -> None:
        """A form to Google's token address; the token is used until its end, the refresh token stays."""
        issuer, time = Issuer(), [1000.0]
        token = google_token(USER, **settings(issuer, refresh_token="r0", now=lambda: time[0]))
        assert [token(), token()] == ["a1", "a1"]
        time[0] += 3590
        assert token() == "a2"
        asked = {
            "grant_type": "refresh_token", "refresh_token": "r0", "client_id": "hub", "client_secret": "cs3cret",
        }  # fmt: skip
        assert issuer.asked == [("https://oauth2.googleapis.com/token", asked)] * 2

    def test_as_a_service_account(self) -> None:
        """A signed claim for the user and the mail scope (domain-wide delegation)."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        issuer = Issuer()
        options = settings(issuer, client_id="robot@proj.iam.gserviceaccount.com", client_secret="", key=pem)
        assert google_token(USER, **options)() == "a1"
        [(_, form)] = issuer.asked
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            form["assertion"], key.public_key(), algorithms=["RS256"], options={"verify_exp": False},
            audience="https://oauth2.googleapis.com/token",
        )  # fmt: skip
        assert (claims["iss"], claims["sub"]) == ("robot@proj.iam.gserviceaccount.com", USER)
        assert claims["scope"] == "https://mail.google.com/"

    def test_signing_in(self) -> None:
        """The address asks for offline access, or Google gives no refresh token."""
        begun = google_oauth(USER, **settings(Issuer())).start("http://127.0.0.1:1/back")
        asked = parse_qs(urlsplit(begun.url).query)
        assert asked["access_type"] == ["offline"] and asked["prompt"] == ["consent"]
        assert asked["scope"] == ["https://mail.google.com/"] and asked["login_hint"] == [USER]


class TestMicrosoft:
    def test_as_the_user_who_signed_in(self) -> None:
        """The refresh token rotates: the next process goes on with the newest."""
        issuer, vault, time = Issuer(rotates=True), Vault(), [1000.0]
        options = settings(issuer, vault, tenant="t1", refresh_token="r0", now=lambda: time[0])
        assert microsoft_token(USER, **options)() == "a1"
        time[0] += 3590
        assert microsoft_token(USER, **options)() == "a2"
        assert [form["refresh_token"] for _, form in issuer.asked] == ["r0", "r1"]
        assert {url for url, _ in issuer.asked} == {"https://login.microsoftonline.com/t1/oauth2/v2.0/token"}

    def test_as_the_application(self) -> None:
        """Client credentials, for Exchange Online's own resource."""
        issuer = Issuer()
        assert microsoft_token(USER, **settings(issuer, tenant="t1", app_only=True))() == "a1"
        [(_, form)] = issuer.asked
        assert form["grant_type"] == "client_credentials"
        assert form["scope"] == "https://outlook.office365.com/.default"

    def test_a_national_cloud(self) -> None:
        """Other addresses, both for the sign-in and for the mailbox."""
        options = settings(
            Issuer(), tenant="t1", login="https://login.microsoftonline.us/", resource="https://outlook.office365.us"
        )
        begun = microsoft_oauth(USER, **options).start("http://127.0.0.1:1/back")
        assert begun.url.startswith("https://login.microsoftonline.us/t1/oauth2/v2.0/authorize?")
        [scope] = parse_qs(urlsplit(begun.url).query)["scope"]
        assert scope.split()[0] == "https://outlook.office365.us/IMAP.AccessAsUser.All"
        assert "offline_access" in scope

    def test_two_mailboxes_of_one_client(self) -> None:
        """Each has its own tokens."""
        vault = Vault()
        for user in (USER, "billing@shop.example"):
            microsoft_token(user, **settings(Issuer(), vault, tenant="t", refresh_token="r0"))()
        assert len(vault.kept) == 2


GIVERS: list[Callable[[Issuer], Callable[[], str]]] = [
    lambda issuer: google_token(USER, **settings(issuer, refresh_token="r3fresh")),
    lambda issuer: microsoft_token(USER, **settings(issuer, tenant="t1", refresh_token="r3fresh")),
]


@pytest.mark.parametrize("giver", GIVERS, ids=["google", "microsoft"])
class TestTrouble:
    def test_a_sign_in_that_has_ended(self, giver: Callable[[Issuer], Callable[[], str]]) -> None:
        """It says whose, and what to do; nothing secret."""
        token = giver(Issuer(refuse=(400, {"error": "invalid_grant", "error_description": "Token revoked."})))
        with pytest.raises(SignInFailed, match="hub init") as caught:
            token()
        assert "r3fresh" not in str(caught.value) and "cs3cret" not in str(caught.value)
        assert "r3fresh" not in repr(token) and "cs3cret" not in repr(token)

    def test_nobody_answers(self, giver: Callable[[Issuer], Callable[[], str]]) -> None:
        """Unavailable, not refused."""
        with pytest.raises(Unavailable):
            giver(Issuer(refuse=(503, {})))()

    def test_a_token_that_the_mail_server_refused(self, giver: Callable[[Issuer], Callable[[], str]]) -> None:
        """Renewed, if it is not brand new."""
        token: Any = giver(Issuer())
        token()
        assert not token.refused()
        token._oauth._now = lambda: 4e9
        assert token.refused()
        assert token() == "a2"
