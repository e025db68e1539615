"""MAPI properties as they lie in a TNEF attribute (MS-OXTNEF 2.1.3.4). Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from connectors.email.charsets import clean, decode

_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE: Final = frozenset((_STRING, _UNICODE, _OBJECT, _BINARY))
_MANY: Final = 0x1000
_NAMED: Final = 0x8000
_MOST: Final = 5000


class Property(NamedTuple):
    """A property's (first) value, and where its bytes begin."""

    kind: int
    raw: bytes
    place: int

    @property
    def is_object(self) -> bool:
        return self.kind == _OBJECT

    def text(self, code_page: str) -> str:
        if self.kind == _UNICODE:
            return clean(self.raw.decode("utf-16-le", "ignore").rstrip("\0"))
        return decode(self.raw.rstrip(b"\0"), code_page, "utf-8").text


class _Ended(Exception):
    """The bytes end within a property."""


class _Cursor:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.here = 0

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def take(self, length: int) -> bytes:
        if length > len(self.raw) - self.here:
            raise _Ended
        self.here += length
        return self.raw[self.here - length : self.here]

    def padded(self, length: int) -> bytes:
        value = self.take(length)
        self.here += -length % 4
        return value


def read_properties(raw: bytes, begin: int) -> dict[int, Property]:
    """Return the properties that can be read, by id. `begin`: where the bytes lie in the whole."""
    found: dict[int, Property] = {}
    cursor = _Cursor(raw)
    try:
        for _ in range(min(cursor.number(), _MOST)):
            kind, key = cursor.number(2), cursor.number(2)
            if key >= _NAMED:
                _skip_name(cursor)
            value = _value(cursor, kind, begin)
            if value is None:
                break  # of a type that nobody knows the length of
            found.setdefault(key, value)
    except _Ended:
        pass
    return found


def _skip_name(cursor: _Cursor) -> None:
    cursor.take(16)
    if cursor.number() == 0:
        cursor.take(4)
    else:
        cursor.padded(cursor.number())


def _value(cursor: _Cursor, kind: int, begin: int) -> Property | None:
    plain = kind & ~_MANY
    many = cursor.number() if kind & _MANY or plain in _VARIABLE else 1
    first: Property | None = None
    for _ in range(min(many, _MOST)):
        length = cursor.number() if plain in _VARIABLE else _FIXED.get(plain, -1)
        if length < 0:
            return None
        place = begin + cursor.here
        value = cursor.padded(length)
        first = first or Property(plain, value, place)
    return first or Property(plain, b"", begin + cursor.here)
