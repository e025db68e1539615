"""Mails to try servers with."""

from __future__ import annotations

PLAIN = (
    b"From: Ann <ann@x.example>\r\nTo: support@helpdesk.example\r\nSubject: One\r\n"
    b"Message-ID: <1@x.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nbody one\r\n"
)
MULTIPART = (
    b"From: =?utf-8?q?J=C3=B6?= <j@x.example>\r\nSubject: Two\r\nMessage-ID: <2@x.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\npre\r\n"
    b"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\nworld\r\n"
    b'--b1\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-Disposition: attachment; filename="a.pdf"\r\n\r\nQUJD\r\n--b1--\r\n'
)


def mail(number: int, body: bytes = b"hello\r\n", author: str = "ann@x.example") -> bytes:
    """Return a small mail of its own."""
    return (
        f"From: {author}\r\nTo: support@helpdesk.example\r\nSubject: Mail {number}\r\n"
        f"Message-ID: <m{number}@x.example>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\n"
    ).encode() + body
