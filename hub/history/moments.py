"""Moments of a history: whole seconds in UTC, so that their order is that of their letters. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

_SHAPE = len("2026-01-31T12:00:00Z")


def moment(text: str) -> str:
    """
    Return an instant as `2026-01-31T12:00:00Z`; one without a zone is taken for UTC.

    Parts of a second are cut off. Raises `ValueError` where it is none.
    """
    found = datetime.fromisoformat(text)
    if len(text) == _SHAPE and text[7] == "-" and text[10] == "T" and text[19] == "Z":
        return text  # nearly always
    if found.tzinfo is not None:
        found = found.astimezone(UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(_SHAPE, "0")


def moment_or(text: object, otherwise: str) -> str:
    """Return an instant, or the other text where it is none."""
    try:
        return moment(text) if isinstance(text, str) and text else otherwise
    except (ValueError, OverflowError):
        return otherwise
