"""Lenses on numbers, flags, times and people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from hub.lens import Unreadable, Unwritable
from hub.lenses.raw import shown, words
from hub.model import Json, Value


@dataclass(frozen=True, slots=True)
class Number:
    """A number; rounded to `decimals` and held between `low` and `high` where the field must have it."""

    field: str
    where: str = ""
    decimals: int | None = None
    low: float | None = None
    high: float | None = None

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        if raw is None or raw == "":
            return None
        try:
            number = _plain(float(raw))
        except (TypeError, ValueError, OverflowError):
            number = None
        if number is None or isinstance(raw, bool):
            raise Unreadable(f"{self.where} shows {shown(raw)}, which is not a number")
        return number

    def render(self, value: Value, onto: Json) -> Json:
        if value is None:
            return None
        if isinstance(value, (str, tuple)) or not math.isfinite(value):
            raise Unwritable(f"{self.where} keeps a number and cannot show {shown(value)}")
        number = float(value)
        number = max(number, self.low) if self.low is not None else number
        number = min(number, self.high) if self.high is not None else number
        plain = _plain(number if self.decimals is None else round(number, self.decimals))
        # Some systems carry decimals as text, and would answer with text again.
        return str(plain) if isinstance(onto, str) else plain


def _plain(number: float) -> int | float | None:
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no; an empty field says no. `yes` and `no` are what a select shows instead of a tick."""

    field: str
    where: str = ""
    yes: Json = True
    no: Json = False
    reads: Mapping[str, bool] | None = None
    """What each option of a select says; None: the field is a tick."""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        known = words(raw)
        if not known:
            return False
        table = self.reads if self.reads is not None else {"true": True, "false": False}
        for word in known:
            if word in table:
                return table[word]
        raise Unreadable(
            f"{self.where} shows {shown(known[0])}, which says neither yes nor no to the mapping; "
            f"add `{known[0]}: true` or `{known[0]}: false` to its `read`"
        )

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        if value is None or isinstance(value, bool):
            return self.yes if value else self.no
        raise Unwritable(f"{self.where} keeps yes or no and cannot show {shown(value)}")


def instant(text: str) -> str:
    """Return an instant as the hub writes it, whatever ISO 8601 form and zone it came in."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, in UTC, to the second."""

    field: str
    where: str = ""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        if raw is None or raw == "":
            return None
        try:
            return instant(str(raw))
        except (ValueError, OverflowError):
            raise Unreadable(f"{self.where} shows {shown(raw)}, which is not a date and time") from None

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        if value is None:
            return None
        try:
            return instant(str(value))
        except (ValueError, OverflowError):
            raise Unwritable(f"{self.where} keeps a date and time and cannot show {shown(value)}") from None


@dataclass(frozen=True, slots=True)
class Date:
    """A day. An instant written here loses its hour."""

    field: str
    where: str = ""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        if raw is None or raw == "":
            return None
        try:
            return date.fromisoformat(str(raw)[:10]).isoformat()
        except ValueError:
            raise Unreadable(f"{self.where} shows {shown(raw)}, which is not a date") from None

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value)[:10]).isoformat()
        except ValueError:
            raise Unwritable(f"{self.where} keeps a date and cannot show {shown(value)}") from None


@dataclass(frozen=True, slots=True)
class Person:
    """A human: by e-mail address, in lower case; by the system's own id where no address is shown."""

    field: str
    system: str
    where: str = ""

    def focus(self, raw: Json) -> Json:
        return raw

    def read(self, raw: Json) -> Value:
        if not raw:
            return None
        if isinstance(raw, str):
            return raw.strip().lower() if "@" in raw else f"{self.system}:{raw}"
        if not isinstance(raw, Mapping):
            raise Unreadable(f"{self.where} shows {shown(raw)}, which is not a person")
        person = cast("Mapping[str, Json]", raw)
        address = str(person.get("email") or "").strip().lower()
        own = str(person.get("id") or "")
        return address or (f"{self.system}:{own}" if own else None)

    def render(self, value: Value, onto: Json) -> Json:
        del onto
        if value is None:
            return None
        system, colon, own = str(value).partition(":")
        if "@" in str(value):
            return {"email": str(value)}
        if colon and system == self.system:
            return {"id": own}
        raise Unwritable(
            f"{self.where} cannot name {shown(value)}: no e-mail address is known by which "
            f"{self.system} could find this person"
        )
