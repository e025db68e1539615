"""
Mails of mail hosts on the delivery of ours: bounces, notices of delay, notices of receipt by the host.

Which mail of ours is meant is told by the address that the bounce came to (VERP), then by what its
machine-readable part says of the original, then by the ids in its text. What happened is told by that
part, or where there is none by the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from connectors.email import tokens
from connectors.email.filters import automatic, bounce_text, signs
from connectors.email.filters import bounce_words as words
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message, Recipient, Report

_XTEXT = re.compile(r"\+([0-9A-F]{2})")  # RFC 3461 section 4
_OWN_ID = re.compile(r"\bo\.[a-z2-7]{18}\.[a-z2-7]{16}@[a-z0-9.-]+", re.IGNORECASE)
_AMAZON = re.compile(r'"notificationType\\*"\s*:\s*\\*"(?:Bounce|Delivery)\b')


class Bounce(NamedTuple):
    """Word of a delivery; `outbox` is 0 where it cannot be told which mail of ours is meant."""

    reason: str
    outbox: int = 0


def bounce_of(message: Message, house: House, known: Known) -> Bounce | None:
    """Return what the mail says of a delivery, or None for any other mail."""
    row = _by_address(message, house)
    sign = _sign(message)
    if not sign and row and signs.is_mail_system(message) and not automatic.is_away(message):
        sign = "it came from a mail host to the address for returned mails"
    if not sign:
        return None
    return Bounce(_sentence(message, sign), row or _by_ids(message, house, known))


def report_of(message: Message) -> Report | None:
    """Return what a bounce says: its machine-readable part, or what its text says where there is none."""
    report = message.report
    if report is not None and report.kind != "delivery":
        return None
    if report is None or not report.recipients:
        return bounce_text.read(message)
    told = _worded(message, report.recipients)
    return msgspec.structs.replace(report, recipients=tuple(_precise(it) for it in told))


def _worded(message: Message, recipients: tuple[Recipient, ...]) -> Iterator[Recipient]:
    """Yield each recipient; where the machine-readable part has no words (Exim), with those of the text."""
    read = bounce_text.read(message) if any(not it.diagnostic for it in recipients) else None
    by_email = {it.email: it for it in (read.recipients if read else ())}
    for it in recipients:
        said = by_email.get(it.email)
        if it.diagnostic or said is None or not said.diagnostic:
            yield it
            continue
        vague = not it.status or it.status.endswith(".0.0")
        status = said.status if vague and said.status else it.status
        yield msgspec.structs.replace(it, diagnostic=said.diagnostic, status=status)


def named_row(message: Message, house: House, known: Known) -> int:
    """Return the row of the outbox that a machine's mail is about; 0: none, or it cannot be told."""
    return _by_address(message, house) or _by_ids(message, house, known)


def _sign(message: Message) -> str:
    """Return by what a mail is known as word of a delivery, or nothing."""
    if message.report is not None:
        return _sign_of_report(message, message.report)
    if message.header("x-failed-recipients"):
        return "it names recipients in X-Failed-Recipients"
    amazon = signs.is_below(signs.domain(message.sender.email), "amazonaws.com")
    if amazon and _AMAZON.search(bounce_text.plain(message)[:5000]):
        return "it is a notification by Amazon"
    return _sign_in_words(message)


def _sign_in_words(message: Message) -> str:
    named = words.SUBJECT.match(message.subject) is not None
    if signs.is_mail_system(message) and not automatic.is_away(message) and (named or _says_so(message)):
        return "a mail host sent it, and says so"
    unread = signs.is_machine(message.sender.email) and (named or not message.subject.strip())
    if unread and _says_so(message):
        return "nobody reads what is written to its sender, and its text is that of a returned mail"
    if named and (_is_report(message) or (_says_so(message) and _returns_a_mail(message))):
        return "its subject and text are those of a returned mail"
    return ""


def _sign_of_report(message: Message, report: Report) -> str:
    if report.kind != "delivery":
        return ""
    is_one = _is_report(message) or signs.is_mail_system(message) or words.SUBJECT.match(message.subject)
    return "it is a delivery status notification" if is_one else ""


def _is_report(message: Message) -> bool:
    """Return whether the mail as a whole is a report, not a person's mail with one attached."""
    return signs.content_type(message) == "multipart/report"


def _says_so(message: Message) -> bool:
    text = bounce_text.told(message)
    return words.SPOKEN.search(text) is not None or words.SMTP_ANSWER.search(text) is not None


def _returns_a_mail(message: Message) -> bool:
    """Return whether the mail quotes a server's answer and holds another mail: people do not write so."""
    answered = words.SMTP_ANSWER.search(bounce_text.told(message)) is not None
    attached = any(it.content_type in ("message/rfc822", "text/rfc822-headers") for it in message.files)
    return answered and (attached or bool(bounce_text.returned_ids(message)))


def _sentence(message: Message, sign: str) -> str:
    report = report_of(message)
    actions = {it.action for it in report.recipients} if report else set[str]()
    if actions and actions <= {"delayed"}:
        return f"a mail of ours is delayed, and is still being tried ({sign})"
    if actions and actions <= {"delivered", "relayed", "expanded"}:
        return f"a mail of ours was delivered ({sign})"
    return f"a mail of ours was returned ({sign})"


def _precise(recipient: Recipient) -> Recipient:
    """Return the recipient with the status in the diagnostic, where its own says nothing (Exim's 5.0.0)."""
    if recipient.status and not recipient.status.endswith(".0.0"):
        return recipient
    status = bounce_text.status_in(recipient.diagnostic) if recipient.diagnostic else ""
    if not status or (recipient.status and (status.endswith(".0.0") or status[0] != recipient.status[0])):
        return recipient
    return msgspec.structs.replace(recipient, status=status)


def _by_address(message: Message, house: House) -> int:
    addresses = [*message.delivered_to, *(it.email for it in (*message.to, *message.cc))]
    for address in dict.fromkeys(addresses):
        try:
            row = tokens.read_bounce(house, address)
        except tokens.Forged:
            continue
        if row is not None:
            return row
    return 0


def _by_ids(message: Message, house: House, known: Known) -> int:
    """Return the row that the first id names which is one of a mail of ours, the surest ones first."""
    for it in dict.fromkeys(_ids(message, house)):
        row = known.outbox_of(it)
        if row:
            return row
    return 0


def _ids(message: Message, house: House) -> Iterator[str]:
    if message.report is not None:
        yield from _of_envelope(message.report.original_envelope_id)
        if message.report.original_message_id:
            yield message.report.original_message_id
    yield from message.in_reply_to
    yield from reversed(message.references[-50:])
    text = bounce_text.plain(message)
    yield from (it for it in _OWN_ID.findall(text)[:20] if tokens.is_our_id(house, it))
    yield from bounce_text.returned_ids(message)


def _of_envelope(envelope_id: str) -> Iterator[str]:
    """Yield an ENVID as Message-ID: as it stands, and with xtext undone."""
    if envelope_id:
        yield envelope_id.strip("<>")
        yield _XTEXT.sub(lambda found: chr(int(found[1], 16)), envelope_id).strip("<>")
