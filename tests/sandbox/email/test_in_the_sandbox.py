"""The mail side as a part of the sandbox: its line, its ports, TLS, and the control API."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve, summary


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(Sandbox(vendors=["email"])) as running:
        yield running


@pytest.fixture
def control(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.line["control"], trust_env=False) as http:
        http.post("/reset")
        http.post("/calls/reset")
        yield http


def test_the_line(running: Running) -> None:
    """It tells hosts, ports and credentials, and the summary for people tells where."""
    email = running.line["email"]
    assert email["address"] == "support@helpdesk.example"
    for way in ("imap", "smtp"):
        assert {"host", "port", "tls_port", "user", "password", "token"} <= set(email[way])
        assert f"{way} 127.0.0.1:{email[way]['port']}" in summary(running.line)


def test_plain_starttls_and_tls(running: Running) -> None:
    """Mail servers are found in the clear, after STARTTLS, and in TLS from the start."""
    email, context = running.line["email"], ssl.create_default_context(cafile=running.line["ca"])
    imap, smtp = email["imap"], email["smtp"]
    with imaplib.IMAP4_SSL(imap["host"], imap["tls_port"], ssl_context=context) as session:
        session.login(imap["user"], imap["password"])
    with imaplib.IMAP4(imap["host"], imap["port"]) as session:
        session.starttls(context)
        session.login(imap["user"], imap["password"])
    with smtplib.SMTP_SSL(smtp["host"], smtp["tls_port"], context=context) as session:
        session.login(smtp["user"], smtp["password"])
    with smtplib.SMTP(smtp["host"], smtp["port"]) as session:
        session.starttls(context=context)
        session.login(smtp["user"], smtp["password"])


def test_the_control_api(running: Running, control: httpx.Client) -> None:
    """Seeds, people, faults, switches, counts and reset reach the mail side as any other."""
    assert control.get("/health").json()["vendors"] == ["email"]
    assert control.post("/seed", json={"kind": "demo"}).json()["email"]["mails"] == 5
    wrote = control.post("/person/email", json={"action": "write", "from": "a@x.example", "body": "Hi"})
    assert wrote.status_code == 200, wrote.text
    shown = control.post("/person/email", json={"action": "inbox", "address": "support@helpdesk.example"})
    assert shown.json()["mails"][-1]["text"].strip() == "Hi"
    changed = control.post("/settings", json={"email": {"authentication": {"x.example": "fail"}}})
    assert changed.json()["email"]["authentication"] == {"x.example": "fail"}
    control.post("/faults", json={"vendor": "email", "script": ["fail_500"], "endpoint": "LOGIN"})
    imap: Any = running.line["email"]["imap"]
    session = imaplib.IMAP4(imap["host"], imap["port"])
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        session.login(imap["user"], imap["password"])
    session.login(imap["user"], imap["password"])
    assert control.get("/calls").json()["email"]["endpoints"]["IMAP LOGIN"] == 2
    control.post("/reset")  # who is connected must sign in anew
    with pytest.raises(imaplib.IMAP4.abort):
        session.noop()
    session.shutdown()
    assert control.get("/settings").json()["email"]["authentication"] == {}
    assert "email imap" in control.get("/").text


def test_the_clock_is_the_sandbox_s(running: Running, control: httpx.Client) -> None:
    """A mail arrives when the sandbox's clock says."""
    control.post("/clock", json={"freeze": "2026-03-01T09:30:00Z"})
    control.post("/person/email", json={"action": "write", "from": "a@x.example", "body": "Hi"})
    imap = running.line["email"]["imap"]
    with imaplib.IMAP4(imap["host"], imap["port"]) as session:
        session.login(imap["user"], imap["password"])
        session.select()
        assert b'INTERNALDATE "01-Mar-2026 09:30:00 +0000"' in session.fetch("1", "INTERNALDATE")[1][0]  # type: ignore[operator]
    control.post("/clock", json={"reset": True})
