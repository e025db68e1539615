"""What a person may change of a parked operation before it is tried again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from hub.lens import Unwritable
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.model import Value
from hub.operations import AddComment
from hub.records import Parked
from hub.registers import PER_SIDE, Register, find, label_of, nearest

BODY = "body"
"""What a parked comment's text is called."""


class Mended(msgspec.Struct, frozen=True):
    """What is to be tried instead: a register's new value, for every side; or words, on that side alone."""

    register: str = ""
    value: Value = None
    words: str = ""


def mended(parked: Parked, mapping: FieldMapping, name: str, text: str) -> Mended:
    """Read `NAME=TEXT` for what is parked. Raises `ValueError`, saying what can be set and how."""
    kind = parked.slot.partition(":")[0]
    if kind == "comment":
        return _words(parked, name, text)
    if kind not in ("field", "create"):
        raise ValueError(f"there is nothing to edit in {parked.slot}; retry or drop it")
    rule = _rule(parked, mapping, name)
    register = find(rule.register, rule.kind)
    if register is None or register.group == "derived" or rule.register in PER_SIDE:
        raise ValueError(
            f"{label_of(rule.register)} is what the hub computes, and would be computed again; "
            f"mend the field in {parked.system}, then retry"
        )
    value = read_value(register, text)
    if value is not None:
        try:
            _ = rule.lens.render(value, None)
        except Unwritable as unwritable:
            raise ValueError(str(unwritable)) from None
    return Mended(rule.register, value)


def _words(parked: Parked, name: str, text: str) -> Mended:
    if not isinstance(parked.operation, AddComment):
        raise ValueError(f"{parked.slot} is there already, and only to be changed; retry or drop it")  # noqa: TRY004
    if name.strip().casefold() != BODY:
        raise ValueError(f"a comment has no {name!r}; its text is called `{BODY}`")
    if not text.strip():
        raise ValueError("a comment without words is none; drop it instead")
    return Mended(words=text)


def _rule(parked: Parked, mapping: FieldMapping, name: str) -> Rule:
    field = parked.slot.partition(":")[2]
    rules = [r for r in mapping.rules if r.creates and (not field or r.lens.field == field)]
    wanted = name.strip().casefold()
    for rule in rules:
        called = (rule.register, rule.lens.field, label_of(rule.register))
        if wanted in {word.casefold() for word in called}:
            return rule
    known = sorted({rule.register for rule in rules})
    what = f"field {field}" if field else "the new one"
    hint = nearest(name, known) or f"; it shows {', '.join(f'`{k}`' for k in known) or 'no register'}"
    raise ValueError(f"{name!r} is not what {what} shows in {parked.system}{hint}")


# values -----------------------------------------------------------------------------------------


def read_value(register: Register, text: str) -> Value:
    """Return the value that a text stands for; of an empty one, nothing. Raises `ValueError`."""
    word = text.strip()
    if not word:
        return None
    if register.kind == "choice":
        return _option(word, register.options)
    read = _READ.get(register.kind)
    return read(word) if read is not None else text


def _labels(word: str) -> tuple[str, ...]:
    return tuple(sorted({w.strip() for w in word.split(",") if w.strip()}))


def _number(word: str) -> float | int:
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", word):
        raise ValueError(f"{word!r} is no number")
    return float(word) if "." in word else int(word)


def _flag(word: str) -> bool:
    if word.casefold() in ("yes", "true", "on", "1"):
        return True
    if word.casefold() in ("no", "false", "off", "0"):
        return False
    raise ValueError(f"{word!r} is neither yes nor no")


def _day(word: str) -> str:
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        raise ValueError(f"{word!r} is no day; write it like 2026-01-31") from None


def _instant(word: str) -> str:
    try:
        at = datetime.fromisoformat(word)
    except ValueError:
        raise ValueError(f"{word!r} is no moment; write it like 2026-01-31T09:00:00Z") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _option(word: str, options: Sequence[str]) -> str:
    chosen = word.casefold()
    if options and chosen not in options:
        raise ValueError(f"{word!r} is not one of {', '.join(options)}{nearest(chosen, options)}")
    return chosen if options else word


_READ: Mapping[str, Callable[[str], Value]] = {
    "number": _number,
    "flag": _flag,
    "labels": _labels,
    "date": _day,
    "instant": _instant,
    "person": str.lower,
}
"""How the text for a register of each kind is read; of any other kind, as it is."""
