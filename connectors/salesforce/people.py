"""Accounts and contacts as the hub's records of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.salesforce import ids
from connectors.salesforce.fields import instant
from connectors.salesforce.payload import Spelling, address, gone, person_raw
from hub.account import AccountSeen, ContactSeen
from hub.model import SALESFORCE, Json, RemoteId
from hub.replica import Gone

__all__ = ["absent", "account", "account_id_of", "contact", "domains_of", "instant"]
Record = Mapping[str, Any]
DOMAINS = "Domains__c"
CURRENCY = "CurrencyIsoCode"
_ACCOUNT, _USER = "001", "005"
_SPLIT = re.compile(r"[\s,;]+")
_DOMAIN = re.compile(r"(?=.{4,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def account(
    record: Record,
    spelling: Spelling,
    computed: Mapping[str, Json],
    *,
    site: str,
    external: Sequence[str] = (),
) -> AccountSeen:
    """Return an account. `external`: fields that hold ids under which other systems know it."""
    account_id = RemoteId(str(record["Id"]))
    ended = gone(record)
    raw: dict[str, Json] | None = None
    if ended is None:
        raw = {**spelling.raw(record), **computed}
        owner = str(record.get("OwnerId") or "")
        raw["owner"] = person_raw(owner, record.get("Owner")) if owner.startswith(_USER) else None
        above: Record = record.get("Parent") or {}
        raw["parent"] = above.get("Name")
        if CURRENCY in record:  # of an org with several; the others do not say which one is theirs
            raw["currency"] = record[CURRENCY] or None
    return AccountSeen(
        system=SALESFORCE,
        remote_id=account_id,
        name=str(record.get("Name") or ""),
        url=f"{site}/lightning/r/Account/{account_id}/view",
        raw=raw,
        parent=RemoteId(str(record.get("ParentId") or "")),
        domains=domains_of(record),
        external=tuple(str(record[name]) for name in external if record.get(name)),
        gone=ended,
        at=instant(str(record.get("SystemModstamp") or "")),
    )


def contact(record: Record) -> ContactSeen:
    """Return a contact."""
    return ContactSeen(
        system=SALESFORCE,
        remote_id=RemoteId(str(record["Id"])),
        account=RemoteId(str(record.get("AccountId") or "")),
        name=str(record.get("Name") or ""),
        email=address(record.get("Email")),
        gone=gone(record),
        at=instant(str(record.get("SystemModstamp") or "")),
    )


def domains_of(record: Record) -> tuple[str, ...]:
    """Return an account's mail domains: those that its own field lists, and its website's."""
    words = _SPLIT.split(str(record.get(DOMAINS) or "").lower())
    named = [word.removeprefix("@").strip(".") for word in words]
    every = (*named, _host(record.get("Website")))
    return tuple(dict.fromkeys(one for one in every if _DOMAIN.fullmatch(one)))


def _host(website: str | None) -> str:
    text = (website or "").strip().lower()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:  # people type anything there
        return ""
    return host.removeprefix("www.").strip(".")


def account_id_of(name: str) -> str:
    """Return an account's id in full; empty if the name is none."""
    if not name.startswith(_ACCOUNT):
        return ""
    try:
        return ids.full(name)
    except ValueError:
        return ""


def absent(name: str) -> AccountSeen:
    """Neither read nor told to be deleted: purged from the recycle bin, or not ours to see."""
    return AccountSeen(SALESFORCE, RemoteId(account_id_of(name) or name), gone=Gone("absent"))
