"""Short stand-ins for long values: equal for equal values, and small enough to keep for ever."""

from __future__ import annotations

import hashlib

import msgspec

from hub.model import Json

_KEPT_WHOLE = 300  # bytes of JSON; shadows keep short raw values readable, and only mark long ones
_DIGEST = "#sha:"
_encoder = msgspec.json.Encoder(order="deterministic")


def digest(value: Json) -> str:
    """Return a stable digest of any JSON value (24 hex digits: no accident makes two alike)."""
    return hashlib.sha256(_encoder.encode(value)).hexdigest()[:24]


def fingerprint(value: Json) -> Json:
    """Return the value itself while it is short, otherwise a digest of it. Idempotent."""
    if value is None or (isinstance(value, str) and len(value) <= _KEPT_WHOLE):
        return value
    if isinstance(value, (bool, int, float)):
        return value
    encoded = _encoder.encode(value)
    if not isinstance(value, str) and len(encoded) <= _KEPT_WHOLE:
        return value
    return _DIGEST + hashlib.sha256(encoded).hexdigest()[:24]


def stand_in(value: Json) -> Json:
    """Return a digest in the place of a value, however short: it is recognised, and cannot be read."""
    if value is None or is_digest(value) or isinstance(value, (bool, int, float)):
        return value
    return _DIGEST + hashlib.sha256(_encoder.encode(value)).hexdigest()[:24]


def is_digest(value: Json) -> bool:
    """Return whether this stands for a longer value, which cannot be got back from it."""
    return isinstance(value, str) and value.startswith(_DIGEST)
