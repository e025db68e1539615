"""A delivery status that has no words is told in those of the text above it."""

from __future__ import annotations

from connectors.email.filters.bounces import report_of
from connectors.email.message import read
from connectors.email.source import BytesSource

EXIM = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@mx.acme.example>
To: support+b.x@acme.example
Subject: Mail delivery failed: returning message to sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=1-x

--1-x
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  gone@nowhere.example
    5.1.1 no such user here

--1-x
Content-type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Action: failed
Final-Recipient: rfc822;gone@nowhere.example
Status: 5.0.0
{more}
--1-x--
"""


def status_of(more: str = "") -> tuple[str, str]:
    message = read(BytesSource(EXIM.format(more=more).replace("\n", "\r\n").encode()))
    report = report_of(message)
    assert report is not None
    [one] = report.recipients
    return one.status, one.diagnostic


def test_words_and_the_precise_code_come_from_the_text() -> None:
    assert status_of() == ("5.1.1", "5.1.1 no such user here")


def test_words_of_its_own_stand() -> None:
    assert status_of("Diagnostic-Code: smtp; 550 5.2.2 mailbox full\n") == ("5.2.2", "smtp; 550 5.2.2 mailbox full")
