"""What the CRM's fields say of an account, and what they should show of its support. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from hub.account import Account, AccountId, AccountSeen, Contact, ContactSeen, Trace
from hub.fingerprint import fingerprint
from hub.identity import account_traces, domain_problems
from hub.lens import Unreadable, Unwritable, write
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.merge import empty, same
from hub.model import Json, Ticket, Value
from hub.money import Money
from hub.names import normal_email
from hub.records import Held, Score
from hub.support import account_context

CURRENCY = "account.currency"


class Taken(NamedTuple):
    """An account as it is to be held, and its own traces."""

    account: Account
    traces: frozenset[Trace]


def take(seen: AccountSeen, mapping: FieldMapping, money: Money | None, held: Account | None = None) -> Taken:
    """
    Return the account that was seen; what of it cannot be read or used stands in its `problems`.

    `held`: as it was until now. What a field said that is not shown any more stays: hidden is not empty.
    """
    registers: dict[str, Value] = {}
    problems: list[str] = []
    raw = seen.raw or {}
    for rule in mapping.rules:
        if not rule.reads:
            continue
        if rule.field not in raw:
            before = held.registers.get(rule.register) if held is not None and seen.raw is not None else None
            if before is not None and rule.register != CURRENCY:
                registers[rule.register] = before
                problems.append(
                    f"{rule.lens.field} is not shown to us any more ({rule.place}); the last value stands"
                )
            continue
        try:
            value = rule.lens.read(raw[rule.field])
        except Unreadable as unreadable:
            problems.append(str(unreadable))
            continue
        if not empty(value):
            registers[rule.register] = value
    registers.setdefault("account.name", seen.name or None)
    currency = mapping.rule(CURRENCY)
    if money is not None and currency is not None and currency.field not in raw:
        registers["account.currency"] = money.currency  # all accounts pay in one, and nobody says which
    merged = AccountId(seen.gone.into or "") if seen.gone else AccountId("")
    account = Account(
        id=AccountId(seen.remote_id),
        system=seen.system,
        name=seen.name,
        url=seen.url,
        registers={name: value for name, value in sorted(registers.items()) if value is not None},
        parent=AccountId(seen.parent),
        gone=seen.gone is not None,
        merged_into=merged,
        shown={r.field: fingerprint(raw[r.field]) for r in mapping.rules if r.writes and r.field in raw},
        problems=(*problems, *domain_problems(seen.domains), *_money_problem(registers, money)),
    )
    if merged:  # an organisation that carries the old id still finds the account that is left
        return Taken(account, account_traces(replace(account, name=""), (), ()))
    own = account_traces(account, seen.domains, seen.external)
    return Taken(account, own if seen.gone is None else frozenset())


def _money_problem(registers: Mapping[str, Value], money: Money | None) -> list[str]:
    if money is None:
        return []
    said = replace(money, several=True).problem(
        registers.get("account.arr"), registers.get("account.currency")
    )
    return [said] if said else []


def known(seen: ContactSeen) -> Contact:
    """Return the contact as it is to be held."""
    email = normal_email(seen.email or "")
    return Contact(seen.remote_id, seen.system, AccountId(seen.account), seen.name, email)


def _later(value: Value, rule: Rule, there: Json) -> Value:
    """The last contact was on a ticket that is solved by now, perhaps: it does not go back in time."""
    try:
        shown = rule.lens.read(there)
    except Unreadable:
        return value
    return max((v for v in (value, shown) if isinstance(v, str)), default=None)


class Showing(NamedTuple):
    """What is to be written on an account, and what it shows then."""

    changes: Mapping[str, Json]
    shown: Mapping[str, Json]
    unwritable: tuple[str, ...]


def showing(
    account: Account,
    tickets: Sequence[Held],
    mapping: FieldMapping,
    now: str,
    rolled: Mapping[str, Value] = MappingProxyType({}),
) -> Showing:
    """
    Return what the account's fields lack of what support knows; nothing where they show it already.

    `rolled`: what the last rescore made of all its tickets, closed ones too (`support.health`).
    """
    pairs: list[tuple[Ticket, Score | None]] = [(held.ticket, held.score) for held in tickets]
    wanted = {**account_context(pairs, now), **rolled}
    changes: dict[str, Json] = {}
    shown = dict(account.shown)
    unwritable: list[str] = []
    for rule in mapping.rules:
        if not rule.writes:
            continue
        value, there = wanted.get(rule.register), account.shown.get(rule.field)
        if rule.register == "support.last_contact":
            value = _later(value, rule, there)
        if empty(value) and empty(there):
            continue
        try:
            raw = write(rule.lens, value, None)
        except Unwritable as refusal:
            unwritable.append(str(refusal))
            continue
        if not same(fingerprint(raw), there):
            changes[rule.field] = raw
            shown[rule.field] = fingerprint(raw)
    return Showing(changes, shown, tuple(unwritable))
