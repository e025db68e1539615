"""
The loss ledger of a hand-over, as the mapping files make it: what arrives at the other side, and how.

Pure. What was in fact lost, on which ticket, is in the store (`hub.records.Loss`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from hub.belonging import SUMMARIZED
from hub.lenses import Number, Text
from hub.lenses.text import Long
from hub.lenses.text import Markdown as MarkdownLens
from hub.mapping.rules import Mapping as FieldMapping
from hub.mapping.rules import Rule
from hub.model import System
from hub.registers import BESIDE, find, is_context, label_of
from hub.schema import Schema

How: TypeAlias = Literal["native", "at home", "cut", "retyped", "block", "copy only", "withheld", "dropped"]
WORTH: Mapping[How, float] = {
    "native": 1.0,
    "at home": 1.0,
    "cut": 0.9,
    "retyped": 0.8,
    "block": 0.7,
    "copy only": 0.4,
    "withheld": 0.0,
    "dropped": 0.0,
}
"""What each way to arrive counts, from best to worst."""
OWN_FIELD: frozenset[How] = frozenset({"native", "at home", "cut", "retyped"})
_ENDLESS = 65_535
"""A text field whose own limit nobody states is taken to hold this many characters."""
# The block tells people the context; these belong to it too, or mean nothing to them (`hub.context`).
_TECHNICAL = {"account.id", "account.contact", "needs_engineering"}
# What the hub knows by comparing sides needs no field: it is shown by the link itself, or the account.
_OF_THE_HUB = {"context.block", "context.copy", "handoff.state", "tickets.count", "engineering.issues"}
_MEANS = "organization."
"""By these an account is found; nobody reads them elsewhere."""
_SHOWN_AS = {"account.arr": ("account.arr_reported", "in one currency (`money` in policy.yaml)")}
"""What a field may show in the place of a register, and in which form."""

_OVER: Mapping[str | None, str] = {
    "sum": "their sum",
    "max": "the highest",
    "min": "the lowest",
    "earliest": "the earliest",
    "latest": "the latest",
    "union": "all of them",
    "count": "how many",
    "list": "each in turn",
}
"""What is shown where several tickets share a replica, in words."""


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one register of the origin arrives at the destination."""

    register: str
    label: str
    how: How
    detail: str = ""
    field: str = ""
    """Where it is shown at the destination, as people call it there."""
    read: str = ""
    """Where it is read."""
    source: str = ""
    """The system where it is read, if not the origin: the account's home."""
    of_account: bool = False
    """It is read from the account, not from the replica."""


class Hop(msgspec.Struct, frozen=True):
    """The loss ledger of one hand-over: every register that is known of a ticket at the origin."""

    origin: System
    destination: System
    arrivals: tuple[Arrival, ...]

    @property
    def context(self) -> tuple[Arrival, ...]:
        return tuple(a for a in self.arrivals if is_context(a.register))

    @property
    def counted(self) -> tuple[Arrival, ...]:
        """The context, but for what is kept from customers on purpose: that is no loss."""
        return tuple(a for a in self.context if a.how != "withheld")

    @property
    def natively(self) -> float:
        """The share of context registers that arrive in a field of their own."""
        return _share(self.counted, OWN_FIELD)

    @property
    def at_all(self) -> float:
        """The share of context registers that arrive in any form."""
        return _share(self.counted, frozenset(WORTH) - {"dropped"})

    @property
    def score(self) -> int:
        """0 to 100: a field of its own counts full, the block and the copy in part."""
        worth = [WORTH[a.how] for a in self.counted]
        return round(100 * sum(worth) / len(worth)) if worth else 100


def _share(arrivals: Sequence[Arrival], how: frozenset[How]) -> float:
    return sum(a.how in how for a in arrivals) / len(arrivals) if arrivals else 1.0


@dataclass(frozen=True)
class Side:
    """One system's mapping, with the rules on its accounts if these are at home there."""

    mapping: FieldMapping
    schema: Schema
    accounts: tuple[Rule, ...] = ()
    account_schema: Schema | None = None

    @property
    def system(self) -> System:
        return self.mapping.system

    @property
    def known(self) -> tuple[Rule, ...]:
        """What is read of an account here."""
        return tuple(rule for rule in self.accounts if rule.reads)

    def name(self, rule: Rule) -> str:
        """Return what people call the field of one of these rules."""
        of_account = self.account_schema if rule in self.accounts else None
        return (of_account or self.schema).fields[rule.field].name


