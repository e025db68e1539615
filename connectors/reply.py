"""What comes of one call: an answer, or one of two errors named by what the caller does next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import httpx
import msgspec

from hub.errors import Unavailable

NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises for bytes that are not the JSON that is wanted; the second, for no UTF-8 in a text."""

_TITLE = re.compile(rb"<(?:title|h1)[^>]*>\s*(.*?)\s*</(?:title|h1)>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|\s+")


class NotDone(Exception):
    """Nothing was done, and waiting a while did not help. `after`: seconds the system asked for."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class InDoubt(Exception):
    """A write was sent and its answer did not come: it may have been done."""


class Reply:
    """An answer of any status. `json()` raises `hub.errors.Unavailable` if it is not JSON."""

    __slots__ = ("content", "endpoint", "headers", "status", "system")

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        content: bytes,
        *,
        system: str = "",
        endpoint: str = "",
    ) -> None:
        self.status = status
        self.headers = headers
        """Names in lower case."""
        self.content = content
        self.system = system
        self.endpoint = endpoint

    def __repr__(self) -> str:
        return f"<Reply {self.status} to {self.endpoint}, {len(self.content)} bytes>"

    def json(self) -> Any:
        try:
            return msgspec.json.decode(self.content)
        except NOT_JSON:
            raise self.not_json() from None

    def decode(self, type_: type[Any]) -> Any:
        """Decode straight into a msgspec type."""
        try:
            return _decoder(type_).decode(self.content)
        except msgspec.ValidationError as error:
            raise Unavailable(
                f"{self.system} answered {self.endpoint} (status {self.status}) with JSON that "
                f"its API does not promise: {error}. If this lasts, the API has changed: update the hub."
            ) from None
        except NOT_JSON:
            raise self.not_json() from None

    def is_json(self) -> bool:
        """Whether there is a body, and it is JSON: an answer of the API, not of what stands before it."""
        try:
            _ = msgspec.json.decode(self.content)
        except NOT_JSON:
            return False
        return True

    def not_json(self) -> Unavailable:
        """Return the error that says what came instead of JSON."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip() or "no content type"
        words = first_words(self.content)
        said = f"it says {words!r}" if words else "it is empty"
        return Unavailable(
            f"{self.system} answered {self.endpoint} (status {self.status}) with something that is "
            f"not JSON ({kind}): {said}. Check that the address in hub.toml is the API's, "
            f"and whether a proxy, a login page or maintenance stands in between."
        )


def first_words(content: bytes, limit: int = 80) -> str:
    """The title of an HTML page, or else the first words of a text, for people."""
    title = _TITLE.search(content[:20_000])
    raw = title.group(1) if title else content[: 10 * limit]
    text = _MARKUP.sub(" ", raw.decode("utf-8", "replace")).strip()
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


@lru_cache(maxsize=256)
def _decoder(type_: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_)


def content_of(answer: object) -> bytes:
    """Return an answer's body; that of a refused stream is read whole, as it is short."""
    if isinstance(answer, httpx.Response):
        return answer.read()
    return answer.content if isinstance(answer, Reply) else b""


def close_quietly(answer: object) -> None:
    """A streamed answer that nobody will read gives its connection back."""
    if isinstance(answer, httpx.Response):
        answer.close()
