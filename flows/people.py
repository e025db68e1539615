"""
Who the customers are, as far as the hub could not say by itself: what waits for a person, and ties.

Plain data out; the CLI prints it, programs read it. Which account a ticket has is decided in one
place only (`hub.identity`); here it is asked again, so that what is listed is what a run would find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.account import Account, AccountId, Contact, Directory, Trace
from hub.identity import Match, resolve, survivor
from hub.model import RemoteId, System, TicketId
from hub.names import domains_above, full_id, normal_email, untagged
from hub.ports import Store
from hub.records import Held

BATCH = 500
"""Tickets, or accounts, looked at together."""


# the queue of accounts ------------------------------------------------------------------------


@dataclass
class _Group:
    """Open tickets that wait for the same decision."""

    link: str
    """What `hub accounts link` takes for all of them; empty where nothing ties them."""
    what: str
    tickets: list[Held] = field(default_factory=list[Held])
    candidates: tuple[AccountId, ...] = ()

    def plain(self) -> dict[str, Any]:
        return {
            "link": self.link,
            "what": self.what,
            "tickets": len(self.tickets),
            "example": brief_of(self.tickets[0]),
        }


def accounts_queue(store: Store, crm: System) -> dict[str, Any]:
    """Return what needs a person: ambiguous and unknown customers, accounts that cannot be used, and ties."""
    ambiguous: dict[str, _Group] = {}
    unknown: dict[str, _Group] = {}
    unread: dict[str, _Group] = {}
    matching = apart = 0
    for held, match in _undecided(store, crm):
        if match.candidates:
            link, what = _tied_by(match.trace, held)
            group = ambiguous.setdefault(match.trace, _Group(link, what, candidates=match.candidates))
        elif match.account:
            matching += 1
            continue
        elif match.how == "crm" and not match.trace:
            apart += 1
            continue
        elif match.trace:
            group = unread.setdefault(match.trace, _Group("", _spoken(match.trace)))
        else:
            link, what = _known_by(held)
            group = unknown.setdefault(what, _Group(link, what))
        group.tickets.append(held)
    return {
        "crm": crm,
        "ambiguous": _with_candidates(store, ambiguous.values()),
        "unmatched": [g.plain() for g in _largest(unknown.values())],
        "unread": [g.plain() for g in _largest(unread.values())],
        "problems": list(_troubled(store)),
        "ties": ties(store),
        "next_run": matching,
        "without": apart,
    }


def _largest(groups: Iterable[_Group]) -> list[_Group]:
    return sorted(groups, key=lambda g: (-len(g.tickets), g.what))


def _undecided(store: Store, crm: System) -> Iterator[tuple[Held, Match]]:
    """Yield every open ticket that shows no account, and what a run would find for it now."""
    after = ""
    while rows := store.unmatched(BATCH, after):
        after = rows[-1][0]
        traces = dict(rows)
        directory = store.directory({trace for some in traces.values() for trace in some})
        for held in store.load(traces).values():
            yield held, _match(held, crm, directory)


def _match(held: Held, crm: System, directory: Directory) -> Match:
    ticket = held.ticket
    origin = ticket.origins.get("account.id")
    said = origin is not None and origin.system == crm
    chosen = AccountId(str(ticket.get("account.id") or "")) if said else AccountId("")
    if said and not chosen:
        return Match(how="crm")  # a person took the account away
    return resolve(ticket.registers, chosen, directory)


def _tied_by(trace: Trace, held: Held) -> tuple[str, str]:
    """Return what to tie so that an ambiguous trace is decided, and what people call it."""
    kind, _, word = trace.partition(":")
    organization = str(held.ticket.get("organization.id") or "")
    if kind in {"name", "external"} and organization:
        return organization, f"{_spoken(trace)} (organization {organization})"
    return (word if kind in {"email", "domain"} else trace), _spoken(trace)


def _known_by(held: Held) -> tuple[str, str]:
    """Return the widest thing by which a person can tie an unknown customer's ticket, and its name."""
    get = held.ticket.get
    organization, name = str(get("organization.id") or ""), str(get("organization.name") or "")
    if organization:
        return organization, f"organization {name or organization}"
    address = normal_email(str(get("requester") or ""))
    domain = next(domains_above(address.rpartition("@")[2]), "")
    if domain:
        return domain, f"mail domain {domain}"
    return (address, f"e-mail {address}") if address else ("", f"no address ({held.ticket.id})")


def _spoken(trace: Trace) -> str:
    kind, _, word = trace.partition(":")
    names = {"domain": "mail domain", "email": "e-mail", "external": "external id", "name": "name"}
    return f"{names.get(kind, kind)} {word}"


def _with_candidates(store: Store, groups: Iterable[_Group]) -> list[dict[str, Any]]:
    listed = _largest(groups)
    ids = {account for group in listed for account in group.candidates}
    accounts = store.accounts(ids)
    open_of = store.tickets_with(f"account:{account}" for account in ids)
    return [
        {
            **group.plain(),
            "candidates": [
                {
                    **account_line(accounts.get(one), one),
                    "open_tickets": len(open_of.get(f"account:{one}", ())),
                }
                for one in group.candidates
            ],
        }
        for group in listed
    ]


def account_line(account: Account | None, account_id: AccountId) -> dict[str, Any]:
    """Return an account in a line."""
    if account is None:
        return {"id": account_id, "name": "", "tier": "", "url": ""}
    tier = account.registers.get("account.tier") or ""
    return {"id": account.id, "name": account.name, "tier": tier, "url": account.url}


