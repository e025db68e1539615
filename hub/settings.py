"""
`hub.toml`: where the systems are, who we are there, and where the hub keeps what it knows.

A secret may stand in the file, or better elsewhere: `"env:ZENDESK_TOKEN"` takes it from the
environment, `"file:secrets/jira"` from a file beside `hub.toml`, `"block:jira"` from a Secret block of
Prefect's (in its flows only). No message or repr shows it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from hub.endpoint_settings import EndpointSettings
from hub.errors import Misconfigured
from hub.scoring_settings import AlertSettings, ScoringSettings
from hub.secret_values import Blocks, no_blocks, resolved
from hub.store_settings import AuditSettings, RetentionSettings, StoreSettings
from hub.vitals_settings import CanarySettings, LogSettings, TelemetrySettings, WatchSettings

SHORTEST_KEY = 16


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OAuthSettings(_Part):
    """An OAuth client. With a refresh token it rotates; without, it signs in as the client itself."""

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr | None = None
    auth_url: str | None = None
    """Where tokens are got, if not at the vendor's own address."""
    api_origin: str | None = None
    """Where sites are listed, if not at the vendor's own address."""
    scope: str = ""


class _SystemSettings(_Part):
    url: str
    email: str | None = None
    api_token: SecretStr | None = None
    oauth_token: SecretStr | None = None
    oauth: OAuthSettings | None = None
    ca: str | None = None
    """A PEM file of the authority that signed the server's certificate, where it is not a public one."""
    reserve: float = Field(default=0.1, ge=0, lt=1)
    """Share of the account's request allowance that is left to people and other integrations."""
    webhook_secret: SecretStr | None = None
    file_hosts: tuple[str, ...] = ()
    """Who else may serve its files (`files.acme.com`, `.acme-cdn.com`), without our credentials."""


class ZendeskSettings(_SystemSettings):
    """A Zendesk account."""

    subdomain: str = ""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """The plan's allowance, until the account's own answers state it."""


class JiraSettings(_SystemSettings):
    """A Jira Cloud site."""

    site: str | None = None
    """The site's own address for people, where `url` is the OAuth gateway."""
    project: str = "SUP"
    issue_type: str = "Bug"
    jql: str | None = None
    """Which issues to watch; default: those of the project."""


class JwtSettings(_Part):
    """A client that proves itself by a key: nothing that could leak travels, and nothing rotates."""

    client_id: str
    username: str
    """Who the hub is there."""
    key: SecretStr
    """The private key in PEM; as `file:` or `env:`."""
    audience: str = "https://login.salesforce.com"
    """`https://test.salesforce.com` for a Salesforce sandbox."""


class SalesforceSettings(_Part):
    """A Salesforce org."""

    url: str
    """Its My Domain: `https://acme.my.salesforce.com`."""
    oauth: OAuthSettings | None = None
    jwt: JwtSettings | None = None
    ca: str | None = None
    reserve: float = Field(default=0.2, ge=0, lt=1)
    """Share of the org's calls of 24 hours that is left to people and other integrations."""
    api_version: str = Field(default="66.0", pattern=r"^\d{2}\.0$")
    webhook_secret: SecretStr | None = None
    org_id: str = ""
    """Of the org whose outbound messages are listened to."""
    file_hosts: tuple[str, ...] = ()


class MailOAuthSettings(_Part):
    """A mailbox that is signed in to by OAuth 2 (Gmail, Microsoft 365)."""

    provider: Literal["google", "microsoft"]
    client_id: str
    """Of a Google service account: its e-mail address."""
    client_secret: SecretStr | None = None
    key: SecretStr | None = None
    """The private key (PEM) of a Google service account with domain-wide delegation."""
    refresh_token: SecretStr | None = None
    """Left out: the client signs in as itself (Microsoft 365, application permissions)."""
    tenant: str = "common"
    """Of Microsoft 365."""
    auth_url: str | None = None
    """Where tokens are got, if not at the vendor's own address."""


class MailServerSettings(_Part):
    """An IMAP or SMTP server."""

    host: str
    port: int = Field(ge=1, le=65535)
    user: str = ""
    """Default: the address."""
    password: SecretStr | None = None
    security: Literal["tls", "starttls", "none"] = "tls"
    ca: str | None = None


