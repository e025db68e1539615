"""Connectors, made of settings: sign-in, budget, wire. Part of the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.budget import jira_budget, salesforce_budget, zendesk_budget
from connectors.http import Auth, Budget, Http
from connectors.oauth import (
    BasicAuth,
    BearerToken,
    atlassian_oauth,
    salesforce_oauth,
    zendesk_oauth,
)
from connectors.sharing import Fleet
from flows.connecting_mail import connect_mailbox
from flows.wires import Files, Wires
from hub.errors import Misconfigured
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, System
from hub.ports import Connector, Store
from hub.settings import JiraSettings, SalesforceSettings, Settings, ZendeskSettings


def connect(
    settings: Settings, store: Store, files: Files, wires: Wires, fill: Mapping[str, str], fleet: Fleet
) -> dict[System, Connector]:
    """Return a connector for each system of the settings. `fill`: see `JiraConnector`."""
    found: dict[System, Connector] = {
        ZENDESK: _zendesk(settings.zendesk, store, files, wires, _ca(settings, settings.zendesk.ca), fleet),
        JIRA: _jira(settings, store, files, wires, fill, fleet),
    }
    if settings.salesforce is not None:
        found[SALESFORCE] = _salesforce(settings, settings.salesforce, store, files, wires, fleet)
    if settings.email is not None:
        found[EMAIL] = connect_mailbox(settings, settings.email, store, files, wires)
    return found


def _ca(settings: Settings, ca: str | None) -> str | None:
    return str(settings.path(ca)) if ca else None


def _zendesk(
    settings: ZendeskSettings, store: Store, files: Files, wires: Wires, ca: str | None, fleet: Fleet
) -> Connector:
    from connectors.zendesk.connector import ZendeskConnector  # noqa: PLC0415

    auth: Auth
    if settings.oauth is not None:
        auth = zendesk_oauth(
            settings.url,
            client_id=settings.oauth.client_id,
            client_secret=settings.oauth.client_secret.get_secret_value(),
            vault=store,
            **_oauth_options(settings, wires, ZENDESK, ca),
            grant="client_credentials" if settings.oauth.refresh_token is None else "refresh_token",
        )
    elif settings.oauth_token is not None:
        auth = BearerToken(settings.oauth_token.get_secret_value())
    else:
        email, token = _basic(settings, "zendesk")
        auth = BasicAuth(f"{email}/token", token)
    budget = fleet.budget(
        ZENDESK,
        lambda share: zendesk_budget(
            settings.requests_per_minute,
            reserve=settings.reserve,
            share=share,
            now=wires.monotonic,
            sleep=wires.sleep,
        ),
    )
    return ZendeskConnector(
        _http(settings, ZENDESK, auth, budget, wires, ca),
        files=files,
        sleep=wires.sleep,
        webhook_secret=_plain(settings.webhook_secret),
    )


def _jira(
    whole: Settings, store: Store, files: Files, wires: Wires, fill: Mapping[str, str], fleet: Fleet
) -> Connector:
    from connectors.jira.connector import JiraConnector  # noqa: PLC0415

    settings, ca = whole.jira, _ca(whole, whole.jira.ca)
    auth: Auth
    if settings.oauth is not None:
        options = _oauth_options(settings, wires, JIRA, ca)
        if settings.oauth.auth_url is not None:
            options["base_url"] = settings.oauth.auth_url.rstrip("/")
        auth = atlassian_oauth(
            client_id=settings.oauth.client_id,
            client_secret=settings.oauth.client_secret.get_secret_value(),
            vault=store,
            **options,
        )
    else:
        auth = BasicAuth(*_basic(settings, "jira"))
    budget = fleet.budget(
        JIRA,
        lambda share: jira_budget(
            reserve=settings.reserve, share=share, now=wires.monotonic, sleep=wires.sleep
        ),
    )
    return JiraConnector(
        _http(settings, JIRA, auth, budget, wires, ca),
        jql_scope=settings.jql or f"project = {settings.project}",
        project=settings.project,
        issue_type=settings.issue_type,
        fill=dict(fill),
        files=files,
        ticket_hosts=_hosts(whole),
        site=settings.site or "",
        webhook_secret=_plain(settings.webhook_secret),
        now=wires.wall,
        threads=wires.threads,
    )


def _hosts(settings: Settings) -> list[str]:
    """Return where people see our tickets and Cases: Salesforce shows records under another name, too."""
    hosts = [urlsplit(settings.zendesk.url).netloc]
    if settings.salesforce is not None:
        own = urlsplit(settings.salesforce.url).netloc
        hosts += [own, own.replace(".my.salesforce.com", ".lightning.force.com")]
    return hosts


def _salesforce(
    whole: Settings, settings: SalesforceSettings, store: Store, files: Files, wires: Wires, fleet: Fleet
) -> Connector:
    from connectors.salesforce.connector import SalesforceConnector  # noqa: PLC0415
    from connectors.salesforce.door import open_org  # noqa: PLC0415

    ca = _ca(whole, settings.ca)
    options: dict[str, Any] = {"now": wires.wall, "sleep": wires.sleep}
    if SALESFORCE in wires.transports:
        options["transport"] = wires.transports[SALESFORCE]
    if ca is not None:
        options["ca"] = ca
    if settings.jwt is not None:
        options |= {
            "client_id": settings.jwt.client_id,
            "username": settings.jwt.username,
            "key": settings.jwt.key.get_secret_value(),
            "audience": settings.jwt.audience,
        }
    elif settings.oauth is not None:
        options |= {
            "client_id": settings.oauth.client_id,
            "client_secret": settings.oauth.client_secret.get_secret_value(),
            "refresh_token": _plain(settings.oauth.refresh_token),
        }
    else:
        raise Misconfigured("hub.toml: [salesforce] has no way to sign in: give `jwt`, or `oauth`")
    auth = salesforce_oauth(settings.url, vault=store, **options)
    budget = fleet.budget(
        SALESFORCE,
        lambda share: salesforce_budget(reserve=settings.reserve, share=share, now=wires.monotonic),
    )
    http = open_org(
        settings.url,
        auth=auth,
        budget=budget,
        transport=wires.transports.get(SALESFORCE),
        ca=ca,
        attempts=wires.attempts,
        sleep=wires.sleep,
        watch=wires.answers.of(SALESFORCE),
    )
    return SalesforceConnector(
        http,
        version=settings.api_version,
        files=files,
        webhook_secret=_plain(settings.webhook_secret),
        org_id=settings.org_id,
        now=wires.wall,
        sleep=wires.sleep,
    )


def _basic(settings: ZendeskSettings | JiraSettings, name: str) -> tuple[str, str]:
    if not settings.email or settings.api_token is None:
        raise Misconfigured(
            f"hub.toml: [{name}] has no way to sign in: give `oauth`, or `email` and `api_token`"
        )
    return settings.email, settings.api_token.get_secret_value()


def _oauth_options(
    settings: ZendeskSettings | JiraSettings, wires: Wires, system: System, ca: str | None
) -> dict[str, Any]:
    options: dict[str, Any] = {"now": wires.wall, "sleep": wires.sleep}
    if settings.oauth is not None and settings.oauth.refresh_token is not None:
        options["refresh_token"] = settings.oauth.refresh_token.get_secret_value()
    if system in wires.transports:
        options["transport"] = wires.transports[system]
    if ca is not None:
        options["ca"] = ca
    return options


def _http(
    settings: ZendeskSettings | JiraSettings,
    system: System,
    auth: Auth,
    budget: Budget,
    wires: Wires,
    ca: str | None,
) -> Http:
    return Http(
        settings.url,
        file_hosts=settings.file_hosts,
        system=system,
        auth=auth,
        budget=budget,
        transport=wires.transports.get(system),
        ca=ca,
        attempts=wires.attempts,
        sleep=wires.sleep,
        watch=wires.answers.of(system),
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
