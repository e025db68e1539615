"""What callers register with a site: webhooks of both kinds, and bulk operations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class AdminWebhook:
    id: int
    name: str
    url: str
    events: list[str]
    jql: str
    secret: str
    exclude_body: bool
    enabled: bool
    owner: str
    updated: int


@dataclass(slots=True)
class DynamicWebhook:
    id: int
    url: str
    events: list[str]
    jql: str
    fields: list[str] | None
    property_keys: list[str] | None
    owner: str
    expires: int


@dataclass(slots=True)
class Task:
    """A finished bulk operation."""

    id: str
    owner: str
    created: int
    processed: list[int]
    failed: dict[str, list[str]]
    invisible: int
    total: int