def _troubled(store: Store) -> Iterator[dict[str, Any]]:
    for account in every_account(store):
        if account.problems:
            yield {**account_line(account, account.id), "problems": list(account.problems)}


def every_account(store: Store) -> Iterator[Account]:
    """Yield every account that is not gone."""
    after = ""
    while ids := store.account_ids(BATCH, after):
        after = ids[-1]
        yield from store.accounts(ids).values()


def ties(store: Store) -> list[dict[str, Any]]:
    """Return what people tied."""
    bonds = store.bonds()
    accounts = store.accounts(bond.account for bond in bonds)
    return [
        {
            "trace": bond.trace,
            "account": bond.account,
            "name": held.name if (held := accounts.get(bond.account)) else "",
            "contact": bond.contact,
            "by": bond.by,
            "at": bond.at,
        }
        for bond in bonds
    ]


def brief_of(held: Held) -> dict[str, Any]:
    """Return a ticket in a line: its id, what people call it, its subject."""
    born = held.ticket.id.partition(":")[0]
    labels = [k.label for k in sorted(held.links, key=lambda k: k.system != born) if k.label]
    return {
        "id": held.ticket.id,
        "label": labels[0] if labels else held.ticket.id,
        "subject": held.ticket.get("subject") or "",
    }


# people ---------------------------------------------------------------------------------------


@dataclass
class _Address:
    """Open tickets of one address and account."""

    tickets: list[TicketId]
    example: Held


def people_queue(store: Store, crm: System) -> dict[str, Any]:
    """
    Return requesters of open tickets whose contact a person must name, and those whom nobody knows.

    Somebody who is a contact of several accounts is none of them while the ticket's account is known,
    and has one contact with that address: each account then has its own.
    """
    found: dict[str, list[dict[str, Any]]] = {"elsewhere": [], "double": [], "unknown": []}
    asked = _requesters(store)
    for chunk in _chunks(sorted(asked), BATCH):
        forms = {f"email:{form}" for address, _ in chunk for form in (address, untagged(address))}
        directory = store.directory({*forms, *(f"account:{account}" for _, account in chunk if account)})
        for address, account in chunk:
            bond = directory.bonds.get(f"email:{address}")
            contacts = _contacts(address, directory)
            why = "" if bond is not None and bond.contact else _doubt(contacts, account, directory)
            if why:
                line = _address_line(address, asked[address, account], directory.accounts.get(account))
                found[why].append({**line, "contacts": [_contact_line(c, directory) for c in contacts]})
    return {
        "crm": crm,
        "several_accounts": _busiest(found["elsewhere"]),
        "several_contacts": _busiest(found["double"]),
        "unknown": _busiest(found["unknown"]),
        "ties": [tie for tie in ties(store) if tie["contact"]],
    }


def _doubt(contacts: Sequence[Contact], account: AccountId, directory: Directory) -> str:
    """Return why a person must say who a requester is; nothing where that is plain."""
    if not contacts:
        return "unknown"
    of = Counter(survivor(contact.account, directory.accounts) for contact in contacts)
    if not account and len(of) == 1:
        account = next(iter(of))  # what the next run finds
    return "double" if of[account] > 1 else "" if of[account] else "elsewhere"


def _busiest(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: (-line["tickets"], line["email"]))


def _requesters(store: Store) -> dict[tuple[str, AccountId], _Address]:
    """Return the requesters of all open tickets, each account's by themselves."""
    found: dict[tuple[str, AccountId], _Address] = {}
    for held, account in _open_tickets(store):
        address = normal_email(str(held.ticket.get("requester") or ""))
        if address:
            found.setdefault((address, account), _Address([], held)).tickets.append(held.ticket.id)
    return found


def _open_tickets(store: Store) -> Iterator[tuple[Held, AccountId]]:
    """Yield every open ticket and its account, if it has one."""
    after = ""
    while rows := store.unmatched(BATCH, after):
        after = rows[-1][0]
        yield from ((held, AccountId("")) for held in store.load(i for i, _ in rows).values())
    after = ""
    while ids := store.account_ids(BATCH, after):
        after = ids[-1]
        for trace, tickets in store.tickets_with(f"account:{i}" for i in ids).items():
            account = AccountId(trace.partition(":")[2])
            for chunk in _chunks(tickets, BATCH):
                yield from ((held, account) for held in store.load(chunk).values())


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _contacts(address: str, directory: Directory) -> tuple[Contact, ...]:
    """Return the contacts with that address; with the address less its plus tag, if there are none."""
    return directory.contacts.get(address) or directory.contacts.get(untagged(address), ())


def _address_line(address: str, known: _Address, account: Account | None) -> dict[str, Any]:
    return {
        "email": address,
        "tickets": len(known.tickets),
        "example": brief_of(known.example),
        "account": account.id if account else "",
        "account_name": account.name if account else "",
    }


def _contact_line(contact: Contact, directory: Directory) -> dict[str, Any]:
    alive = survivor(contact.account, directory.accounts)
    account = directory.accounts.get(alive)
    return {
        "id": contact.id,
        "name": contact.name,
        "account": alive,
        "account_name": account.name if account else "",
    }


def contact_by(store: Store, word: str) -> Sequence[Contact]:
    """Return the contacts with this id, or this e-mail address."""
    address = normal_email(word)
    if address:
        return store.directory([f"email:{address}"]).contacts.get(address, ())
    held: Mapping[RemoteId, Contact] = store.contacts([RemoteId(full_id(word))])
    return tuple(held.values())
