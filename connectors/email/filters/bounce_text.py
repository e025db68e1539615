"""
What a bounce in free text says: who was not reached, for good or for now, and why.

Half of the world's bounces have no machine-readable part. The text is read only for what agents are to
be told; which mail came back is known by the address that it came back to.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Literal

from connectors.email.filters import bounce_words as words
from connectors.email.model import Message, Recipient, Report

_LONGEST = 20_000  # characters of a text that are read
_MOST_RECIPIENTS = 100
_ADDRESS = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,10}[a-z][a-z0-9-]{1,62}"
    r"(?![a-z0-9-]|\.[a-z0-9])",
    re.IGNORECASE,
)
_LABEL = (
    r"(?:(?:failed|final|original)[- ](?:recipient|address)\w{0,9}:?|to:|recipient(?:\saddress)?:|rfc822;)?"
)
_AFTER = r"(?:[ \t]*[:;,.(<\[…].*|[ \t]on[ \t].*|[ \t]*)$"
_NAMED_ALONE = re.compile(
    rf"^[ \t*>-]{{0,20}}{_LABEL}[ \t]{{0,20}}(?:\w{{1,10}};[ \t]*)?"
    rf"[<\[\"']?({_ADDRESS.pattern})[>\"']?{_AFTER}",
    re.IGNORECASE | re.MULTILINE,
)
_AT_THE_SMTP_LEVEL = re.compile(rf"rcpt\sto:\s?<({_ADDRESS.pattern})>", re.IGNORECASE)
_IN_A_SENTENCE = re.compile(
    rf"(?:\bto|\bfor|recipient|user|address)[^\w\n]{{1,4}}({_ADDRESS.pattern})", re.IGNORECASE
)
_IN_JSON = re.compile(rf"\"emailAddress\\*\"\s?:\s?\\*\"({_ADDRESS.pattern})")
_PLACES = (_IN_JSON, _NAMED_ALONE, _AT_THE_SMTP_LEVEL, _IN_A_SENTENCE)
"""Where a recipient is named, the surest first."""
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~\n])")
_MESSAGE_ID = re.compile(r"^[ \t>*]{0,20}message-id:\s?<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_UNTOLD = "5.0.0"


def plain(message: Message) -> str:
    """Return the text as its author typed it: without the backslashes and entities of Markdown."""
    return html.unescape(_ESCAPED.sub(r"\1", message.text[: 4 * _LONGEST])).replace("\xa0", " ")


def told(message: Message) -> str:
    """Return what the mail host itself says, without the mail that it returns."""
    text = plain(message)
    for found in words.ORIGINAL.finditer(text):
        if found.start() > 40 and text[: found.start()].strip():  # noqa: PLR2004 # a heading is no text
            return text[: found.start()][:_LONGEST]
    return text[:_LONGEST]


def returned_ids(message: Message) -> tuple[str, ...]:
    """Return the Message-IDs that stand as headers in the text: of the mail that came back, mostly."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(plain(message))))[:20]


def read(message: Message) -> Report:
    """Return what can be made out of a bounce in free text."""
    text = told(message)
    addresses = list(dict.fromkeys(_addresses(message, text)))[:_MOST_RECIPIENTS]
    recipients = [_recipient(it, _about(it, addresses, text), message) for it in addresses]
    if not recipients:
        recipients = [_recipient("", text, message)]
    ids = returned_ids(message)
    return Report("delivery", tuple(recipients), ids[0] if ids else "")


def _addresses(message: Message, text: str) -> Iterator[str]:
    failed = [
        it.lower() for value in message.all_headers("x-failed-recipients") for it in _ADDRESS.findall(value)
    ]
    if failed:
        yield from failed
        return
    announced = words.ANNOUNCED.search(text)
    text = text[announced.end() :] if announced and _ADDRESS.search(text, announced.end()) else text
    known = {message.sender.email, *(it.email for it in message.to)}
    for found in (*(it.findall(text) for it in _PLACES), _beside_reasons(text)):
        others = [it for address in found if (it := address.lower().rstrip(".")) not in known]
        if others:
            yield from others
            return


def _beside_reasons(text: str) -> list[str]:
    """Return the addresses in the lines that say why."""
    telling = [
        line for line in text.splitlines() if words.SPOKEN.search(line) or words.SMTP_ANSWER.search(line)
    ]
    telling += [line for line in text.splitlines() if any(it.search(line) for _, it in words.REASONS)]
    return [address for line in telling for address in _ADDRESS.findall(line)]


def _about(address: str, addresses: list[str], text: str) -> str:
    """Return the part of the text that speaks of one recipient of several: up to the next one."""
    if len(addresses) == 1:
        return text
    lower = text.lower()
    start = lower.find(address)
    if start < 0:
        return text
    ends = [at for it in addresses if it != address and (at := lower.find(it, start + len(address))) > 0]
    return text[start : min(ends, default=len(text))]


def _recipient(email: str, about: str, message: Message) -> Recipient:
    status = status_in(about)
    action = _action(status, about, message)
    if status == _UNTOLD and action == "delayed":
        status = "4.0.0"
    return Recipient(email, action, status, _diagnostic(about))


def _action(status: str, about: str, message: Message) -> Literal["failed", "delayed", "delivered"]:
    if status.startswith("2"):
        return "delivered"
    if words.EXPIRED.search(about) and not words.DELAYED.search(message.subject):
        return "failed"
    return (
        "delayed" if words.DELAYED.search(message.subject) or words.DELAYED.search(about[:2000]) else "failed"
    )


def status_in(text: str) -> str:
    """Return the RFC 3463 code of a text: as written by the host that refused, or for what it says."""
    codes = [f"{it[3]}.{it[4]}.{it[5]}" for it in words.SMTP_ANSWER.finditer(text) if it[3]]
    codes += [".".join(it.groups()) for it in words.ENHANCED.finditer(text)]
    telling = next((it for it in codes if not it.startswith("2") and not it.endswith(".0.0")), "")
    if telling:
        return telling
    said = next((code for code, pattern in words.REASONS if pattern.search(text)), "")
    answer = next((it[1] for it in words.SMTP_ANSWER.finditer(text) if it[1] != "2"), "")
    if said and (not answer or said.startswith(answer)):
        return said
    return codes[0] if codes else said or (f"{answer}.0.0" if answer else _UNTOLD)


def _diagnostic(text: str) -> str:
    """Return the line that says why, for a person to read."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for pattern in (
        words.SMTP_ANSWER,
        words.ENHANCED,
        *(pattern for _, pattern in words.REASONS),
        words.SPOKEN,
    ):
        line = next((it for it in lines if pattern.search(it)), "")
        if line:
            return line[:500]
    return ""
