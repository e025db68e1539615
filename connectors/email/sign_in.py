"""
Tokens for mail servers: Google's and Microsoft 365's OAuth, as XOAUTH2 wants them.

`google_oauth` and `microsoft_oauth` are what `hub init` signs a person in with; a `Token` of either is what
`Server.token` wants. Refresh tokens that rotate are kept in the vault, one for each mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.oauth import OAuth, TokenVault
from connectors.reply import NotDone
from connectors.token_endpoint import Assertion
from hub.errors import Unavailable

GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
GOOGLE_AUTHORIZE = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_SCOPE = "https://mail.google.com/"
MICROSOFT_LOGIN = "https://login.microsoftonline.com"
MICROSOFT_RESOURCE = "https://outlook.office.com"
MICROSOFT_APP_RESOURCE = "https://outlook.office365.com"


class Token:
    """The access token of one mailbox, good now. Its text is only what a call returns."""

    def __init__(self, oauth: OAuth, system: str) -> None:
        self._oauth = oauth
        self._system = system

    def __call__(self) -> str:
        """Raises `SignInFailed` if no token can be had, `Unavailable` if nobody answers."""
        try:
            return self._oauth.headers()["authorization"].removeprefix("Bearer ")
        except NotDone as error:
            raise Unavailable(f"{self._system} gave us no token for the mailbox now: {error}") from error

    def refused(self) -> bool:
        """Say that the mail server did not take it; return whether there is another one now."""
        try:
            return self._oauth.refused()
        except NotDone as error:
            raise Unavailable(f"{self._system} gave us no token for the mailbox now: {error}") from error

    def __repr__(self) -> str:
        return f"Token({self._system})"


def google_token(user: str, **options: Any) -> Callable[[], str]:
    """Return what gives the tokens of `user`; the options are those of `google_oauth`."""
    return Token(google_oauth(user, **options), "Google")


def microsoft_token(user: str, **options: Any) -> Callable[[], str]:
    """Return what gives the tokens of `user`; the options are those of `microsoft_oauth`."""
    return Token(microsoft_oauth(user, **options), "Microsoft 365")


def google_oauth(
    user: str,
    *,
    client_id: str,
    client_secret: str = "",
    vault: TokenVault,
    refresh_token: str = "",
    key: str = "",
    token_url: str = GOOGLE_TOKENS,
    authorize_url: str = GOOGLE_AUTHORIZE,
    **options: Any,
) -> OAuth:
    """
    Google's addresses.

    With `key` (the PEM of a service account, whose e-mail is `client_id`) we act for `user` by
    domain-wide delegation; else as the user who signed in, with a refresh token. Google gives one only
    when asked for offline access, and again only after consent.
    """
    extra = {"extra_claims": {"scope": GOOGLE_SCOPE}} if key else {}
    settings: dict[str, Any] = {
        "scope": GOOGLE_SCOPE,
        "extra": extra,
        "authorize_extra": {"access_type": "offline", "prompt": "consent", "login_hint": user},
        "grant": "assertion" if key else "refresh_token",
        "assertion": Assertion(user, key, token_url) if key else None,
        **options,
    }
    return OAuth(
        system="Google",
        name=f"oauth.email.google.{client_id}.{user}",
        token_url=token_url,
        authorize_url=authorize_url,
        client_id=client_id,
        client_secret=client_secret,
        vault=vault,
        refresh_token=refresh_token,
        form=True,
        **settings,
    )


def microsoft_oauth(
    user: str,
    *,
    tenant: str,
    client_id: str,
    client_secret: str = "",
    vault: TokenVault,
    refresh_token: str = "",
    app_only: bool = False,
    login: str = MICROSOFT_LOGIN,
    resource: str = "",
    **options: Any,
) -> OAuth:
    """
    Microsoft 365's addresses; `login` and `resource` are others in a national cloud.

    With `app_only` the application itself is let into the mailbox (IMAP.AccessAsApp, SMTP.SendAsApp and
    a service principal in Exchange); else the user who signed in, with a refresh token that rotates.
    """
    base = f"{login.rstrip('/')}/{tenant}/oauth2/v2.0"
    if app_only:
        scope = f"{(resource or MICROSOFT_APP_RESOURCE).rstrip('/')}/.default"
    else:
        own = (resource or MICROSOFT_RESOURCE).rstrip("/")
        scope = f"{own}/IMAP.AccessAsUser.All {own}/SMTP.Send offline_access"
    settings: dict[str, Any] = {
        "scope": scope,
        "authorize_extra": {"login_hint": user},
        "grant": "client_credentials" if app_only else "refresh_token",
        **options,
    }
    return OAuth(
        system="Microsoft 365",
        name=f"oauth.email.microsoft.{client_id}.{user}",
        token_url=f"{base}/token",
        authorize_url=f"{base}/authorize",
        client_id=client_id,
        client_secret=client_secret,
        vault=vault,
        refresh_token=refresh_token,
        form=True,
        **settings,
    )
