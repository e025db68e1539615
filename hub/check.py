"""
`hub mappings check`: what is wrong with the mapping files, what drifted, and what a hand-over loses.

Pure: files and schemas in, a report out, which is plain data and prints as text, or as a page
(`hub.check_page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from hub.hops import WORTH, Arrival, Hop, Side, hop
from hub.lens import Dialect
from hub.lenses import Choice
from hub.mapping.bind import try_bind
from hub.mapping.laws import broken_laws
from hub.mapping.load import MappingFile
from hub.mapping.rules import Mapping as FieldMapping
from hub.mapping.rules import Rule
from hub.model import System
from hub.problems import Problem
from hub.registers import CUSTOM, find, label_of
from hub.schema import Schema


class AccountField(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the CRM's account: what the hub reads there, or what it shows there."""

    register: str
    label: str
    field: str
    shown: bool
    """The hub writes it; else it reads it."""
    as_: str = msgspec.field(default="", name="as")
    detail: str = ""


class Accounts(msgspec.Struct, frozen=True):
    """What goes between the hub and the accounts of the system where these are at home."""

    system: System
    fields: tuple[AccountField, ...]

    @property
    def read(self) -> tuple[AccountField, ...]:
        return tuple(f for f in self.fields if not f.shown)

    @property
    def shown(self) -> tuple[AccountField, ...]:
        return tuple(f for f in self.fields if f.shown)


class Report(msgspec.Struct, frozen=True):
    """Everything that `hub mappings check` has to say."""

    problems: tuple[Problem, ...]
    hops: tuple[Hop, ...]
    mappings: int = 0
    accounts: Accounts | None = None

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    def to_json(self) -> dict[str, object]:
        """Return the report as plain data."""
        said: dict[str, object] = {
            "ok": not self.errors,
            "summary": counted(self),
            "problems": [
                {**msgspec.to_builtins(p.place), "severity": p.severity, "message": p.message}
                for p in self.problems
            ],
            "hops": [
                {
                    "from": hop.origin,
                    "to": hop.destination,
                    "score": hop.score,
                    "context_native": round(hop.natively, 3),
                    "context_arrives": round(hop.at_all, 3),
                    "registers": msgspec.to_builtins(hop.arrivals),
                }
                for hop in self.hops
            ],
        }
        if self.accounts is not None:
            said["accounts"] = msgspec.to_builtins(self.accounts)
        return said


def check(
    files: Iterable[MappingFile],
    schemas: Mapping[str, Schema],
    dialects: Mapping[str, Dialect],
    accounts: tuple[MappingFile, Schema] | None = None,
) -> Report:
    """
    Return what is wrong, what breaks a lens law, and the loss ledger of every hop between the systems.

    `accounts` is the file about accounts, and what these are like in the system where they are at home.
    """
    problems: list[Problem] = []
    sides: list[Side] = []
    listed = list(files)
    for file in listed:
        mapping = _bound(file, schemas[file.system], dialects, problems)
        if mapping is not None:
            sides.append(Side(mapping, schemas[file.system]))
    if accounts is not None:
        about, home = accounts
        bound = _bound(about, home, dialects, problems)
        rules = bound.rules if bound is not None else ()
        sides = [
            replace(s, accounts=rules, account_schema=home) if s.system == about.system else s for s in sides
        ]
    problems += _customs(listed)
    problems += _strangers(sides)
    crm = next((side for side in sides if side.accounts), None)
    hops = [hop(a, b, crm) for a in sides for b in sides if a is not b]
    counted = len(listed) + (accounts is not None)
    return Report(tuple(sorted(set(problems))), tuple(hops), counted, _accounts(crm))


def _bound(
    file: MappingFile, schema: Schema, dialects: Mapping[str, Dialect], problems: list[Problem]
) -> FieldMapping | None:
    """Bind a file and try the laws; what is wrong is added to the problems."""
    mapping, found = try_bind(file, schema, dialects[file.system])
    problems += found
    if mapping is not None:
        problems += broken_laws(mapping)
    return mapping


