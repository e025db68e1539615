"""
The customer behind a ticket, as the CRM knows it, and what the hub remembers of it. Values only.

An account is a set of `account.*` registers read from the CRM, and *traces*: words by which tickets
and accounts find each other (`hub.identity`). A trace is `<kind>:<word>`, all in lower case but ids:

- `account:<id>`      the CRM's own id
- `external:<word>`   an id that another system carries for the account
- `email:<address>`   of a contact
- `domain:<domain>`   of the account's mail
- `name:<name>`       folded
- `org:<system>:<id>` an organisation there, tied to the account by a person
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType, TypeAlias

import msgspec

from hub.model import Json, RemoteId, System, Value
from hub.replica import Cursor, Gone

AccountId = NewType("AccountId", str)
"""The CRM's id of an account, in its full form (Salesforce: 18 characters)."""

Trace: TypeAlias = str


class AccountSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An account as the CRM just showed it. `raw` is keyed by the ids of `Crm.account_schema`."""

    system: System
    remote_id: RemoteId
    name: str = ""
    url: str = ""
    raw: Mapping[str, Json] | None = None
    parent: RemoteId = RemoteId("")
    domains: tuple[str, ...] = ()
    """Mail domains, lower case, as far as its own fields name them."""
    external: tuple[str, ...] = ()
    """Ids under which other systems know it."""
    gone: Gone | None = None
    """Deleted, or merged `into` another account."""
    at: str = ""


class ContactSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person at a customer, as the CRM just showed them."""

    system: System
    remote_id: RemoteId
    account: RemoteId = RemoteId("")
    name: str = ""
    email: str | None = None
    """Lower case."""
    gone: Gone | None = None
    at: str = ""


class AccountPage(msgspec.Struct, frozen=True):
    """Some accounts and contacts of the CRM's feed, and the place to go on from once they are stored."""

    accounts: tuple[AccountSeen, ...]
    contacts: tuple[ContactSeen, ...]
    cursor: Cursor


class UpdateAccount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Set these raw fields of an account; only the hub writes them."""

    system: System
    remote_id: RemoteId
    changes: Mapping[str, Json]


REFUSED = "#refused"
"""Stands for what a field shows that did not take its value: whatever is seen there next is another one."""


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """One customer, as the hub holds it."""

    id: AccountId
    system: System
    name: str = ""
    url: str = ""
    registers: Mapping[str, Value] = {}
    """`account.*`, without `account.id` and those that only the hub computes."""
    parent: AccountId = AccountId("")
    gone: bool = False
    merged_into: AccountId = AccountId("")
    shown: Mapping[str, Json] = {}
    """Raw values of the fields that the hub writes there, as last seen or written."""
    problems: tuple[str, ...] = ()
    """What about it cannot be read or used, in words, for `hub accounts`."""


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person of the CRM, as the hub holds them."""

    id: RemoteId
    system: System
    account: AccountId = AccountId("")
    name: str = ""
    email: str = ""


class Bond(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tie between a trace and an account (or contact), made by a person; it goes before any guess."""

    trace: Trace
    account: AccountId
    contact: RemoteId = RemoteId("")
    by: str = ""
    at: str = ""


class Directory(msgspec.Struct, frozen=True):
    """What the CRM knows that may concern some tickets: looked up by their traces, whole of memory never."""

    accounts: Mapping[AccountId, Account] = {}
    """Every candidate, and whatever they were merged into or are children of."""
    by_trace: Mapping[Trace, tuple[AccountId, ...]] = {}
    contacts: Mapping[str, tuple[Contact, ...]] = {}
    """By e-mail address."""
    bonds: Mapping[Trace, Bond] = {}


def joined(first: Directory, second: Directory) -> Directory:
    """Return what both know together."""
    return Directory(
        {**first.accounts, **second.accounts},
        {**first.by_trace, **second.by_trace},
        {**first.contacts, **second.contacts},
        {**first.bonds, **second.bonds},
    )
