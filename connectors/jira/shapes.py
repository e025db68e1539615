"""What Jira's answers look like, as far as the hub reads them. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

PROPERTY = "support-hub"
"""The key of our property, on issues and on comments."""


class User(msgspec.Struct, rename="camel", frozen=True):
    """A person as Jira shows them. The address is hidden where its owner hides it."""

    account_id: str = ""
    display_name: str | None = None
    email_address: str | None = None
    account_type: str | None = None


class Property(msgspec.Struct, frozen=True):
    """One property of an issue or comment."""

    key: str = ""
    value: Any = None


class Comment(msgspec.Struct, rename="camel", frozen=True):
    """A comment. `properties` only where they were asked for."""

    id: str
    body: Any = None
    author: User | None = None
    created: str = ""
    updated: str = ""
    jsd_public: bool | None = None
    properties: list[Property] = []


class CommentPage(msgspec.Struct, rename="camel", frozen=True):
    """Comments, and how many there are."""

    comments: list[Comment] = []
    total: int = 0


class HistoryItem(msgspec.Struct, frozen=True):
    """What one change changed."""

    field: str = ""


class History(msgspec.Struct, frozen=True):
    """One change of an issue."""

    created: str = ""
    author: User | None = None
    items: list[HistoryItem] = []


class Changelog(msgspec.Struct, frozen=True):
    """An issue's newest changes."""

    histories: list[History] = []


class Issue(msgspec.Struct, frozen=True):
    """An issue with the fields that were asked for, as they came."""

    id: str
    key: str = ""
    fields: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    changelog: Changelog | None = None


class SearchPage(msgspec.Struct, rename="camel", frozen=True):
    """A page of a search. There is no total; no token means the end."""

    issues: list[Issue] = []
    next_page_token: str | None = None


class Issues(msgspec.Struct, frozen=True):
    """What a bulk fetch found: what is not there, or not visible, is left out."""

    issues: list[Issue] = []


class Transition(msgspec.Struct, rename="camel", frozen=True):
    """A step that an issue can take now."""

    id: str
    name: str = ""
    to: dict[str, Any] = {}
    is_available: bool = True
    is_global: bool = False
    fields: dict[str, dict[str, Any]] = {}


class Transitions(msgspec.Struct, frozen=True):
    """The steps that an issue can take now."""

    transitions: list[Transition] = []


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the site."""

    id: str
    name: str = ""
    schema: dict[str, Any] = {}


class CommentList(msgspec.Struct, frozen=True):
    """Comments that were asked for by their ids."""

    values: list[Comment] = []