def _customs(files: Sequence[MappingFile]) -> list[Problem]:
    """A custom register must be of one kind, whichever file maps it."""
    first: dict[str, tuple[MappingFile, str]] = {}
    found: list[Problem] = []
    for file in files:
        for name, register in file.registers.items():
            if not name.startswith(CUSTOM):
                continue
            other, kind = first.setdefault(name, (file, register.kind))
            if kind != register.kind:
                place = file.marked.at("fields", name, "as")
                found.append(
                    Problem(place, f"`{name}` is a {kind} in {other.file} and a {register.kind} here")
                )
    return found


def _strangers(sides: Sequence[Side]) -> list[Problem]:
    """Values of an open choice that one file reads must be writable by the others."""
    found: list[Problem] = []
    for origin in sides:
        for rule in (*origin.mapping.rules, *origin.known):
            register = find(rule.register)
            if not rule.reads or rule.as_ != "choice" or (register and register.options):
                continue
            for other in sides:
                there = other.mapping.rule(rule.register)
                if other is origin or there is None or not there.writes or there.as_ != "choice":
                    continue
                missing = [v for v in _said(rule) if v not in there.order]
                if missing:
                    lines = ", ".join(f"`{v}: …`" for v in missing)
                    said = f"{origin.system} can say {', '.join(missing)}; add {lines} to `write`"
                    found.append(Problem(there.place, said, "warning"))
    return found


def _said(rule: Rule) -> tuple[str, ...]:
    """Return the values that a choice can be read as."""
    lens = rule.lens
    return tuple(dict.fromkeys(lens.to_hub.values())) if isinstance(lens, Choice) else rule.order


def _accounts(crm: Side | None) -> Accounts | None:
    if crm is None or crm.account_schema is None:
        return None
    schema = crm.account_schema
    fields = tuple(
        AccountField(
            rule.register,
            label_of(rule.register),
            schema.fields[rule.field].name,
            rule.writes,
            rule.as_,
            _room(schema.fields[rule.field].limit) if rule.writes else "",
        )
        for rule in crm.accounts
    )
    return Accounts(crm.system, fields)


def _room(limit: int | None) -> str:
    return f"up to {limit:,} characters" if limit else ""


# text -----------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """Return the report for people."""
    lines = [*map(str, report.problems), f"{counted(report)}."]
    for one in report.hops:
        lines += ["", *_hop_lines(one)]
    if report.accounts is not None:
        lines += ["", *_account_lines(report.accounts)]
    return "\n".join(lines) + "\n"


def counted(report: Report) -> str:
    """Return how many files were looked at, and how much is wrong with them."""
    errors = len(report.errors)
    warnings = len(report.problems) - errors
    counts = f"{many(errors, 'error')}, {many(warnings, 'warning')}"
    return f"{many(report.mappings, 'mapping file')}: {counts if report.problems else 'no problems'}"


def many(count: int, word: str) -> str:
    """Return a count with its word."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _hop_lines(one: Hop) -> list[str]:
    title = f"{one.origin} → {one.destination}: score {one.score} of 100"
    if not one.counted:
        title = f"{one.origin} → {one.destination}: context is kept from customers"
    share = f"context in fields of its own {one.natively:.0%}, arriving at all {one.at_all:.0%}"
    wide = max((len(a.label) for a in one.arrivals), default=0)
    order = list(WORTH)
    rows = [
        f"  {a.label:<{wide}}  {a.how:<9}  {_where(a)}".rstrip()
        for a in sorted(one.arrivals, key=lambda a: order.index(a.how))
        if a.how != "withheld"
    ]
    return [title, *([f"  {share}"] if one.counted else []), *rows]


def _where(arrival: Arrival) -> str:
    field = "" if arrival.how == "block" else arrival.field  # the detail says so
    return " · ".join(part for part in (field, arrival.detail) if part)


def _account_lines(accounts: Accounts) -> list[str]:
    wide = max(len(f.label) for f in accounts.fields)
    rows = [
        f"  {f.label:<{wide}}  {'shown as' if f.shown else 'read from'}  {f.field}" for f in accounts.fields
    ]
    return [f"accounts of {accounts.system}", *rows]
