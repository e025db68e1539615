"""The data sets of the support mailbox: `empty`, `demo` and `bulk`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.email import people
from sandbox.email.office import Office

_HOUR = 3600.0
_DEMO: tuple[dict[str, Any], ...] = (
    {
        "author": "Nora Lindqvist <nora@northwind.example>",
        "subject": "Invoices show the wrong VAT rate",
        "body": "Hello,\n\nsince Monday all our invoices show 25 % instead of 12 %.\n"
        "Can you correct this before the end of the month?\n\n"
        "Best regards\nNora Lindqvist\n-- \nNorthwind AB, Göteborg\n",
    },
    {
        "author": "Jürgen Weiß <juergen@globex.example>",
        "subject": "Anmeldung schlägt fehl (Größe überschritten)",
        "body": "Guten Tag,\n\nunsere Kollegen können sich seit heute früh nicht mehr anmelden.\n\n"
        "Mit freundlichen Grüßen\nJürgen Weiß\n",
        "files": [
            {"name": "Fehlerprotokoll März.txt", "type": "text/plain", "content": "08:01 Fehler 17\n" * 40}
        ],
    },
    {
        "author": "Олена Шевченко <olena@initech.example>",
        "subject": "Не працює експорт звіту",
        "body": "Доброго дня!\n\nЕкспорт звіту за лютий завершується помилкою.\n\nДякую,\nОлена\n",
        "html": "<p>Доброго дня!</p><p>Експорт звіту за лютий <b>завершується помилкою</b>.</p>"
        "<p>Дякую,<br>Олена</p>",
    },
    {
        "author": "Sam Ortiz <sam@umbrella.example>",
        "subject": "Webhook deliveries are late",
        "body": "Deliveries reach us with 20 minutes of delay since the weekend.\n\nSam\n",
        "cc": ["Ops <ops@umbrella.example>"],
    },
    {
        "author": "Build Robot <noreply@ci.example>",
        "subject": "[build] nightly #1287 failed",
        "body": "This message was created automatically.\n",
        "auto": "auto-generated",
        "sender": "",
    },
)


def plant(office: Office, kind: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill the mailbox. Raises ValueError for an unknown kind or parameter."""
    if kind not in {"empty", "demo", "bulk"}:
        raise ValueError(f"no seed {kind!r}; there are empty, demo, bulk")
    if unknown := set(params) - ({"count", "body"} if kind == "bulk" else set()):
        raise ValueError(f"the seed {kind!r} takes no {', '.join(sorted(unknown))}")
    if kind == "demo":
        _demo(office)
    elif kind == "bulk":
        _bulk(office, **params)
    return {"address": office.address, "mails": len(office.anybody(office.address).inbox.mails)}


def _demo(office: Office) -> None:
    """A morning's mail, the oldest some hours ago."""
    for mail in _DEMO:
        people.write(office, **mail)
    for ago, put in enumerate(reversed(office.anybody(office.address).inbox.mails[-len(_DEMO) :]), 1):
        put.date -= ago * _HOUR


def _bulk(office: Office, count: int = 1000, body: int = 1500) -> None:
    """Many plain mails of many customers, as fast as can be."""
    box, now = office.anybody(office.address).inbox, office.clock.now()
    text = ("The report of last week does not open any more. " * (body // 48 + 1))[:body]
    first = len(box.mails)  # so that a second helping is not the first one again
    for number in range(first, first + count):
        author = f"customer{number % 5000}@company{number % 700}.example"
        raw = (
            f"Return-Path: <{author}>\r\nDelivered-To: {office.address}\r\n"
            f"Authentication-Results: {office.host}; dmarc=pass header.from={author.rpartition('@')[2]}\r\n"
            f"From: Customer {number} <{author}>\r\nTo: {office.address}\r\nSubject: Report {number}\r\n"
            f"Message-ID: <bulk.{number}@{author.rpartition('@')[2]}>\r\n"
            "Date: Mon, 2 Mar 2026 09:00:00 +0000\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{number}: {text}\r\n"
        )
        box.add(office.spool.of(raw.encode()), now - (first + count - number))
