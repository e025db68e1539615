"""A token that lapses, as it is kept between runs. Pure."""

from __future__ import annotations

import json
from typing import NamedTuple


class Token(NamedTuple):
    """An access token, and what renews it. It shows itself to nobody."""

    access: str
    refresh: str
    ends: float
    """Unix seconds; 0: never."""
    made: float
    home: str = ""
    """The base URL of the calls that it is good for, where the vendor says so with the token."""

    def __repr__(self) -> str:
        return "Token(…)"

    def dump(self) -> str:
        return json.dumps(self._asdict())

    @staticmethod
    def load(text: str) -> Token:
        return Token(**json.loads(text))


def is_word(token: object) -> bool:
    """Return whether it can stand in a header: RFC 6750 allows less still."""
    if not isinstance(token, str) or not token:
        return False
    return token.isascii() and token.isprintable() and " " not in token
