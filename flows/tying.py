"""Ties that people make between customers and accounts, and all that the hub knows of one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.people import account_line, brief_of, contact_by, every_account, ties
from hub.account import Account, AccountId, Bond, Contact, Trace
from hub.errors import Misconfigured
from hub.identity import survivor
from hub.model import RemoteId, TicketId
from hub.names import fold_name, full_id, is_shared, normal_domain, normal_email
from hub.ports import Store
from hub.records import Held
from hub.registers import REGISTERS, label_of, nearest
from hub.support import account_context

NEAR = 5
"""Accounts that a message names, at most."""


@dataclass(frozen=True)
class Tied:
    """A tie as it was made or ended, and how many open tickets the next run looks at because of it."""

    trace: Trace
    account: AccountId
    name: str
    tickets: int
    contact: str = ""
    before: str = ""
    """The account to which it was tied until now."""


# what people type -----------------------------------------------------------------------------


def trace_of(word: str) -> Trace:
    """
    Return the trace that a person means: an organization's number, a mail domain, an e-mail address.

    Raises `Misconfigured`, saying what it could be.
    """
    given = word.strip()
    kind, _, rest = given.partition(":")
    if kind in {"name", "external"} and rest.strip():
        return f"name:{fold_name(rest)}" if kind == "name" else f"external:{rest.strip()}"
    number = given.removeprefix("org:").removeprefix("zendesk:")
    if number.isdecimal():
        return f"org:zendesk:{number}"
    if "@" in given:
        address = normal_email(given)
        if not address:
            raise Misconfigured(f"{given!r} is not an e-mail address")
        return f"email:{address}"
    domain = normal_domain(given)
    if not domain:
        raise Misconfigured(
            f"{given!r} is no organization's id, mail domain or e-mail address; `hub accounts` lists under "
            "`link` what you can write here"
        )
    if is_shared(domain):
        raise Misconfigured(
            f"{domain} is a public mail domain that many companies share: tie the organization, or each "
            "e-mail address by itself"
        )
    return f"domain:{domain}"


def account_called(store: Store, word: str) -> Account:
    """
    Return the account with that id (15 or 18 characters) or name; of a merged one, what it is now.

    Raises `Misconfigured` if there is none, or if several have that name.
    """
    number = AccountId(full_id(word.strip()))
    held = store.directory([f"account:{number}"]).accounts
    if number in held:
        alive = survivor(number, held)
        if not alive or alive not in held:
            raise Misconfigured(
                f"{held[number].name or number} was deleted in {held[number].system.capitalize()}"
            )
        return held[alive]
    named = _named(store, word)
    exact = [a for a in named if a.name.casefold() == word.strip().casefold()]
    if len(exact) == 1:
        return exact[0]
    if exact:
        ids = ", ".join(a.id for a in exact[:NEAR])
        raise Misconfigured(f"{len(exact)} accounts are called {word!r}; say which by its id: {ids}")
    near = "; ".join(f"{a.name} ({a.id})" for a in named[:NEAR])
    hint = f"; did you mean {near}?" if near else _alike(store, word) or _where_from(store)
    raise Misconfigured(f"no account has the id or name {word!r}{hint}")


def _named(store: Store, word: str) -> list[Account]:
    trace = f"name:{fold_name(word)}"
    directory = store.directory([trace])
    held = (directory.accounts.get(i) for i in directory.by_trace.get(trace, ()))
    return [a for a in held if a is not None and not a.gone]


def _alike(store: Store, word: str) -> str:
    return nearest(word, (a.name for a in every_account(store) if a.name))


def _where_from(store: Store) -> str:
    if not store.account_ids(1):
        return "; the hub has read no account yet: `hub sync` does"
    return "; `hub sync` reads what is new in the CRM"


# tying ----------------------------------------------------------------------------------------


def link_account(store: Store, word: str, account: str, *, by: str, at: str) -> Tied:
    """Tie an organization, a mail domain or an e-mail address to an account, and to no other any more."""
    trace, held = trace_of(word), account_called(store, account)
    before = _before(store, trace, held.id)
    tickets = store.bond(Bond(trace, held.id, by=by, at=at))
    return Tied(trace, held.id, held.name, tickets, before=before)


def link_contact(store: Store, word: str, contact: str, *, by: str, at: str) -> Tied:
    """
    Say which contact an e-mail address is.

    Raises `Misconfigured` if there is no such contact, or if it has no account.
    """
    trace = trace_of(word)
    if not trace.startswith("email:"):
        raise Misconfigured(f"{word!r} is not an e-mail address; `hub accounts link` ties companies")
    person = _person(store, contact)
    held = _account_of(store, person)
    before = _before(store, trace, held.id)
    tickets = store.bond(Bond(trace, held.id, person.id, by, at))
    return Tied(trace, held.id, held.name, tickets, person.name or person.id, before)


def _person(store: Store, word: str) -> Contact:
    found = contact_by(store, word)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Misconfigured(f"no contact has the id or address {word!r}{_where_from(store)}")
    ids = ", ".join(f"{c.id} ({c.name})" for c in found[:NEAR])
    raise Misconfigured(f"{len(found)} contacts have the address {word}; say which by its id: {ids}")


def _account_of(store: Store, person: Contact) -> Account:
    accounts = store.directory([f"account:{person.account}"]).accounts
    alive = survivor(person.account, accounts)
    if alive not in accounts:
        raise Misconfigured(f"contact {person.id} ({person.name}) has no account that the hub knows")
    return accounts[alive]


def _before(store: Store, trace: Trace, account: AccountId) -> str:
    bond = store.directory([trace]).bonds.get(trace)
    if bond is None or bond.account == account:
        return ""
    held = store.accounts([bond.account]).get(bond.account)
    return held.name if held else bond.account


def unlink(store: Store, word: str) -> Tied:
    """End a tie that a person made. Raises `Misconfigured` if there is none."""
    trace = trace_of(word)
    bond = store.directory([trace]).bonds.get(trace)
    if bond is None:
        raise Misconfigured(f"nobody tied {word} to an account; `hub accounts` lists the ties")
    held = store.accounts([bond.account]).get(bond.account)
    tickets = store.unbond(trace)
    return Tied(trace, bond.account, held.name if held else "", tickets)


# one account ----------------------------------------------------------------------------------


def shown(store: Store, word: str, now: str) -> dict[str, Any]:
    """Return all that the hub knows of an account. Raises `Misconfigured` as `account_called` does."""
    account = account_called(store, word)
    ids: Sequence[TicketId] = store.tickets_with([f"account:{account.id}"]).get(f"account:{account.id}", ())
    held = list(store.load(ids).values())
    context = account_context([(h.ticket, h.score) for h in held], now)
    parent = store.accounts([account.parent]).get(account.parent) if account.parent else None
    return {
        **account_line(account, account.id),
        "system": account.system,
        "problems": list(account.problems),
        "values": _labelled(account.registers),
        "support": _labelled(context),
        "parent": account_line(parent, account.parent) if account.parent else None,
        "children": [account_line(a, a.id) for a in every_account(store) if a.parent == account.id],
        "organizations": _organizations(held),
        "ties": [tie for tie in ties(store) if tie["account"] == account.id],
        "tickets": [_ticket_line(h) for h in sorted(held, key=_most_urgent)],
    }


def _labelled(registers: Mapping[str, Any]) -> list[dict[str, Any]]:
    order = {name: place for place, name in enumerate(REGISTERS)}
    return [
        {"register": name, "label": label_of(name), "value": registers[name]}
        for name in sorted(registers, key=lambda name: order.get(name, len(order)))
        if registers[name] not in (None, "", ())
    ]


def _organizations(held: Sequence[Held]) -> list[dict[str, Any]]:
    """Return the helpdesk's organizations, and mail domains without one, whose tickets are the account's."""
    found: dict[tuple[str, str], int] = {}
    for one in held:
        get = one.ticket.get
        number, name = str(get("organization.id") or ""), str(get("organization.name") or "")
        domain = normal_email(str(get("requester") or "")).rpartition("@")[2]
        key = (number, name) if number else ("", domain)
        found[key] = found.get(key, 0) + 1
    listed = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {"id": number, "name": name, "tickets": count} for (number, name), count in listed if name or number
    ]


def _most_urgent(held: Held) -> tuple[int, str]:
    return (-held.score.priority if held.score else 0, held.ticket.id)


def _ticket_line(held: Held) -> dict[str, Any]:
    return {
        **brief_of(held),
        "status": held.ticket.get("status") or "",
        "score": held.score.priority if held.score else None,
        "risk": held.score.escalation_risk if held.score else None,
        "contact": held.ticket.get("account.contact") or RemoteId(""),
    }
