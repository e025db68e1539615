"""The questions of `hub init` about a support mailbox."""

from __future__ import annotations

from datetime import date
from typing import Any

import typer

_SECURITY = {993: "tls", 143: "starttls", 465: "tls", 587: "starttls", 25: "starttls"}


def ask_for_mailbox() -> dict[str, dict[str, Any]]:
    """Ask for a mailbox; nothing, if there is to be none."""
    from flows.mail_hosts import HOSTS, host_like, mail_address, tables
    from flows.setting_up import MAIL_KEY
    from flows.wires import utc_now

    told = "Support mailbox (support@acme.example; Enter: no e-mail)"
    given = typer.prompt(told, default="", show_default=False).strip()
    if not given:
        return {}
    address = mail_address(given)
    name = typer.prompt("Name that customers see as its sender", default="Support").strip()
    host = typer.prompt(f"Where is it? ({', '.join(HOSTS)})", default=host_like(address), value_proc=_host)
    ask = {"gmail": _gmail, "microsoft": _microsoft, "other": _other}[host]
    servers = ask(address)
    told = "Take in mails that came since (YYYY-MM-DD, or all)"
    since = typer.prompt(told, default=utc_now()[:10], value_proc=_day)
    return tables(address, name, MAIL_KEY, host, {**servers, "since": since})


def _gmail(address: str) -> dict[str, Any]:
    del address
    if typer.confirm("Sign in with an app password? No: with an OAuth client", default=True):
        password = _secret("Its app password", "env:MAIL_PASSWORD")
        return {"imap": {"password": password}, "smtp": {"password": password}}
    return {"oauth": {"provider": "google", **_client(), "refresh_token": _refresh_token()}}


def _microsoft(address: str) -> dict[str, Any]:
    del address
    typer.echo("Microsoft 365 takes no passwords: register an application in Entra ID (docs/email.md).")
    tenant = typer.prompt("Tenant (acme.onmicrosoft.com, or its id)").strip()
    oauth = {"provider": "microsoft", "tenant": tenant, **_client()}
    if not typer.confirm("Does the application sign in as itself (IMAP.AccessAsApp)?", default=True):
        oauth["refresh_token"] = _refresh_token()
    return {"oauth": oauth}


def _other(address: str) -> dict[str, Any]:
    domain = address.rpartition("@")[2]
    found: dict[str, Any] = {}
    for kind, usual in (("imap", 993), ("smtp", 465)):
        host = typer.prompt(f"{kind.upper()} server", default=f"{kind}.{domain}").strip()
        port = typer.prompt(f"{kind.upper()} port", default=usual, value_proc=_port)
        found[kind] = {"host": host, "port": port, "security": _SECURITY.get(port, "tls")}
    user = typer.prompt("User name there", default=address).strip()
    password = _secret("Its password", "env:MAIL_PASSWORD")
    for kind in ("imap", "smtp"):
        found[kind] |= {"user": user, "password": password}
    local, _, domain = address.partition("@")
    found["plus"] = typer.confirm(f"Does mail to {local}+anything@{domain} arrive there?", default=True)
    return found


def _client() -> dict[str, str]:
    return {
        "client_id": typer.prompt("Client id of the OAuth client").strip(),
        "client_secret": _secret("Its client secret", "env:MAIL_CLIENT_SECRET"),
    }


def _refresh_token() -> str:
    return _secret("A refresh token of the mailbox", "env:MAIL_REFRESH_TOKEN")


def _secret(what: str, default: str) -> str:
    """Ask where a secret stands until it is a place; what was typed is not shown again."""
    return typer.prompt(f"{what}: env:NAME or file:NAME", default=default, value_proc=_place)


def _place(given: str) -> str:
    from flows.mail_hosts import secret_named
    from hub.errors import Misconfigured

    try:
        return secret_named(given)
    except Misconfigured as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _host(given: str) -> str:
    from flows.mail_hosts import HOSTS

    named = given.strip().lower()
    if named not in HOSTS:
        raise typer.BadParameter(f"one of {', '.join(HOSTS)}")
    return named


def _day(given: str) -> str:
    """Return a day; nothing for all of them."""
    if given.strip().lower() == "all":
        return ""
    try:
        return date.fromisoformat(given.strip()).isoformat()
    except ValueError:
        raise typer.BadParameter("a day as 2026-05-01, or `all`") from None


def _port(given: str | int) -> int:
    number = int(given) if str(given).strip().isdecimal() else 0
    if not 1 <= number <= 65535:  # noqa: PLR2004
        raise typer.BadParameter("a number from 1 to 65535")
    return number
