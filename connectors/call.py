"""What `Http` is given: who we are, what we may, and one request ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol


class Auth(Protocol):
    """How a request proves who we are."""

    def headers(self) -> Mapping[str, str]:
        """Headers for the next request. May refresh a token first; single-flight over threads."""
        ...

    def refused(self) -> bool:
        """A request got 401. Return whether a fresh token was got: it may go once more then."""
        ...


class Budget(Protocol):
    """A system's allowance of requests, as its own headers tell it, less a reserve for others."""

    def take(self, endpoint: str, target: str = "") -> None:
        """
        Wait until a call of `endpoint` fits into every limit that covers it.

        `endpoint` is method and path template (`PUT /api/v2/tickets/{id}`); `target` names the
        one object it writes, for limits per object. Raises `NotDone` if that would take minutes.
        """
        ...

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        """
        Take note of the limits that an answer states. Header names are in lower case.

        Called once after each `take`, in the same thread; status 0: no answer came.
        """
        ...


Watch = Callable[[str, int, float], None]
"""Called after each answer with endpoint, status and seconds."""


class Call(NamedTuple):
    method: str
    url: str
    endpoint: str
    target: str
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes] | None
    safe: bool
    ours: bool
    """It goes to the system itself, with our credentials and within its budget."""


class OneShot:
    """A body that can be sent only once, and knows whether it was begun."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.begun = False

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        return (chunk for chunk in self._chunks if chunk)