def hop(origin: Side, destination: Side, crm: Side | None = None) -> Hop:
    """
    Return what becomes of every register that is known of a ticket at the origin, at the destination.

    With a CRM, whatever is known of the account comes from there, wherever the ticket began.
    """
    read = {
        rule.register: (origin, rule)
        for rule in origin.mapping.rules
        if rule.reads and rule.register not in _OF_THE_HUB and not rule.register.startswith(_MEANS)
    }
    read |= {rule.register: (crm, rule) for rule in crm.known} if crm else {}
    arrivals = tuple(
        msgspec.structs.replace(
            _arrival(rule, destination, crm),
            read=side.name(rule),
            source="" if side is origin else str(side.system),
            of_account=rule in side.accounts,
        )
        for side, rule in read.values()
    )
    return Hop(origin.system, destination.system, arrivals)


def _arrival(rule: Rule, there: Side, crm: Side | None) -> Arrival:
    name, label = rule.register, label_of(rule.register)
    own = there.mapping.rule(name)
    if own is not None and own.creates:
        how, detail = _natively(rule, own)
        once = "" if own.writes else "set when it is created there, and not changed later"
        return Arrival(name, label, how, "; ".join(filter(None, (detail, once))), there.name(own))
    home = _at_home(name, there, crm)
    if home is not None:
        where = "this is the account itself" if home in there.accounts else "this is where it comes from"
        return Arrival(name, label, "at home", where, there.name(home))
    instead, form = _SHOWN_AS.get(name, ("", ""))
    other = there.mapping.rule(instead)
    if other is not None and other.writes:
        return Arrival(name, label, "retyped", form, there.name(other))
    return _without_field(name, label, there)


def _at_home(name: str, there: Side, crm: Side | None) -> Rule | None:
    """Return the rule by which a register is read at its home, if that is there: nobody need write it."""
    account = next((rule for rule in there.known if rule.register == name), None)
    if account is not None:
        return account
    own, register = there.mapping.rule(name), find(name)
    if own is None or register is None:
        return None
    if register.group == "account":
        return own if crm is not None and there.system == crm.system else None
    return None if register.editable else own


def _without_field(name: str, label: str, there: Side) -> Arrival:
    mapping = there.mapping
    own = mapping.rule(name)
    why = f"; `{there.name(own)}` is only read there ({own.place})" if own else ""
    summary = mapping.rule("account.summary")
    if summary is not None and summary.writes and name in SUMMARIZED:
        return Arrival(name, label, "block", "a line of the account at a glance", there.name(summary))
    if mapping.rest == "withhold":
        return Arrival(name, label, "withheld", "customers read this side, so it is kept from them")
    copied = is_context(name) and mapping.rule("context.copy") is not None
    block = mapping.rule("context.block")
    told = (is_context(name) or name in BESIDE) and name not in _TECHNICAL
    if mapping.rest == "block" and block is not None and told:
        also = ", and in the machine copy" if copied else ""
        return Arrival(name, label, "block", f"in the context block{also}{why}", there.name(block))
    if copied:
        return Arrival(name, label, "copy only", f"in the machine copy; people do not see it{why}")
    return Arrival(name, label, "dropped", why[2:] or "no field, no context block, no copy")


_A = {"labels": "a set of words", "instant": "a date and time", "reference": "the names of issues"}


def _natively(rule: Rule, own: Rule) -> tuple[How, str]:
    """Compare two fields that show one register: what can the second not keep of the first?"""
    lossy = getattr(own.lens, "lossy", frozenset[str]())
    if lossy:
        look = "looks" if len(lossy) == 1 else "look"
        return "retyped", f"{', '.join(sorted(lossy))} {look} like a neighbour there"
    kinds = {own.kind, own.as_} - {"long", "text", "markdown"}
    if own.as_ in {"text", "long"} and kinds:
        return "retyped", f"{_A.get(own.kind, f'a {own.kind}')}, shown as text"
    shared = f"over several tickets: {_OVER[own.many]}" if own.many in _OVER else ""
    places = own.lens.decimals if isinstance(own.lens, Number) else None
    if places is not None and getattr(rule.lens, "decimals", None) is None:
        return "retyped", f"rounded to {places} decimals"
    cut = _shorter(rule, own)
    return ("cut", cut) if cut else ("native", shared)


def _shorter(rule: Rule, own: Rule) -> str:
    here, there = _limit(rule), _limit(own)
    if there is not None and there < (here or _ENDLESS):
        return f"cut at {there:,} characters"
    if isinstance(own.lens, Text) and not isinstance(rule.lens, Text):
        return "lines are joined into one"
    return ""


def _limit(rule: Rule) -> int | None:
    return rule.lens.limit if isinstance(rule.lens, (Text, Long, MarkdownLens)) else None
