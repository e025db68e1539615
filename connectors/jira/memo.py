"""What was worked out lately, by content: bodies are read many times while one ticket is planned. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from hub.model import Json

_encoder = msgspec.json.Encoder()


class Memo:
    """
    A pure function of JSON with its last results, found again by a digest of the argument.

    Keeps digests and results, not arguments, so that memory stays flat. Safe between threads.
    """

    def __init__(self, function: Callable[[Json], str], most: int = 4096) -> None:
        self._function = function
        self._most = most
        self._known: dict[bytes, str] = {}

    def __call__(self, argument: Json) -> str:
        if not argument:
            return self._function(argument)
        key = hashlib.blake2b(_encoder.encode(argument), digest_size=16).digest()
        found = self._known.get(key)
        if found is None:
            found = self._function(argument)
            if len(self._known) >= self._most:
                self._known.clear()  # all at once: cheaper than order, and as good for a stream
            self._known[key] = found
        return found
