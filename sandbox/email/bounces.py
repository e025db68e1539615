"""Reports of mail that could not be delivered (RFC 3464), as an MTA writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate

from sandbox.email.content import Content

_RETURNED_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient that a mail did not reach. `action`: failed, or delayed."""

    recipient: str
    status: str = "5.1.1"
    diagnostic: str = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
    action: str = "failed"
    remote: str = ""

    @property
    def said(self) -> str:
        return self.diagnostic.replace("{recipient}", self.recipient)


def report(
    host: str, to: str, failures: Sequence[Failure], returned: Content, key: str, at: float
) -> bytes:
    """Return the mail that tells `to` which recipients `returned` did not reach."""
    delayed = all(failure.action == "delayed" for failure in failures)
    boundary = f"{key}.{int(at)}/{host}"
    whole = returned.size <= _RETURNED_LIMIT
    body = returned.read() if whole else returned.header()
    return b"".join(
        (
            _head(host, to, key, at, boundary, delayed=delayed).encode(),
            _part(boundary, "Notification", "text/plain; charset=us-ascii", _letter(host, failures)),
            _part(boundary, "Delivery report", "message/delivery-status", _fields(host, failures, key, at)),
            _part(
                boundary,
                "Undelivered Message" if whole else "Undelivered Message Headers",
                "message/rfc822" if whole else "text/rfc822-headers",
                body,
            ),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _head(host: str, to: str, key: str, at: float, boundary: str, *, delayed: bool) -> str:
    subject = "Delayed Mail (still being retried)" if delayed else "Undelivered Mail Returned to Sender"
    return (
        f"Date: {formatdate(at)}\r\nFrom: MAILER-DAEMON@{host} (Mail Delivery System)\r\n"
        f"Subject: {subject}\r\nTo: {to}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n'
        f"Message-Id: <{key}@{host}>\r\n\r\nThis is a MIME-encapsulated message.\r\n\r\n"
    )


def _part(boundary: str, description: str, kind: str, body: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Description: {description}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b"\r\n"


def _letter(host: str, failures: Sequence[Failure]) -> bytes:
    told = "\r\n".join(f"<{one.recipient}>: host {one.remote or host} said: {one.said}" for one in failures)
    return (
        f"This is the mail system at host {host}.\r\n\r\n"
        "I'm sorry to have to inform you that your message could not\r\n"
        "be delivered to one or more recipients. It's attached below.\r\n\r\n"
        "For further assistance, please send mail to postmaster.\r\n\r\n"
        "                   The mail system\r\n\r\n"
        f"{told}\r\n"
    ).encode()


def _fields(host: str, failures: Sequence[Failure], key: str, at: float) -> bytes:
    top = f"Reporting-MTA: dns; {host}\r\nX-Postfix-Queue-ID: {key}\r\nArrival-Date: {formatdate(at)}\r\n"
    blocks = [top]
    blocks += [
        f"Final-Recipient: rfc822; {one.recipient}\r\nOriginal-Recipient: rfc822;{one.recipient}\r\n"
        f"Action: {one.action}\r\nStatus: {one.status}\r\nRemote-MTA: dns; {one.remote or host}\r\n"
        f"Diagnostic-Code: smtp; {one.said}\r\n"
        for one in failures
    ]
    return "\r\n".join(blocks).encode()
