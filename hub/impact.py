"""
What a shared issue costs whom: numbers over the tickets behind it, each with the tickets it is made of.

Pure, and the same for the same tickets in any order. A customer with five tickets is one customer,
and pays once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from hub.aggregate import total
from hub.model import Ticket, TicketId, Value
from hub.registers import REGISTERS

_WEEK = 7
_TIERS = ("starter", "business", "enterprise")


class Figure(NamedTuple):
    """A value, and the tickets that it was taken from."""

    value: Value
    tickets: tuple[TicketId, ...]


class Customer(msgspec.Struct, frozen=True):
    """One account behind an issue. Where its tickets disagree, the most telling value counts."""

    key: str
    name: str
    """Empty: no ticket of theirs says it."""
    tickets: tuple[TicketId, ...]
    tier: str = ""
    arr: float | None = None
    """A year, in `currency`."""
    currency: str = ""
    reported: float | None = None
    """A year, in the currency in which sums are shown."""
    renewal: str = ""


class Trend(NamedTuple):
    """How many of the tickets came within the week up to the newest one."""

    recent: int
    of: int
    day: str


class Impact(msgspec.Struct, frozen=True):
    """What stands behind an issue."""

    customers: tuple[Customer, ...]
    """By what they pay, the most first."""
    nameless: tuple[TicketId, ...] = ()
    """Tickets of which nobody knows whose they are."""
    arr: float | None = None
    """Of all customers that can be added up, each once."""
    currency: str = ""
    """Of `arr`; empty: the one in which sums are shown."""
    uncounted: tuple[Customer, ...] = ()
    """Customers whose revenue could not be added to the others'."""
    renewal: Figure | None = None
    tier: Figure | None = None
    sla: Figure | None = None
    users: Figure | None = None
    trend: Trend | None = None


def impact_of(tickets: Sequence[Ticket], tiers: Sequence[str] = ()) -> Impact:
    """Return the figures; `tiers` ranks the tiers from least to most."""
    ordered = sorted(tickets, key=lambda t: natural(t.id))
    ranks = tiers or REGISTERS["account.tier"].options or _TIERS
    customers = customers_of(ordered, ranks)
    counted, currency = _addable(customers)
    paid = [amount for amount in counted.values() if amount is not None]
    return Impact(
        customers=tuple(customers),
        nameless=tuple(t.id for t in ordered if not account_of(t)),
        arr=total(paid) if paid else None,
        currency=currency,
        uncounted=tuple(c for c in customers if c.arr is not None and counted[c.key] is None),
        renewal=_extreme(ordered, "account.renewal_date", min),
        tier=_extreme(ordered, "account.tier", max, lambda v: _rank(v, ranks)),
        sla=_extreme(ordered, "sla.due", min),
        users=_users(ordered),
        trend=_trend(ordered),
    )


def customers_of(tickets: Sequence[Ticket], tiers: Sequence[str] = ()) -> list[Customer]:
    """Return whose these tickets are, as far as anybody knows, the most worth first."""
    by_account: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_account.setdefault(account_of(ticket), []).append(ticket)
    ranks = tiers or REGISTERS["account.tier"].options or _TIERS
    named = (_customer(key, own, ranks) for key, own in by_account.items() if key)
    return sorted(named, key=_by_worth)


def account_of(ticket: Ticket) -> str:
    """Return what makes two tickets the same customer's: the account's key, else its name."""
    return str(ticket.get("account.key") or ticket.get("account.id") or ticket.get("account.name") or "")


def natural(ticket: TicketId) -> tuple[str, str]:
    """`zendesk:9` stands before `zendesk:10`."""
    system, _, name = ticket.rpartition(":")
    return system, name.rjust(20, "0")


# one customer -----------------------------------------------------------------------------------


def _customer(key: str, tickets: Sequence[Ticket], ranks: Sequence[str]) -> Customer:
    names = sorted({str(name) for t in tickets if (name := t.get("account.name"))})
    tier = _extreme(tickets, "account.tier", max, lambda v: _rank(v, ranks))
    renewal = _extreme(tickets, "account.renewal_date", min)
    pays = _most(tickets, "account.arr")
    return Customer(
        key=key,
        name=names[0] if names else "",
        tickets=tuple(t.id for t in tickets),
        tier=str(tier.value) if tier else "",
        arr=pays[0] if pays else None,
        currency=pays[1] if pays else "",
        reported=reported[0] if (reported := _most(tickets, "account.arr_reported")) else None,
        renewal=str(renewal.value) if renewal else "",
    )


def _most(tickets: Sequence[Ticket], register: str) -> tuple[float, str] | None:
    """Return the greatest amount that a ticket names, and its currency there."""
    named = [
        (amount, str(t.get("account.currency") or ""))
        for t in tickets
        if isinstance(amount := t.get(register), (int, float)) and not isinstance(amount, bool)
    ]
    return max(named, default=None)


def _by_worth(customer: Customer) -> tuple[float, str, str]:
    worth = customer.reported if customer.reported is not None else customer.arr or 0
    return -worth, customer.name, customer.key


def _addable(customers: Sequence[Customer]) -> tuple[Mapping[str, float | None], str]:
    """
    Return what of each customer's revenue can be added, and its currency.

    Where nothing is reported in one currency, the customers' own serves, if they have but one.
    """
    if any(c.reported is not None for c in customers):
        # Where every sum that was reported is as it was in one currency, that currency has a name.
        unconverted = {c.currency for c in customers if c.reported is not None}
        same = all(c.reported == c.arr for c in customers if c.reported is not None)
        only = unconverted.pop() if len(unconverted) == 1 and same else ""
        return {c.key: c.reported for c in customers}, only
    currencies = {c.currency for c in customers if c.arr is not None}
    if len(currencies) > 1:
        return {c.key: None for c in customers}, ""
    return {c.key: c.arr for c in customers}, next(iter(currencies), "")


# figures ----------------------------------------------------------------------------------------


def _extreme(
    tickets: Sequence[Ticket],
    register: str,
    best: Callable[..., Value],
    rank: Callable[[Value], object] = lambda v: v,
) -> Figure | None:
    values = {t.id: value for t in tickets if isinstance(value := t.get(register), str) and value}
    if not values:
        return None
    chosen = best(sorted(set(values.values())), key=rank)
    return Figure(chosen, tuple(ticket for ticket, value in values.items() if value == chosen))


def _rank(value: Value, ranks: Sequence[str]) -> int:
    """A tier that nobody ranked stands below the others."""
    return ranks.index(value) if isinstance(value, str) and value in ranks else -1


def _users(tickets: Sequence[Ticket]) -> Figure | None:
    named = {
        t.id: users
        for t in tickets
        if isinstance(users := t.get("impact.affected_users"), (int, float)) and users
    }
    return Figure(total([*named.values()]), tuple(named)) if named else None


def _trend(tickets: Sequence[Ticket]) -> Trend | None:
    days = [day for t in tickets if (day := came(t)) is not None]
    if len(days) < 2:  # noqa: PLR2004
        return None
    newest = max(days)
    return Trend(sum((newest - day).days < _WEEK for day in days), len(days), newest.isoformat())


def came(ticket: Ticket) -> date | None:
    """Return the day of the first that is known of a ticket: a comment, or a value's coming."""
    heard = [c.created_at for c in ticket.comments.values()] + [o.at for o in ticket.origins.values()]
    try:
        return date.fromisoformat(min(at for at in heard if at)[:10])
    except ValueError:
        return None
