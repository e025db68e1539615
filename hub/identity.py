"""
Which account a ticket belongs to: found by traces, never guessed. Pure.

Strong traces go before weak ones, and the first kind of trace that names anything decides. If it
names two accounts, the ticket has none until a person says which: a weaker trace that happens to
name only one of them would be a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.account import Account, AccountId, Directory, Trace
from hub.model import RemoteId, Value
from hub.names import (
    domains_above,
    fold_name,
    full_id,
    is_shared,
    normal_domain,
    normal_email,
    short_id,
    untagged,
)

How: TypeAlias = Literal["crm", "bond", "external", "email", "domain", "name", ""]

_BONDED = ("org", "email", "domain", "external", "name")
"""What people tie to an account, what is narrow first."""
_TOLD: tuple[How, ...] = ("external", "email", "domain", "name")


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    The account of a ticket, and how it was found.

    No account and no candidates: nothing is known of the customer, or (`how` and `trace` are set) a
    person named an account that the hub has not read yet.
    """

    account: AccountId = AccountId("")
    contact: RemoteId = RemoteId("")
    how: How = ""
    candidates: tuple[AccountId, ...] = ()
    """Two or more: the trace is ambiguous, and a person must choose."""
    trace: Trace = ""
    """What decided, or could not."""


# traces ---------------------------------------------------------------------------------------

Chain: TypeAlias = tuple[Trace, ...]
"""Traces of one thing, the strictest first; the first that names anything speaks for all."""


def traces_of(registers: Mapping[str, Value]) -> tuple[Trace, ...]:
    """Return the words by which a ticket's account can be found, sorted."""
    found = {trace for chains in _chains(registers).values() for chain in chains for trace in chain}
    chosen = _word(registers.get("account.id"))
    return tuple(sorted(found | ({f"account:{full_id(chosen)}"} if chosen else set())))


def _chains(registers: Mapping[str, Value]) -> dict[str, list[Chain]]:
    """Return the traces by kind. Chains of one kind count the same: if they disagree, it shows."""
    organization = _word(registers.get("organization.id"))
    external = _word(registers.get("organization.external_id"))
    domains = registers.get("organization.domains")
    name = fold_name(_word(registers.get("organization.name")))
    address = normal_email(_word(registers.get("requester")))
    hosts = {normal_domain(d) for d in domains} if isinstance(domains, tuple) else set[str]()
    hosts.add(address.rpartition("@")[2])
    return {
        "org": [(f"org:zendesk:{organization.removeprefix('zendesk:')}",)] if organization else [],
        # Mail to `ann+shop@…` reaches `ann@…` nearly everywhere; asked only if nobody has the first.
        "email": [_unlike("email", address, untagged(address))] if address else [],
        "external": [_unlike("external", external, full_id(external))] if external else [],
        "domain": [_unlike("domain", *domains_above(host)) for host in sorted(hosts)],
        "name": [(f"name:{name}",)] if name else [],
    }


def _unlike(kind: str, *words: str) -> Chain:
    return tuple(dict.fromkeys(f"{kind}:{word}" for word in words))


def _word(value: Value) -> str:
    if isinstance(value, (bool, tuple)) or value is None:
        return ""
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()


def account_traces(account: Account, domains: Iterable[str], external: Iterable[str]) -> frozenset[Trace]:
    """
    Return the words by which tickets find this account: its ids, its mail domains, its name.

    A domain that many companies share names none of them: `domain_problems` says so.
    """
    ids = {account.id, short_id(account.id), full_id(account.id)}
    ids |= {form for word in external for form in (word.strip(), full_id(word))}
    found = {f"external:{word}" for word in ids if word}
    found |= {f"domain:{d}" for d in map(normal_domain, domains) if d and not is_shared(d)}
    name = fold_name(account.name)
    return frozenset(found | ({f"name:{name}"} if name else set()))


def domain_problems(domains: Iterable[str]) -> tuple[str, ...]:
    """Return, for `Account.problems`, which of its mail domains cannot tell it from others."""
    shared = sorted({d for d in map(normal_domain, domains) if d and is_shared(d)})
    return tuple(
        f"{domain} is a public mail domain that many companies share: it names no account; "
        "take it out of the account's domains"
        for domain in shared
    )


