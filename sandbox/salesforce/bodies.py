"""Parts of a request's body, each of the kind that is expected there."""

from __future__ import annotations

from typing import Any, cast

from sandbox.salesforce.errors import Json, unreadable


def mapping(value: Any, what: str) -> Json:
    """Return an object; null is an empty one. Raises `Refusal` for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(f"Cannot deserialize instance of {what} from {value!r}: an object is expected")
    return cast("Json", value)


def mappings(value: Any, what: str) -> list[Json]:
    """Return a list of objects; null is an empty one. Raises `Refusal` for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(it, dict) for it in value):
        raise unreadable(f"Cannot deserialize instance of {what}: a list of objects is expected")
    return cast("list[Json]", value)


def words(value: Any, what: str) -> list[str]:
    """Return a list of texts; null is an empty one. Raises `Refusal` for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(it, str) for it in value):
        raise unreadable(f"Cannot deserialize instance of {what}: a list of texts is expected")
    return cast("list[str]", value)
