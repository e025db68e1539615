"""What several filters look at: whether a machine sent a mail, and what its addresses are."""

from __future__ import annotations

import re

from connectors.email.model import Message

_DAEMONS = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|p[o]+st[-_.]?master|mail\.delivery\.system)\Z",
    re.IGNORECASE,
)
_DAEMON_NAMES = re.compile(
    r"mailer[- ]daemon|mail delivery|delivery (?:sub)?system|mail system|mail administrator|postmaster"
    r"|system administrator|メール配信",
    re.IGNORECASE,
)

_MACHINE_NAMES = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|auto[-_.]?(?:reply|responder?)|vacation)(?:[-_.+].*)?\Z",
    re.IGNORECASE,
)


def local_part(email: str) -> str:
    return email.rpartition("@")[0] or email


def domain(email: str) -> str:
    return email.rpartition("@")[2]


def is_below(host: str, *domains: str) -> bool:
    """Return whether a domain is one of these, or stands below one."""
    return any(host == it or host.endswith(f".{it}") for it in domains)


def is_machine(email: str) -> bool:
    """Return whether an address says of itself that nobody reads it."""
    return _MACHINE_NAMES.match(local_part(email)) is not None


def is_mail_system(message: Message) -> bool:
    """Return whether a mail host speaks, not a person or a program of a person's."""
    sender = message.sender
    return (
        message.return_path == ""
        or _DAEMONS.match(local_part(sender.email)) is not None
        or _DAEMONS.match(local_part(message.return_path or "")) is not None
        or (_DAEMON_NAMES.search(sender.name) is not None)
        or bool(message.header("x-failed-recipients"))
    )


def content_type(message: Message) -> str:
    """Return the type of the whole mail, in lower case, without its parameters."""
    return message.header("content-type").partition(";")[0].strip().lower()
