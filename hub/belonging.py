"""
Which account a ticket belongs to, and what it shows of it. Pure.

The CRM is where accounts are at home: what it says of one stands, and what a helpdesk's organisation
says of it fills the gaps. Without a CRM the helpdesk's word is all there is.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hub.account import Account, AccountId
from hub.canary import is_canary
from hub.cluster import Work
from hub.fingerprint import is_digest
from hub.identity import Match, resolve, traces_of
from hub.lenses.raw import spoken
from hub.merge import same
from hub.model import Ticket, Value
from hub.registers import REGISTERS

KEY = "account.key"
SUMMARY = "account.summary"
SUMMARIZED = (
    *("account.name", "account.tier", "account.segment", "account.region", "account.parent", "account.arr"),
    *("account.currency", "account.renewal_date", "account.health", "account.csm", "account.opportunities"),
)
"""What the summary tells."""
_CHOSEN = ("account.id", "account.contact")
"""What people may choose in the CRM, each ticket for itself."""
SHOWN = tuple(r.name for r in REGISTERS.values() if r.group == "account" and r.name not in _CHOSEN)


def belong(work: Work, ticket: Ticket) -> dict[str, Value]:
    """Return the ticket's `account.*` registers, and note its traces."""
    if is_canary(ticket):
        work.traces[ticket.id] = ()
        return {}
    organization = ticket.get("organization.id")
    if work.policy.crm is None:
        told = ticket.registers
        return {KEY: _key(organization), SUMMARY: summary(told), **_reported(work, told)}
    match = _match(work, ticket)
    account = work.cluster.directory.accounts.get(match.account)
    own = (f"account:{match.account}",) if match.account else ()
    # the account of the last time is no trace: only what people say, and what was found now
    told = {**ticket.registers, "account.id": None}
    # one that was chosen and is not read yet finds this ticket by its id when it is
    named = (f"external:{match.trace.partition(':')[2]}",) if match.how == "crm" and match.trace else ()
    work.traces[ticket.id] = tuple(sorted({*traces_of(told), *own, *named}))
    found = {name: _register(work, ticket, account, name) for name in SHOWN}
    # what a person chose stands as they chose it, read or not, merged or not: the CRM moves it on itself
    found["account.id"] = ticket.get("account.id") if match.how == "crm" else match.account or None
    found["account.contact"] = _contact(work, ticket, match)
    found[KEY] = _key(match.account or organization)
    found[SUMMARY] = summary(found)
    return found | _reported(work, found, several=account is not None and "account.arr" in account.registers)


def summary(registers: Mapping[str, Value]) -> Value:
    """Return what is known of the account, for people who see no more of it than this."""

    def told(name: str) -> str:
        return str(spoken(registers.get(f"account.{name}")) or "")

    arr = registers.get("account.arr")
    money = f"{arr:,} {told('currency')}".strip() if isinstance(arr, (int, float)) and arr else ""
    head = ", ".join(s for s in (told("tier"), told("segment"), told("region")) if s)
    lines = [
        f"{told('name')} ({head})" if head else told("name"),
        f"Part of {told('parent')}" if told("parent") else "",
        f"Pays {money} a year" if money else "",
        f"Renews on {told('renewal_date')}" if told("renewal_date") else "",
        f"Health: {told('health')}" if told("health") else "",
        f"Customer success manager: {told('csm')}" if told("csm") else "",
        f"Opportunities: {told('opportunities')}" if told("opportunities") else "",
    ]
    return "\n".join(line for line in lines if line) if told("name") else None


def _match(work: Work, ticket: Ticket) -> Match:
    chosen = AccountId(str(ticket.get("account.id") or ""))
    said = _chosen_by_people(work, ticket, "account.id")
    if said and not chosen:
        return Match(AccountId(""), how="crm")  # a person took the account away
    return resolve(ticket.registers, chosen if said else AccountId(""), work.cluster.directory)


def _chosen_by_people(work: Work, ticket: Ticket, register: str) -> bool:
    origin = ticket.origins.get(register)
    return origin is not None and origin.system == work.policy.crm


def _contact(work: Work, ticket: Ticket, match: Match) -> Value:
    if _chosen_by_people(work, ticket, "account.contact"):
        return ticket.get("account.contact")
    if match.how == "crm" and not match.contact:
        return ticket.get("account.contact")  # who moved the ticket to another account left its contact
    return match.contact or None


def _register(work: Work, ticket: Ticket, account: Account | None, name: str) -> Value:
    value = account.registers.get(name) if account is not None else None
    return _said_elsewhere(work, ticket, name) if value is None else value


def _said_elsewhere(work: Work, ticket: Ticket, name: str) -> Value:
    """Return what a side shows of the customer, that shows it only."""
    for replica, link in work.live(ticket.id):
        rule = work.policy.mappings[replica.system].rule(name)
        agreed = link.shadow.registers.get(name)
        if rule is not None and rule.reads and not rule.writes and agreed is not None:
            held = ticket.get(name)  # of a long value the shadow has a digest only
            return held if same(held, agreed.value) else None if is_digest(agreed.value) else agreed.value
    return None


def _key(name: Value) -> Value:
    return str(name) if name else None


def _reported(work: Work, registers: Mapping[str, Value], *, several: bool = False) -> dict[str, Value]:
    """Return what the account pays, in the one currency in which sums are shown."""
    amount, currency = registers.get("account.arr"), registers.get("account.currency")
    if not isinstance(amount, (int, float)) or work.policy.money is None:
        return {"account.arr_reported": amount}
    money = replace(work.policy.money, several=several)
    return {"account.arr_reported": money.reported(amount, currency)}
