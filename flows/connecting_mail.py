"""The mail connector, made of settings. Part of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.email.house import House
from connectors.email.server import Server
from flows.wires import Wires
from hub.model import EMAIL
from hub.ports import Connector, Files, Store
from hub.settings import EmailSettings, MailServerSettings, Settings
from hub.store.core import Core


def connect_mailbox(
    whole: Settings, settings: EmailSettings, store: Store, files: Files, wires: Wires
) -> Connector:
    """Return the connector of `[email]`. Nothing is connected to before it is needed."""
    from connectors.email.door import open_mailbox  # noqa: PLC0415

    token = _token(settings, store, wires)
    return open_mailbox(
        cast("Core", store),  # mails lie in the hub's own database
        house_of(settings, _peers(whole)),
        _server(whole, settings, settings.imap, token),
        _server(whole, settings, settings.smtp, token),
        now=wires.now,
        mailboxes=settings.mailboxes,
        also=[_server(whole, settings, server, token) for server in settings.also],
        since=settings.since,
        evidence=settings.evidence,
        groups=settings.groups,
        files=files,
        webhook_secret=_plain(settings.webhook_secret),
        keep_days=settings.keep_days,
    )


def servers_of(
    whole: Settings, settings: EmailSettings, store: Store, wires: Wires
) -> tuple[House, Server, Server]:
    """Return who we are in the world of mail, and where mails are read and handed over."""
    token = _token(settings, store, wires)
    imap, smtp = (_server(whole, settings, one, token) for one in (settings.imap, settings.smtp))
    return house_of(settings, _peers(whole)), imap, smtp


def _peers(whole: Settings) -> tuple[str, ...]:
    """Return from where the other systems of this hub write: from their own hosts, if from no other."""
    urls = [whole.zendesk.url, whole.jira.site or whole.jira.url]
    urls += [whole.salesforce.url] if whole.salesforce else []
    hosts = [urlsplit(url).hostname or "" for url in urls]
    return tuple(f"@{host}" for host in hosts if "." in host)


def house_of(settings: EmailSettings, peers: tuple[str, ...] = ()) -> House:
    """Return who we are in the world of mail. `peers`: beside those of the settings."""
    keys = tuple(key.get_secret_value().encode() for key in settings.keys)
    return House(
        address=settings.address,
        name=settings.name,
        keys=keys,
        instance=sha256(settings.address.encode()).hexdigest()[:12],
        aliases=(*settings.aliases, *(a.lower() for a in settings.groups if a.lower() != settings.address)),
        plus=settings.plus,
        trusted=settings.trusted,
        peers=(*settings.peers, *peers),
        max_size=settings.max_size,
    )


def _server(
    whole: Settings, settings: EmailSettings, server: MailServerSettings, token: Callable[[], str] | None
) -> Server:
    password = server.password.get_secret_value() if server.password else None
    signs_in = password is not None or token is not None
    return Server(
        server.host,
        server.port,
        server.user or (settings.address if signs_in else ""),
        server.security,
        password,
        token if password is None else None,
        str(whole.path(server.ca)) if server.ca else None,
    )


def _token(settings: EmailSettings, store: Store, wires: Wires) -> Callable[[], str] | None:
    """Return what gives access tokens of the mailbox, where it is signed in to by OAuth."""
    oauth = settings.oauth
    if oauth is None:
        return None
    from connectors.email.sign_in import google_token, microsoft_token  # noqa: PLC0415

    options: dict[str, Any] = {
        "client_id": oauth.client_id,
        "client_secret": _plain(oauth.client_secret),
        "refresh_token": _plain(oauth.refresh_token),
        "vault": store,
        "now": wires.wall,
        "sleep": wires.sleep,
    }
    if EMAIL in wires.transports:
        options["transport"] = wires.transports[EMAIL]
    user = settings.imap.user or settings.address
    if oauth.provider == "google":
        if oauth.auth_url is not None:
            options["token_url"] = oauth.auth_url
        return google_token(user, key=_plain(oauth.key), **options)
    if oauth.auth_url is not None:
        options["login"] = oauth.auth_url
    return microsoft_token(user, tenant=oauth.tenant, app_only=oauth.refresh_token is None, **options)


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
