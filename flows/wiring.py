"""The composition root: settings in, a hub ready to run out. The only module that names connectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from connectors.budget import jira_budget, zendesk_budget
from connectors.http import Auth, Budget, Http
from connectors.oauth import BasicAuth, BearerToken, atlassian_oauth, zendesk_oauth
from flows.schemas import Schemas
from hub.cluster import Policy, Traits
from hub.errors import Misconfigured
from hub.lens import Dialect
from hub.mapping import MappingFile, load
from hub.model import JIRA, ZENDESK, Attachment, System, Ticket
from hub.policy import PolicyFile, load_policy
from hub.ports import Connector, Store
from hub.records import Score
from hub.score import score
from hub.scoring_rules import ScoringRules, load_scoring
from hub.settings import JiraSettings, Settings, ZendeskSettings
from hub.store import open_store
from hub.sync import Hub, Progress, silent

TRAITS: Mapping[System, Traits] = {
    ZENDESK: Traits(conditional_writes=True, files_on_comments=True, hears_notes=True),
    JIRA: Traits(edits_comments=True, workflow=True),
}
Transports = Mapping[System, httpx.BaseTransport]
Sleep = Callable[[float], None]


def utc_now() -> str:
    """Return the present instant, ISO 8601 in UTC, by the machine's clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class WiredClock:
    """A clock that says what it is told to say."""

    tell: Callable[[], str]

    def now(self) -> str:
        return self.tell()


class Files:
    """Attachments' bytes, from whichever connector is their origin."""

    def __init__(self) -> None:
        self.connectors: dict[System, Connector] = {}

    def open(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        connector = self.connectors.get(attachment.origin)
        if connector is None:
            raise FileNotFoundError(f"{attachment.name}: {attachment.origin} is not configured")
        return connector.open(attachment)


@dataclass
class Wires:
    """What tests and the demo put in the place of the outside world."""

    transports: Transports = field(default_factory=dict[System, httpx.BaseTransport])
    sleep: Sleep = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    now: Callable[[], str] = utc_now
    attempts: int = 5
    threads: int = 4
    """Of one system, for what it only takes one by one."""
    side_by_side: bool = True


@dataclass(frozen=True)
class Rules:
    """The user's files, read and checked as far as they can be without a schema."""

    folder: Path
    files: Mapping[System, MappingFile]
    policy: PolicyFile
    scoring: ScoringRules


def read_rules(settings: Settings) -> Rules:
    """Read mapping, policy and scoring files. Raises `Misconfigured` with file, line and column."""
    folder = settings.path(settings.mappings)
    files = {s: load(_text(folder / f"{s}.yaml"), _shown(folder / f"{s}.yaml")) for s in TRAITS}
    return Rules(
        folder,
        files,
        load_policy(_text(folder / "policy.yaml"), _shown(folder / "policy.yaml"), tuple(TRAITS)),
        load_scoring(_text(folder / "scoring.yaml"), _shown(folder / "scoring.yaml")),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(
            f"{_shown(file)}: cannot be read ({error.strerror}). "
            "`hub init` copies a full set of mapping files."
        ) from None


def _shown(file: Path) -> str:
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


# connectors -----------------------------------------------------------------------------------


def _zendesk(
    settings: ZendeskSettings, store: Store, files: Files, wires: Wires, ca: str | None
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
    budget = zendesk_budget(
        settings.requests_per_minute, reserve=settings.reserve, now=wires.monotonic, sleep=wires.sleep
    )
    return ZendeskConnector(
        _http(settings.url, ZENDESK, auth, budget, wires, ca),
        files=files,
        sleep=wires.sleep,
        webhook_secret=_plain(settings.webhook_secret),
    )


def _jira(
    settings: JiraSettings,
    zendesk: ZendeskSettings,
    store: Store,
    files: Files,
    wires: Wires,
    ca: str | None,
    rules: Rules,
) -> Connector:
    from connectors.jira.connector import JiraConnector  # noqa: PLC0415

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
    budget = jira_budget(reserve=settings.reserve, now=wires.monotonic, sleep=wires.sleep)
    return JiraConnector(
        _http(settings.url, JIRA, auth, budget, wires, ca),
        jql_scope=settings.jql or f"project = {settings.project}",
        project=settings.project,
        issue_type=settings.issue_type,
        fill=dict(rules.files[JIRA].spec.transitions.fill),
        files=files,
        ticket_hosts=[urlsplit(zendesk.url).netloc],
        site=settings.site or "",
        webhook_secret=_plain(settings.webhook_secret),
        now=wires.wall,
        threads=wires.threads,
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


def _http(url: str, system: System, auth: Auth, budget: Budget, wires: Wires, ca: str | None) -> Http:
    return Http(
        url,
        system=system,
        auth=auth,
        budget=budget,
        transport=wires.transports.get(system),
        ca=ca,
        attempts=wires.attempts,
        sleep=wires.sleep,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


# the whole ------------------------------------------------------------------------------------


@dataclass
class Assembly:
    """A hub put together, with what its commands need beside it."""

    settings: Settings
    rules: Rules
    store: Store
    connectors: Mapping[System, Connector]
    wires: Wires
    schemas: Schemas

    def hub(self, *, progress: Progress | None = None, quiet: bool = False) -> Hub:
        """Return what a run needs."""
        policy = Policy(
            mappings={s: self.schemas.mapping(s) for s in self.connectors},
            traits=TRAITS,
            prefer=self.rules.policy.prefer,
            score=self._score,
            patience=min(self.rules.policy.patience, self.settings.sync.patience),
            quiet=quiet or self.rules.policy.quiet,
        )
        return Hub(
            store=self.store,
            connectors=self.connectors,
            policy=policy,
            limits=self.rules.policy.limits,
            clock=WiredClock(self.wires.now),
            batch=self.settings.sync.batch,
            side_by_side=self.wires.side_by_side,
            progress=progress or silent,
        )

    def _score(self, ticket: Ticket, now: str) -> Score:
        return score(ticket, self.rules.scoring, now)


def dialects() -> Mapping[System, Dialect]:
    """Return each system's formatted text."""
    from connectors.jira.adf import Adf  # noqa: PLC0415
    from connectors.zendesk.html import Html  # noqa: PLC0415

    return {ZENDESK: Html(), JIRA: Adf()}


@contextmanager
def assemble(settings: Settings, wires: Wires | None = None) -> Generator[Assembly]:
    """Open the store and the connectors; close both at the end."""
    wires = wires or Wires()
    rules = read_rules(settings)
    store = open_store(settings.store_url, now=wires.now)
    files = Files()
    try:
        connectors: dict[System, Connector] = {
            ZENDESK: _zendesk(settings.zendesk, store, files, wires, _ca(settings, settings.zendesk.ca)),
            JIRA: _jira(
                settings.jira, settings.zendesk, store, files, wires, _ca(settings, settings.jira.ca), rules
            ),
        }
        files.connectors = connectors
        try:
            schemas = Schemas(store, connectors, rules.files, dialects(), wires.now)
            yield Assembly(settings, rules, store, connectors, wires, schemas)
        finally:
            for connector in connectors.values():
                connector.close()
    finally:
        store.close()


def _ca(settings: Settings, ca: str | None) -> str | None:
    return str(settings.path(ca)) if ca else None
