"""
Notifications of systems that the hub reads itself: what they tell is known already, from its source.

Only the mail's own headers count. A customer who forwards or answers such a mail quotes it in the text,
and is a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.email.filters import signs
from connectors.email.house import House
from connectors.email.model import Message


class _Vendor(NamedTuple):
    name: str
    domains: tuple[str, ...]
    """Its customers' accounts stand below them; people who work there write from them."""
    headers: tuple[str, ...]
    """Beginnings of names of headers that only its mails have."""
    mailers: tuple[str, ...]
    """In X-Mailer, lower case."""
    message_id: re.Pattern[str]


class Peer(NamedTuple):
    reason: str
    foreign: bool = False
    """It is of such a system, but not of the one that the hub reads: a person must look."""


_VENDORS = (
    _Vendor(
        "Zendesk",
        ("zendesk.com", "zendesk.org"),
        ("x-zendesk-",),
        ("zendesk mailer",),
        re.compile(r"_sprut@|@(?:[\w-]+\.)*zendesk\.com\Z", re.IGNORECASE),
    ),
    _Vendor(
        "Jira",
        ("atlassian.net", "atlassian.com"),
        ("x-jira-fingerprint", "x-atlassian-"),
        ("jira",),
        re.compile(r"@atlassian\.jira\Z|@(?:[\w-]+\.)*atlassian\.net\Z", re.IGNORECASE),
    ),
    _Vendor(
        "Salesforce",
        ("salesforce.com", "force.com"),
        ("x-sfdc-",),
        (),
        re.compile(r"@(?:[\w-]+\.)*(?:salesforce|sfdc)\.(?:com|net)\Z", re.IGNORECASE),
    ),
)
_ABUSE = ("x-mail_abuse_inquiries", "x-mail-abuse-inquiries")


def peer_of(message: Message, house: House, *, answers_us: bool) -> Peer | None:
    """
    Return which system of the hub's sent this mail, or None.

    A customer may have a Zendesk of its own. What it sends is told from ours where the house says what ours
    is called, and else where it answers a mail of ours (`answers_us`): ours never does.
    """
    sender = next((it for it in _senders(message) if _is_listed(it, house)), "")
    if sender:
        return Peer(f"it is a notification by {sender}, a system that the hub reads itself")
    for vendor in _VENDORS:
        sign = _sign(message, vendor)
        if sign:
            return _by_vendor(vendor, sign, house, answers_us=answers_us)
    return None


def _by_vendor(vendor: _Vendor, sign: str, house: House, *, answers_us: bool) -> Peer:
    ours = [it for it in house.peers if signs.is_below(signs.domain(it.lower()), *vendor.domains)]
    if ours:
        return Peer(
            f"it is a notification by {vendor.name} ({sign}), but not by {' or '.join(ours)}: "
            "let it in if it tells what the hub does not read itself",
            foreign=True,
        )
    if answers_us:
        return Peer(
            f"it answers a mail of ours, but {vendor.name} sent it ({sign}): "
            "let it in if that is not the one that the hub reads itself",
            foreign=True,
        )
    return Peer(f"it is a notification by {vendor.name} ({sign}), which the hub reads itself")


def _senders(message: Message) -> Iterator[str]:
    """Yield whom the mail says that it is from; the last ones are of the machine that sent it."""
    yield message.sender.email
    yield message.header("sender").strip().rpartition("<")[2].rstrip("> ").lower()
    yield from (it.email for it in message.reply_to)
    yield message.return_path or ""


def _is_listed(email: str, house: House) -> bool:
    for listed in house.peers:
        name, _, host = listed.lower().rpartition("@")
        if email == listed.lower() or (not name and host and signs.is_below(signs.domain(email), host)):
            return True
    return False


def _sign(message: Message, vendor: _Vendor) -> str:
    """Return by which header, its own, a mail is known as this vendor's."""
    if signs.domain(message.sender.email).endswith(tuple(f".{it}" for it in vendor.domains)):
        return f"From {message.sender.email}"
    if vendor.message_id.search(message.message_id):
        return f"Message-ID {message.message_id}"
    mailer = message.header("x-mailer").lower()
    if any(mailer.startswith(it) for it in vendor.mailers):
        return f"X-Mailer {message.header('x-mailer')}"
    named = next((name for name, _ in message.headers if name.startswith(vendor.headers)), "")
    if named:
        return f"header {named}"
    if vendor.name == "Salesforce" and any("salesforce" in message.header(it).lower() for it in _ABUSE):
        return "header X-Mail_Abuse_Inquiries"
    return ""
