"""Lenses on text: one line, several lines, formatted text, the context block, the machine copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as fresh
from typing import cast

from hub.lens import Dialect, Unreadable, Unwritable
from hub.lenses.raw import cut, items, shown, spoken, units, words
from hub.model import Json, Value


@dataclass(frozen=True, slots=True)
class Text:
    """
    One line of plain text, cut visibly to the length that the field keeps.

    On a field that is no text it can only be read: `names` says what people see for each option.
    """

    field: str
    where: str = ""
    limit: int | None = None
    names: Mapping[str, str] = fresh(default_factory=dict[str, str])

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        said = [self._name(item) for item in items(raw)]
        return ", ".join(s for s in said if s) or None

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        return cut(" ".join(spoken(value).split()), self.limit) or None

    def _name(self, item: Json) -> str:
        known = words(item)
        return next((self.names[w] for w in known if w in self.names), known[0] if known else "")


@dataclass(frozen=True, slots=True)
class Long:
    """Several lines of plain text, cut visibly to the length that the field keeps."""

    field: str
    where: str = ""
    limit: int | None = None

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        if raw is None or isinstance(raw, str):
            # Browsers send CRLF from a text area; the same words with LF are not an edit.
            return (raw or "").replace("\r\n", "\n").rstrip() or None
        raise Unreadable(f"{self.where} shows {shown(raw)}, which is not text; map it with another `as`")

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        return cut(spoken(value).replace("\r\n", "\n").rstrip(), self.limit) or None


@dataclass(frozen=True, slots=True)
class Markdown:
    """Formatted text by the system's dialect. Our context block in the same field is not its part."""

    field: str
    dialect: Dialect
    where: str = ""
    limit: int | None = None

    def focus(self, raw: Json) -> Json:
        return self.dialect.to_markdown(raw) if raw else ""

    def read(self, raw: Json) -> Value:
        return (self.dialect.to_markdown(raw).strip() if raw else "") or None

    def render(self, value: Value, onto: Json) -> Json:
        return self.dialect.from_markdown(cut(spoken(value).strip(), self.limit), onto)


@dataclass(frozen=True, slots=True)
class Block:
    """The hub's readable section: inside a formatted body, or alone in a long text field (`plain`)."""

    field: str
    dialect: Dialect
    where: str = ""
    limit: int | None = None
    plain: bool = False

    def focus(self, raw: Json) -> Json:
        return self.read(raw)

    def read(self, raw: Json) -> Value:
        if self.plain:
            return (str(raw).replace("\r\n", "\n").strip() if raw else "") or None
        return (self.dialect.block(raw).strip() if raw else "") or None

    def render(self, value: Value, onto: Json) -> Json:
        block = cut(spoken(value).strip(), self.limit)
        return (block or None) if self.plain else self.dialect.with_block(block, onto)


MARK = "key"
"""The connector's own mark, by which it knows what it created; it may live in the same place."""


@dataclass(frozen=True, slots=True)
class Copy:
    """
    A machine-readable copy: a JSON object, in a place for JSON or as text in a long field.

    A connector's mark in the same place is not its part, and stays.
    """

    field: str
    where: str = ""
    limit: int | None = None
    as_text: bool = False

    def focus(self, raw: Json) -> Json:
        return {k: v for k, v in _object(raw).items() if k != MARK} if isinstance(raw, Mapping) else raw

    def read(self, raw: Json) -> Value:
        shown = self.focus(raw)
        if shown is None or shown in ("", {}):
            return None
        try:
            copy: Json = json.loads(shown) if isinstance(shown, str) else shown
        except ValueError:
            copy = None
        if not isinstance(copy, Mapping):
            raise Unreadable(
                f"{self.where} holds something that is not the hub's copy; empty it, "
                "and the hub writes it anew"
            )
        return compact(_object(copy))

    def render(self, value: Value, onto: Json) -> Json:
        mark = _object(onto).get(MARK) if isinstance(onto, Mapping) else None
        marked = {MARK: mark} if mark is not None else {}
        if value is None:
            return marked or None
        text = spoken(value)
        if self.limit is not None and units(text) > self.limit:
            raise Unwritable(
                f"{self.where} keeps {self.limit} characters and the copy has {units(text)}; "
                "give it a longer field, or an issue property"
            )
        return text if self.as_text else {**json.loads(text), **marked}


def _object(raw: Json) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", raw)


def compact(value: Json) -> str:
    """Return the one canonical JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
