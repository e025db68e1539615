"""What `hub init` knows of mail hosts: where their servers are, and what of theirs can be trusted."""

from __future__ import annotations

import re
from typing import Any

from hub.errors import Misconfigured

HOSTS = ("gmail", "microsoft", "other")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+|[^@\s<>]+@localhost")
_GMAIL = {"gmail.com", "googlemail.com"}
_MICROSOFT = {"outlook.com", "hotmail.com", "live.com", "onmicrosoft.com"}


def mail_address(given: str) -> str:
    """Return an address however a person typed it. Raises `Misconfigured` for what is none."""
    address = given.strip().strip("<>").removeprefix("mailto:").lower()
    if not _ADDRESS.fullmatch(address):
        raise Misconfigured(f"{given.strip()!r} is not a mail address; write it as support@acme.example")
    return address


def host_like(address: str) -> str:
    """Return which host a mailbox is most likely at, by its domain."""
    domain = address.rpartition("@")[2]
    if domain in _GMAIL:
        return "gmail"
    return "microsoft" if domain in _MICROSOFT or domain.endswith(".onmicrosoft.com") else "other"


def secret_named(given: str) -> str:
    """Return a secret's place. Raises `Misconfigured` for what looks like the secret itself."""
    named = given.strip()
    if not re.fullmatch(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*)", named):
        raise Misconfigured(
            "it is not written into hub.toml: say where it stands, as env:NAME (environment) or file:NAME "
            "(a file beside hub.toml)"
        )
    return named


def tables(
    address: str, name: str, key: str, host: str, servers: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """
    Return the tables of `hub.toml` for a mailbox.

    `servers`: `imap` and `smtp` (tables), `oauth` (a table, or nothing), `plus`, `since`; of Gmail and
    Microsoft 365 only `password` or `oauth` is needed, the rest is known.
    """
    email: dict[str, Any] = {"address": address, "name": name, "keys": [key], **_manner(host, servers)}
    if servers.get("since"):
        email["since"] = servers["since"]
    found = {"email": email}
    for kind in ("imap", "smtp"):
        found[f"email.{kind}"] = {**_server(host, kind), **servers.get(kind, {})}
    if "oauth" in servers:
        found["email.oauth"] = servers["oauth"]
    return found


def _manner(host: str, servers: dict[str, Any]) -> dict[str, Any]:
    if host == "gmail":  # it files what it sends; it names itself in what it checked
        return {"evidence": "sent", "trusted": ["mx.google.com"]}
    if host == "microsoft":  # its checks name no host: see connectors.email.authentication
        return {"trusted": ["exchange-online"]}
    return {"plus": servers.get("plus", True), "trusted": servers.get("trusted", [])}


def _server(host: str, kind: str) -> dict[str, Any]:
    known = {
        ("gmail", "imap"): ("imap.gmail.com", 993, "tls"),
        ("gmail", "smtp"): ("smtp.gmail.com", 465, "tls"),
        ("microsoft", "imap"): ("outlook.office365.com", 993, "tls"),
        ("microsoft", "smtp"): ("smtp.office365.com", 587, "starttls"),
    }
    if (host, kind) not in known:
        return {}
    name, port, security = known[host, kind]
    return {"host": name, "port": port, "security": security}
