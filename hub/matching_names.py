"""Names of replicas in what people wrote: keys, numbers, web addresses, Message-IDs of mails. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from hub.model import JIRA, SALESFORCE, ZENDESK, System

Trace: TypeAlias = tuple[str, str]
"""A system, or `message`, and the name that a replica has there, folded: `jira`, `sup-7`."""
MESSAGE = "message"

_CASE_ID = r"500[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
_NUMBER = r"\s*(?:ticket|id|no\.?|number)?\s*[:#]?\s*#?"
_ADDRESSES: tuple[tuple[System, re.Pattern[str]], ...] = (
    (JIRA, re.compile(r"https?://[^\s/\"<>()]+/browse/([A-Za-z][A-Za-z0-9_]+-\d+)")),
    (ZENDESK, re.compile(r"https?://[^\s/\"<>()]+/(?:agent/)?(?:#/)?tickets/(\d+)")),
    (SALESFORCE, re.compile(rf"https?://[^\s/\"<>()]{{1,200}}force\.com/[^\s\"<>()]{{0,300}}?({_CASE_ID})")),
)
_WORDS: tuple[tuple[System, re.Pattern[str]], ...] = (
    (JIRA, re.compile(r"(?<![\w/-])([A-Z][A-Z0-9_]+-[1-9]\d*)(?![\w-])")),
    (ZENDESK, re.compile(rf"\b(?:zendesk|ticket|request|zd){_NUMBER}(\d{{1,12}})\b", re.IGNORECASE)),
    (SALESFORCE, re.compile(rf"\bcase{_NUMBER}(\d{{5,10}}|{_CASE_ID})\b", re.IGNORECASE)),
)
_MESSAGE = re.compile(r"<([^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)>")


def addresses_in(text: str) -> Iterator[Trace]:
    """Yield the replicas whose web address stands in a text."""
    for system, pattern in _ADDRESSES:
        yield from ((system, name.casefold()) for name in pattern.findall(text))


def names_in(text: str) -> Iterator[Trace]:
    """Yield the replicas that a text seems to name: what looks like a key may be none."""
    for system, pattern in _WORDS:
        yield from ((system, name.casefold()) for name in pattern.findall(text))


def messages_in(text: str) -> Iterator[Trace]:
    """Yield the Message-IDs of mails in a text; what is a person's address in angle brackets is none."""
    for name in _MESSAGE.findall(text):
        local = name.partition("@")[0]
        if len(local) >= 16 or any(c.isdigit() for c in local):  # noqa: PLR2004  shorter ones are people's
            yield MESSAGE, name.casefold()


def names_of(system: System, remote_id: str, label: str) -> frozenset[Trace]:
    """Return the names by which others may speak of a replica."""
    words = {remote_id.casefold(), label.casefold(), label.removeprefix("#").casefold()}
    if system == SALESFORCE and len(remote_id) > 15:  # noqa: PLR2004  the form without its check letters
        words.add(remote_id[:15].casefold())
    return frozenset((system, word) for word in words if word)
