"""`hub init`: a `hub.toml` and a full set of mapping files to start from."""

from __future__ import annotations

import json
import re
import secrets
from importlib import resources
from pathlib import Path
from typing import Any, cast

from hub.errors import Misconfigured

_ORG_DOMAINS = ("my.salesforce.com", "lightning.force.com", "my.site.com", "salesforce.com")
_SHARED_HOSTS = {"login", "test", "www", "help", ""}
_ORG_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.(sandbox|develop|scratch|trailblaze|patch|demo|free))?")

MAIL_KEY = "file:secrets/mail-key"
"""Where `hub init` puts the key that signs reply addresses, as `hub.toml` names it."""
MAPPING_FILES = (
    "zendesk.yaml",
    "jira.yaml",
    "salesforce.yaml",
    "accounts.yaml",
    "email.yaml",
    "policy.yaml",
    "scoring.yaml",
    "risk.yaml",
    "sla.yaml",
    "routing.yaml",
    "schema.json",
)


def copy_mappings(folder: Path, project: str = "SUP") -> list[Path]:
    """
    Copy the mapping files that come with the hub, for this Jira project.

    One that is there already is left alone. Returns those that were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name in MAPPING_FILES:
        file = folder / name
        if not file.exists():
            text = resources.files("mappings").joinpath(name).read_text(encoding="utf-8")
            if name == "jira.yaml":
                text = text.replace("project: SUP", f"project: {project}")
            _ = file.write_text(text, encoding="utf-8")
            written.append(file)
    return written


def write_settings(file: Path, settings: dict[str, dict[str, Any]]) -> None:
    """Write `hub.toml`, readable by its owner only. Raises `Misconfigured` rather than replace one."""
    if file.exists():
        raise Misconfigured(f"{file} is there already; move it away first, or choose another with -c")
    file.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for table, values in settings.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
        lines.append("")
    file.touch(mode=0o600)
    _ = file.write_text("\n".join(lines), encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in pairs) + "}"
    return json.dumps(value, ensure_ascii=False)  # TOML's basic strings, numbers and booleans are JSON's


def host_of(given: str, domain: str) -> str:
    """Return the part before the vendor's domain, however a person typed it (a URL, a host, a name)."""
    host = given.strip().lower().removeprefix("https://").partition("/")[0]
    return host.removesuffix(f".{domain}")


def my_domain(given: str) -> str:
    """
    Return the address of a Salesforce org, however a person typed it: a name, a host, a page's URL.

    Raises `Misconfigured` for what every org shares, such as the login page.
    """
    host = given.strip().lower().partition("://")[2] or given.strip().lower()
    name = host.partition("/")[0]
    for domain in _ORG_DOMAINS:
        name = name.removesuffix(f".{domain}")
    if name in _SHARED_HOSTS or not _ORG_NAME.fullmatch(name):
        raise Misconfigured(
            f"{given.strip()!r} is not the address of an org. Take what stands in Setup under My Domain: "
            "https://acme.my.salesforce.com"
        )
    return f"https://{name}.my.salesforce.com"


def jwt_audience(url: str) -> str:
    """Return who a signed token is for: sandboxes have a login of their own."""
    kind = "test" if ".sandbox." in url else "login"
    return f"https://{kind}.salesforce.com"


def as_file(given: str) -> str:
    """Return where a key is; a bare name is a file beside `hub.toml`. A key is never written into it."""
    named = given.strip()
    return named if named.startswith(("file:", "env:")) else f"file:{named}"


def for_sandbox(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return settings for a running sandbox, from the JSON line that it printed."""
    try:
        zendesk, jira, salesforce = line["zendesk"], line["jira"], line.get("salesforce")
        third = {"salesforce": _salesforce(salesforce)} if salesforce else {}
        return {
            "zendesk": {
                "url": zendesk["url"],
                "subdomain": zendesk["subdomain"],
                "email": zendesk["email"],
                "api_token": zendesk["api_token"],
            },
            "jira": {
                "url": jira["url"],
                "email": jira["email"],
                "api_token": jira["api_token"],
                "project": "SUP",
            },
            **third,
            **(_email(line["email"]) if "email" in line else {}),
            "sync": {"patience": 5.0},
        }
    except (KeyError, TypeError) as error:
        raise Misconfigured(
            f"this is not the JSON line that `hub sandbox up --json` prints: {error} is missing"
        ) from None


def _salesforce(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": line["url"],
        "oauth": {"client_id": line["client_id"], "client_secret": line["client_secret"]},
        "org_id": line["org_id"],
    }


def _email(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    server = {"security": "none", "user": line["imap"]["user"], "password": line["imap"]["password"]}
    return {
        "email": {
            "address": line["address"],
            "name": line.get("name", "Support"),
            "keys": [secrets.token_hex(32)],
            "groups": {line["address"]: "Support"},
            "trusted": line.get("trusted", []),
        },
        "email.imap": {"host": line["imap"]["host"], "port": line["imap"]["port"], **server},
        "email.smtp": {"host": line["smtp"]["host"], "port": line["smtp"]["port"], **server},
    }


def write_mail_key(folder: Path, settings: dict[str, dict[str, Any]]) -> list[Path]:
    """
    Draw the key that signs reply addresses, where the settings name its file; return what was written.

    One that is there already is left alone: what it signed is in customers' mailboxes.
    """
    if MAIL_KEY not in settings.get("email", {}).get("keys", ()):
        return []
    file = folder / MAIL_KEY.removeprefix("file:")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        return []
    _ = file.write_text(f"{secrets.token_hex(32)}\n", encoding="ascii")
    return [file]


def read_line(file: Path) -> dict[str, Any]:
    """Read the sandbox's JSON line from a file."""
    try:
        found = json.loads(file.read_text(encoding="utf-8").strip().splitlines()[0])
    except FileNotFoundError:
        raise Misconfigured(f"{file}: there is no such file") from None
    except (ValueError, IndexError):
        raise Misconfigured(
            f"{file}: not a JSON line; write it with `hub sandbox up --json > {file.name} &`"
        ) from None
    if not isinstance(found, dict):
        raise Misconfigured(f"{file}: not the JSON line that `hub sandbox up --json` prints")
    return found  # pyright: ignore[reportUnknownVariableType]
