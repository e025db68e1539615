"""`Idempotency-Key`: a ticket creation that was asked twice is done once, for two hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sandbox.web import Response
from sandbox.zendesk import errors
from sandbox.zendesk.call import Call

LIFETIME = 7200
LONGEST = 255


@dataclass(frozen=True, slots=True)
class _Answered:
    body_hash: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    at: int


class Idempotency:
    """The keys of the last two hours with what was answered to each."""

    def __init__(self) -> None:
        self._known: dict[str, _Answered] = {}

    def once(self, call: Call, make: Callable[[], Response]) -> Response:
        """Answer with `make`, or with what it answered when this key was seen before."""
        key = call.request.headers.get("idempotency-key", "")
        if not key:
            return make()
        if len(key) > LONGEST:
            raise _refused(f"Idempotency key cannot be longer than {LONGEST} characters")
        now, body_hash = call.account.now(), sha256(call.request.body).hexdigest()
        self._known = {k: v for k, v in self._known.items() if v.at + LIFETIME > now}
        known = self._known.get(key)
        if known is None:
            answer = make()
            self._known[key] = _Answered(body_hash, answer.status, list(answer.headers), answer.body, now)
            call.headers.append(("x-idempotency-lookup", "miss"))
            return answer
        if known.body_hash != body_hash:
            raise _refused("Request parameters don't match the given idempotency key")
        call.headers.append(("x-idempotency-lookup", "hit"))
        return Response(known.status, list(known.headers), known.body)


def _refused(description: str) -> errors.ApiError:
    return errors.ApiError(400, {"error": "IdempotentRequestError", "description": description})
