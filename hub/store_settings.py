"""`[store]`, `[audit]` and `[retention]` of `hub.toml`: where, how and how long the hub keeps things."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

SHORTEST = 16


class _Keyed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: tuple[SecretStr, ...] = ()
    """As `env:`, `file:` or `block:`; of several, the first is used, and all of them are believed."""

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("key")
    @classmethod
    def _long(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST for key in keys):
            raise ValueError(f"a key has {SHORTEST} characters at least; `openssl rand -hex 32` makes one")
        return keys

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys themselves, newest first."""
        return tuple(key.get_secret_value() for key in self.key)


class StoreSettings(_Keyed):
    """The database. With `key`, tokens that rotate are encrypted in it."""

    url: str = "sqlite:///hub.sqlite3"


class AuditSettings(_Keyed):
    """The audit trail. With `key`, its anchors are signed: who can write to the database cannot forge it."""


class RetentionSettings(BaseModel):
    """
    For how many days what happened is kept; 0: for ever. Tickets themselves are never removed.

    Nothing is removed that undo, a learned model, or something that is open (a conflict, parked work)
    still needs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    undo: int = Field(default=30, ge=1)
    """A run can be undone for so many days at least: neither it nor its journal goes before."""
    journal: int = Field(default=400, ge=0)
    """What was asked of the sides, with the values before."""
    runs: int = Field(default=400, ge=0)
    history: int = Field(default=0, ge=0)
    """What happened to tickets: learned risks and back-tests live on it. Never less than a year."""
    audit: int = Field(default=0, ge=0)
    """What people decided. The seals of what is removed stay; they hold nothing but digests."""
    alerts: int = Field(default=400, ge=0)
    conflicts: int = Field(default=400, ge=0)
    """Values that gave way, counted from when it was settled. One that is open stays."""

    @field_validator("history")
    @classmethod
    def _year(cls, days: int) -> int:
        if 0 < days < 365:  # noqa: PLR2004
            raise ValueError("what happened is kept for 365 days at least, or for ever (0)")
        return days