# matching -------------------------------------------------------------------------------------

_Named: TypeAlias = Mapping[Trace, set[AccountId]]
"""Accounts by the trace that names them, none of them empty."""


def resolve(registers: Mapping[str, Value], chosen: AccountId | str, directory: Directory) -> Match:
    """
    Return the ticket's account: what a person chose in the CRM, else by a bond, else by its traces.

    Merges are followed; an account that is gone for good names nothing.
    """
    chains = _chains(registers)
    addresses = [trace.partition(":")[2] for chain in chains["email"] for trace in chain]
    for how, named in _steps(chains, chosen, directory):
        found = sorted(set[AccountId]().union(*named.values()))
        trace = min(named, key=lambda t: (-len(named[t]), t), default="")
        if len(found) > 1:
            return Match(how=how, candidates=tuple(found), trace=trace)
        if found:
            # One that the hub has not read yet is no reason to fall back on what says less.
            account = found[0] if found[0] in directory.accounts else AccountId("")
            own = directory.bonds[trace].contact if how == "bond" else RemoteId("")
            contact = own or _tied(addresses, directory) or _contact(account, addresses, directory)
            return Match(account, contact if account else RemoteId(""), how, trace=trace)
    return Match()


def _steps(
    chains: Mapping[str, list[Chain]], chosen: str, directory: Directory
) -> Iterator[tuple[How, _Named]]:
    """Yield what each kind of trace names, from strong to weak."""
    if chosen:
        trace = f"account:{full_id(chosen)}"
        yield "crm", _telling([(trace,)], lambda _: [AccountId(full_id(chosen))], directory)

    def tied(trace: Trace) -> list[AccountId]:
        return [directory.bonds[trace].account] if trace in directory.bonds else []

    def named(trace: Trace) -> list[AccountId]:
        people = directory.contacts.get(trace.removeprefix("email:"), ()) if trace[:6] == "email:" else ()
        return [*directory.by_trace.get(trace, ()), *(c.account for c in people if c.account)]

    for kind in _BONDED:
        yield "bond", _telling(chains[kind], tied, directory)
    for how in _TOLD:
        yield how, _telling(chains[how], named, directory)


def _telling(
    chains: Iterable[Chain], names: Callable[[Trace], Iterable[AccountId]], directory: Directory
) -> _Named:
    """Return what the first trace of each chain names that names a living account."""
    found: dict[Trace, set[AccountId]] = {}
    for chain in chains:
        for trace in chain:
            alive = _alive(names(trace), directory)
            if alive:
                found[trace] = alive
                break
    return found


def _alive(ids: Iterable[AccountId], directory: Directory) -> set[AccountId]:
    return {s for s in (survivor(one, directory.accounts) for one in ids) if s}


def survivor(account: AccountId, accounts: Mapping[AccountId, Account]) -> AccountId:
    """Follow merges to the account that lives; "" if it is gone for good, or merges go in a circle."""
    passed: set[AccountId] = set()
    while (held := accounts.get(account)) is not None and held.merged_into:
        passed.add(account)
        account = held.merged_into
        if account in passed:
            return AccountId("")
    return AccountId("") if held is not None and held.gone else account


def _tied(addresses: Iterable[str], directory: Directory) -> RemoteId:
    """Return the contact that a person tied one of these addresses to."""
    bonds = (directory.bonds.get(f"email:{address}") for address in addresses)
    return next((bond.contact for bond in bonds if bond is not None and bond.contact), RemoteId(""))


def _contact(account: AccountId, addresses: Iterable[str], directory: Directory) -> RemoteId:
    """Return the one contact of that account with the requester's address; "" if none or several."""
    for address in addresses:
        here = {
            c.id
            for c in directory.contacts.get(address, ())
            if c.account and survivor(c.account, directory.accounts) == account
        }
        if here:
            return here.pop() if len(here) == 1 else RemoteId("")
    return RemoteId("")
