"""
Conditions in mapping files: CEL expressions over a ticket's registers, checked when they are read.

`ticket.<register>` names any register; the account's, the score's and other derived ones can be
named alone (`account.arr`, `score.escalation_risk`). What a ticket does not have counts as the zero
of its kind: 0, false, the empty text, the empty list. Numbers are doubles: write `2.0`, not `2`, in sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.lightcel import cel
from hub.model import Value
from hub.registers import CUSTOM, REGISTERS, Kind, find, nearest

_ALONE = ("account", "score", "sla", "engineering", "handoff", "tickets")
_LITERALS = {"true", "false", "null", "in"}
_MACROS = {"all", "exists", "exists_one", "map", "filter"}
_FUNCTIONS = {
    *("has", "size", "int", "uint", "double", "string", "bool", "timestamp", "duration", "min", "max"),
    *("contains", "startsWith", "endsWith", "matches"),
    *_MACROS,
}
_TOKEN = re.compile(
    r"""(?P<string>[rR]?("([^"\\]|\\.)*"|'([^'\\]|\\.)*'))|(?P<number>\d[\w.]*)"""
    r"""|(?P<name>[A-Za-z_]\w*(\s*\.\s*[A-Za-z_]\w*)*)|(?P<mark>[^\s\w])"""
)
_ZERO: Mapping[Kind, Any] = {"number": 0.0, "flag": False, "labels": [], "reference": []}
_SOME: Mapping[Kind, Any] = {"number": 1.0, "flag": True, "labels": ["a"], "reference": ["A-1"]}


class ConditionRefused(ValueError):
    """A condition cannot be used. `faults` holds each one's offset in the text, and what is wrong."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(message for _, message in faults))


@dataclass(frozen=True)
class Condition:
    """A checked condition."""

    source: str
    names: Mapping[str, str]
    """Each dotted name as written, and the register that it stands for."""
    program: cel.Program = field(repr=False, compare=False)
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind], repr=False, compare=False)

    def holds(self, registers: Mapping[str, Value]) -> bool:
        """
        Return whether the condition holds for these registers.

        Never raises: what cannot be computed (a division by zero) does not hold.
        """
        given = {register: registers.get(register) for register in self.names.values()}
        try:
            return self.program.execute(_tree(self.names, given, self.kinds)) is True
        except Exception:  # noqa: BLE001  one odd ticket must not stop the others
            return False


def condition(source: str, custom: Mapping[str, Kind] | None = None) -> Condition:
    """Return the condition, compiled and checked. Raises `ConditionRefused` with every fault found."""
    kinds: dict[str, Kind] = dict(custom or {})
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise ConditionRefused(_syntax(str(error))) from None
    names, faults = _names(source)
    if faults:
        raise ConditionRefused(faults)
    made = Condition(source, names, program, kinds)
    _try_out(made)
    return made


def _syntax(said: str) -> list[tuple[int, str]]:
    found = re.findall(r"<input>:\d+:(\d+): (?:Syntax error: )?(.*)", said)
    short = [
        (int(column) - 1, re.sub(r"expecting \{.*\}", "expecting a value", text)) for column, text in found
    ]
    return [(at, f"this condition is not CEL: {text}") for at, text in short[:1]] or [(0, said)]


def _tokens(source: str) -> Iterator[tuple[int, str, str]]:
    for match in _TOKEN.finditer(source):
        yield match.start(), str(match.lastgroup), re.sub(r"\s", "", match.group())


def _names(source: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the registers that are named, and the names that stand for nothing."""
    tokens = list(_tokens(source))
    bound = _bound(tokens)
    names: dict[str, str] = {}
    faults: list[tuple[int, str]] = []
    for i, (at, kind, text) in enumerate(tokens):
        if kind != "name":
            continue
        after_dot = i > 0 and tokens[i - 1][2] == "."
        called = i + 1 < len(tokens) and tokens[i + 1][2] == "("
        path, _, function = text.rpartition(".") if called else (text, "", "")
        if function and function not in _FUNCTIONS:
            faults.append((at + len(path), f"`{function}` is not a function{nearest(function, _FUNCTIONS)}"))
        if not path or after_dot or path in _LITERALS or path.partition(".")[0] in bound:
            continue
        register = _register(path)
        if register is None:
            faults.append((at, f"`{path}` is not a register{_suggestion(path)}"))
        else:
            names[path] = register
    return names, faults


def _bound(tokens: Sequence[tuple[int, str, str]]) -> set[str]:
    """Return the variables that macros such as `exists(x, …)` bring along."""
    return {
        tokens[i + 2][2]
        for i, (_, kind, text) in enumerate(tokens[:-2])
        if kind == "name" and text.rpartition(".")[2] in _MACROS and tokens[i + 1][2] == "("
    }


def _register(path: str) -> str | None:
    root, _, rest = path.partition(".")
    name = rest if root == "ticket" else path if root in _ALONE else ""
    known = find(name)
    return known.name if known else None


def _suggestion(path: str) -> str:
    if find(path) is not None:
        return f"; write `ticket.{path}`"
    root, _, rest = path.partition(".")
    if root == "ticket":
        return nearest(rest, REGISTERS, "ticket.")
    alone = [name for name in REGISTERS if name.startswith(_ALONE)]
    return nearest(path, [*alone, *(f"ticket.{name}" for name in REGISTERS)])


def _kind(register: str, kinds: Mapping[str, Kind]) -> Kind:
    known = find(register, kinds.get(register, "text"))
    return known.kind if known else "text"


def _plain(value: Value, zero: Any) -> Any:
    if value is None:
        return zero
    if isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _tree(
    names: Mapping[str, str], registers: Mapping[str, Value], kinds: Mapping[str, Kind]
) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, register in names.items():
        *parents, leaf = path.split(".")
        here = tree
        for parent in parents:
            here = here.setdefault(parent, {})
        here[leaf] = _plain(registers.get(register), _ZERO.get(_kind(register, kinds), ""))
    return tree


def _try_out(made: Condition) -> None:
    """Evaluate on a ticket with nothing and one with something: kinds that do not go together show."""
    if any(r.startswith(CUSTOM) and r not in made.kinds for r in made.names.values()):
        return  # the kind of a custom register is known only to the file that maps it
    for samples in (_ZERO, _SOME):
        given = {r: samples.get(_kind(r, made.kinds), "") for r in made.names.values()}
        try:
            result = made.program.execute(_tree(made.names, given, made.kinds))
        except ZeroDivisionError:
            continue
        except (TypeError, ValueError, RuntimeError, KeyError) as error:
            raise ConditionRefused([(0, _mismatch(made, str(error)))]) from None
        if not isinstance(result, bool):
            raise ConditionRefused([(0, f"a condition must say true or false; this says {result!r}")])


def _mismatch(made: Condition, said: str) -> str:
    kinds = ", ".join(f"`{path}` is a {_kind(r, made.kinds)}" for path, r in made.names.items())
    first = re.split(r"[.:] ", said)[0]
    return f"this condition cannot be computed ({first}); {kinds}; in sums write `2.0`, not `2`"
