"""
`hub mappings check`: what is wrong with the mapping files, what drifted, and what a hand-over loses.

Pure: files and schemas in, a report out, which is plain data and prints as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from hub.lens import Dialect
from hub.lenses import Number, Text
from hub.lenses.text import Long
from hub.lenses.text import Markdown as MarkdownLens
from hub.mapping.bind import try_bind
from hub.mapping.laws import broken_laws
from hub.mapping.load import MappingFile
from hub.mapping.rules import Mapping as FieldMapping
from hub.mapping.rules import Rule
from hub.model import System
from hub.problems import Problem
from hub.registers import CUSTOM, find, is_context, label_of
from hub.schema import Schema

How: TypeAlias = Literal["native", "cut", "retyped", "block", "copy only", "dropped"]
_WORTH: Mapping[How, float] = {
    "native": 1.0,
    "cut": 0.9,
    "retyped": 0.8,
    "block": 0.7,
    "copy only": 0.4,
    "dropped": 0.0,
}
_ENDLESS = 65_535
"""A text field whose own limit nobody states is taken to hold this many characters."""
_NEVER_BLOCKED = {"description", "subject", "status", "tags", "engineer"}
# What the hub knows by comparing sides needs no field: it is shown by the link itself.
_OF_THE_HUB = {"context.block", "context.copy", "handoff.state", "tickets.count", "engineering.issues"}


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one register of the origin arrives at the destination."""

    register: str
    label: str
    how: How
    detail: str = ""
    field: str = ""


class Hop(msgspec.Struct, frozen=True):
    """The loss ledger of one hand-over: every register that the origin can hold."""

    origin: System
    destination: System
    arrivals: tuple[Arrival, ...]

    @property
    def context(self) -> tuple[Arrival, ...]:
        return tuple(a for a in self.arrivals if is_context(a.register))

    @property
    def natively(self) -> float:
        """The share of context registers that arrive in a field of their own."""
        return _share(self.context, {"native", "cut", "retyped"})

    @property
    def at_all(self) -> float:
        """The share of context registers that arrive in any form."""
        return _share(self.context, set(_WORTH) - {"dropped"})

    @property
    def score(self) -> int:
        """0 to 100: a field of its own counts full, the block and the copy in part."""
        worth = [_WORTH[a.how] for a in self.context]
        return round(100 * sum(worth) / len(worth)) if worth else 100


def _share(arrivals: Sequence[Arrival], how: set[How]) -> float:
    return sum(a.how in how for a in arrivals) / len(arrivals) if arrivals else 1.0


class Report(msgspec.Struct, frozen=True):
    """Everything that `hub mappings check` has to say."""

    problems: tuple[Problem, ...]
    hops: tuple[Hop, ...]
    mappings: int = 0

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    def to_json(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {
            "ok": not self.errors,
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


def check(
    files: Iterable[MappingFile], schemas: Mapping[str, Schema], dialects: Mapping[str, Dialect]
) -> Report:
    """Return what is wrong, what breaks a lens law, and the loss ledger of every hop between the systems."""
    problems: list[Problem] = []
    bound: list[FieldMapping] = []
    listed = list(files)
    for file in listed:
        mapping, found = try_bind(file, schemas[file.system], dialects[file.system])
        problems += found
        if mapping is not None:
            bound.append(mapping)
            problems += broken_laws(mapping)
    problems += _customs(listed)
    problems += _strangers(bound)
    hops = [hop(a, b, schemas[b.system]) for a in bound for b in bound if a.system != b.system]
    return Report(tuple(sorted(set(problems))), tuple(hops), len(listed))


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


def _strangers(mappings: Sequence[FieldMapping]) -> list[Problem]:
    """Values of an open choice that one file reads must be writable by the others."""
    found: list[Problem] = []
    for origin in mappings:
        for rule in origin.rules:
            register = find(rule.register)
            if not rule.reads or rule.as_ != "choice" or (register and register.options):
                continue
            for other in mappings:
                there = other.rule(rule.register)
                if other is origin or there is None or not there.writes or there.as_ != "choice":
                    continue
                missing = [v for v in rule.order if v not in there.order]
                if missing:
                    lines = ", ".join(f"`{v}: …`" for v in missing)
                    said = f"{origin.system} can say {', '.join(missing)}; add {lines} to `write`"
                    found.append(Problem(there.place, said, "warning"))
    return found


# the loss ledger ------------------------------------------------------------------------------


def hop(origin: FieldMapping, destination: FieldMapping, schema: Schema) -> Hop:
    """Return what becomes of every register that the origin shows, at the destination."""
    read = [rule for rule in origin.rules if rule.reads and rule.register not in _OF_THE_HUB]
    arrivals = tuple(_arrival(rule, destination, schema) for rule in read)
    return Hop(origin.system, destination.system, arrivals)


def _arrival(rule: Rule, there: FieldMapping, schema: Schema) -> Arrival:
    name, label = rule.register, label_of(rule.register)
    own = there.rule(name)
    if own is not None and own.writes:
        how, detail = _natively(rule, own)
        return Arrival(name, label, how, detail, schema.fields[own.field].name)
    if own is not None:
        return Arrival(name, label, "dropped", f"not written there (`direction: read`, {own.place})")
    if there.rest == "block" and name not in {*_NEVER_BLOCKED, "account.id", "needs_engineering"}:
        return Arrival(name, label, "block", "in the context block, and in the machine copy")
    if is_context(name) and there.rule("context.copy") is not None:
        return Arrival(name, label, "copy only", "in the machine copy; people do not see it")
    return Arrival(name, label, "dropped", "no field, no context block, no copy")


def _natively(rule: Rule, own: Rule) -> tuple[How, str]:
    """Compare two fields that show one register: what can the second not keep of the first?"""
    lossy = getattr(own.lens, "lossy", frozenset[str]())
    if lossy:
        return "retyped", f"{', '.join(sorted(lossy))} look like a neighbour there"
    kinds = {own.kind, own.as_} - {"long", "text", "markdown"}
    if own.as_ in {"text", "long"} and kinds:
        return "retyped", f"a {own.kind} shown as text"
    shared = f"over several tickets: {own.many}" if own.many not in {None, "first"} else ""
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


# text -----------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """Return the report for people."""
    lines = [str(p) for p in report.problems]
    errors = len(report.errors)
    warnings = len(report.problems) - errors
    counts = f"{_many(errors, 'error')}, {_many(warnings, 'warning')}"
    said = counts if report.problems else "no problems"
    lines.append(f"{_many(report.mappings, 'mapping file')}: {said}.")
    for one in report.hops:
        lines += ["", *_hop_lines(one)]
    return "\n".join(lines) + "\n"


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _hop_lines(one: Hop) -> list[str]:
    title = f"{one.origin} → {one.destination}: score {one.score} of 100"
    share = f"context in fields of its own {one.natively:.0%}, arriving at all {one.at_all:.0%}"
    wide = max((len(a.label) for a in one.arrivals), default=0)
    order = list(_WORTH)
    rows = [
        f"  {a.label:<{wide}}  {a.how:<9}  {_where(a)}".rstrip()
        for a in sorted(one.arrivals, key=lambda a: order.index(a.how))
    ]
    return [title, f"  {share}", *rows]


def _where(arrival: Arrival) -> str:
    return " · ".join(part for part in (arrival.field, arrival.detail) if part)