class EmailSettings(_Part):
    """A support mailbox."""

    address: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str
    """What customers see as the sender, beside the author's own name."""
    imap: MailServerSettings
    smtp: MailServerSettings
    oauth: MailOAuthSettings | None = None
    keys: tuple[SecretStr, ...] = Field(min_length=1)
    """They sign reply addresses, 16 characters at least: the first signs, all are believed."""
    aliases: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = Field(default=("INBOX",), min_length=1)
    also: tuple[MailServerSettings, ...] = ()
    """Other accounts that are read too; their addresses stand in `aliases` or `groups`."""
    groups: Mapping[str, str] = {}
    """The group of what is written to one of our addresses, by the address."""
    plus: bool = True
    """The host delivers `support+anything@` to `support@`."""
    trusted: tuple[str, ...] = ()
    """Hosts whose Authentication-Results are believed."""
    peers: tuple[str, ...] = ()
    """Addresses (or `@domains`) from which Zendesk, Jira and Salesforce notify."""
    since: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    """Mails that came before this day are not read."""
    evidence: Literal["copy", "sent", "none"] = "copy"
    """How a mail is known to have left when the server's answer was lost."""
    max_size: int = Field(default=40_000_000, ge=100_000)
    keep_days: int = Field(default=90, ge=0)
    """Days for which the bytes of a mail are kept after it was heard or sent; 0: for ever."""
    webhook_secret: SecretStr | None = None

    @field_validator("address", "aliases", "peers")
    @classmethod
    def _lower(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return value.lower() if isinstance(value, str) else tuple(one.lower() for one in value)

    @field_validator("groups")
    @classmethod
    def _lower_keys(cls, groups: Mapping[str, str]) -> Mapping[str, str]:
        return {address.lower(): group for address, group in groups.items()}

    @field_validator("since")
    @classmethod
    def _day(cls, since: str) -> str:
        return since and date.fromisoformat(since).isoformat()

    @field_validator("keys")
    @classmethod
    def _long(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            said = f"a key has {SHORTEST_KEY} characters at least"
            raise ValueError(f"{said}; `openssl rand -hex 32` makes one")
        return keys


class SyncSettings(_Part):
    patience: float = Field(default=120.0, ge=0)
    """Seconds within which what was asked for, and not answered, may yet turn up."""
    batch: int = Field(default=1000, ge=1, le=10_000)


class ServeSettings(_Part):
    host: str = "127.0.0.1"
    port: int = 8787


class Settings(_Part):
    """A whole `hub.toml`."""

    zendesk: ZendeskSettings
    jira: JiraSettings
    salesforce: SalesforceSettings | None = None
    """Left out: two sides, and what the helpdesk says of an organization is all that is known of it."""
    email: EmailSettings | None = None
    """Left out: no mailbox."""
    store: StoreSettings = StoreSettings()
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    sync: SyncSettings = SyncSettings()
    serve: ServeSettings = ServeSettings()
    scoring: ScoringSettings = ScoringSettings()
    alerts: AlertSettings = AlertSettings()
    watch: WatchSettings = WatchSettings()
    canary: CanarySettings = CanarySettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings | None = None
    """Left out: nothing is traced."""
    endpoint: EndpointSettings | None = None
    """Left out: no language model is ever asked."""
    mappings: str = "mappings"
    folder: Path = Path()
    """Where `hub.toml` lies; paths in it are relative to this."""

    def path(self, name: str) -> Path:
        return self.folder / name

    @property
    def store_url(self) -> str:
        """The store's URL; a relative SQLite file lies beside `hub.toml`."""
        head, _, file = self.store.url.partition("sqlite:///")
        if head or not file or file.startswith(("/", ":memory:")):
            return self.store.url
        return f"sqlite:///{self.path(file).resolve()}"


def load(file: Path, blocks: Blocks = no_blocks) -> Settings:
    """
    Read `hub.toml`. `blocks` looks up what `block:NAME` stands for.

    Raises `Misconfigured`, naming file, line and what to write, if there is no such file, if it is
    not whole, or if something in it is unknown, missing or wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(
            f"{file}: there is no such file. `hub init` writes one; -c names another."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: cannot be read: {error}") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(_unreadable(file, text, str(error))) from None
    found = cast("dict[str, Any]", resolved(raw, file, blocks))
    try:
        return Settings.model_validate({**found, "folder": file.resolve().parent})
    except ValidationError as error:
        raise Misconfigured(_invalid(file, text, error)) from None


def _unreadable(file: Path, text: str, said: str) -> str:
    where = re.search(r"at line (\d+), column (\d+)", said)
    place = f"{file}:{where[1]}:{where[2]}" if where else f"{file}:{text.count(chr(10)) + 1}"
    what = re.sub(r"\s*\(at .*\)$", "", said)
    hint = " The file ends in the middle; was it written to the end?" if "end of document" in said else ""
    return f"{place}: this is not TOML: {what}.{hint}"


def _invalid(file: Path, text: str, error: ValidationError) -> str:
    lines: list[str] = []
    for problem in error.errors(include_input=False, include_url=False):
        path = [str(part) for part in problem["loc"]]
        name = ".".join(path)
        place = f"{file}:{_line_of(text, path)}"
        if problem["type"] == "extra_forbidden":
            lines.append(f"{place}: there is no setting `{name}`{_near(path)}")
        elif problem["type"] == "missing":
            lines.append(f"{place}: `{name}` is missing; `hub init` writes a complete file")
        else:
            lines.append(f"{place}: `{name}`: {problem['msg']}")
    return "\n".join(lines)


def _near(path: list[str]) -> str:
    model: type[BaseModel] = Settings
    for part in path[:-1]:
        field = model.model_fields.get(part)
        if field is None:
            continue  # a name of the user's own: `alerts.teams.billing`
        annotation = field.annotation
        parts = [a for a in (annotation, *get_args(annotation)) if isinstance(a, type)]
        found = next((a for a in parts if issubclass(a, BaseModel)), None)
        if found is None:
            return ""
        model = found
    close = difflib.get_close_matches(path[-1], model.model_fields, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _line_of(text: str, path: list[str]) -> int:
    """Return the line of a setting, or of its table, or 1."""
    table, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\]]+)\]", line)
        if header:
            table = header[1].strip()
            if path[: len(table.split("."))] == table.split("."):
                found = number
        elif (table.split(".") == path[:-1] or (not table and len(path) == 1)) and re.match(
            rf"\s*{re.escape(path[-1])}\s*=", line
        ):
            return number
    return found


def secret(value: str, file: Path) -> str:
    """Return what `env:NAME` and `file:NAME` (beside the settings' file) stand for, or the value itself."""
    return str(resolved(value, file))
