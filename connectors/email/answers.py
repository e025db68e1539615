"""What a mail server made of a mail, and what its words say. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

_STATUS = re.compile(r"(?:\A|\s|#|\d{3}-)([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SES = re.compile(r"(?:Ok|OK) ([0-9a-f]{10,}-[0-9a-f-]+-\d{6})\s*\Z")
_SES_HOST = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com\Z")
_EXCHANGE = re.compile(r"<([^<>\s@]+@[^<>\s@]+)> \[(?:InternalId|Hostname)=")
_LONGEST = 400


class Accepted(NamedTuple):
    """The server has it, and answers for it from now on."""

    text: str
    refused: Mapping[str, str]
    """Those after the first recipient that it does not take, and why."""
    given_ids: tuple[str, ...] = ()


class Refused(NamedTuple):
    """Never: sending it again would end the same way."""

    text: str


class Later(NamedTuple):
    """Not now; nothing was taken."""

    text: str


class Unreached(NamedTuple):
    """The connection ended before anything of the mail was sent, twice."""

    text: str


class InDoubt(NamedTuple):
    """It ended after the mail had begun and before the answer: the server may have it or not."""

    text: str


Answer: TypeAlias = Accepted | Refused | Later | Unreached | InDoubt


def told(code: int, text: bytes | str) -> str:
    """Return an answer of the server as one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(f"{code} {words}")


def one_line(text: str) -> str:
    line = " ".join("".join(it if it.isprintable() else " " for it in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def status_in(text: str) -> str:
    """Return the first status code of RFC 3463 in a text, such as `5.1.1`, or nothing."""
    found = _STATUS.search(text)
    return found[1] if found else ""


def given_ids(host: str, text: str) -> tuple[str, ...]:
    """Return the Message-IDs that a provider says it gave a mail instead of ours."""
    if (found := _EXCHANGE.search(text)) is not None:
        return (found[1],)
    if (region := _SES_HOST.match(host.lower())) and (found := _SES.search(text)):
        # The oldest region signs with another name than the others.
        names = ("email", region[1]) if region[1] == "us-east-1" else (region[1],)
        return tuple(f"{found[1]}@{name}.amazonses.com" for name in names)
    return ()
