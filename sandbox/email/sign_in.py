"""Signing in by SASL, the same over IMAP and SMTP: PLAIN, LOGIN and XOAUTH2."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from sandbox.email.mailbox import Account
from sandbox.email.office import Office

Ask = Callable[[str], str]
"""Puts a challenge (base64) to the client and returns what it answers (base64)."""

REFUSED = "Authentication failed."
_BAD_TOKEN = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}').decode()
_XOAUTH2 = re.compile(r"user=([^\x01]*)\x01auth=bearer ([^\x01]*)\x01", re.IGNORECASE)


def mechanisms() -> Sequence[str]:
    return ("PLAIN", "LOGIN", "XOAUTH2")


def sign_in(office: Office, mechanism: str, first: str | None, ask: Ask) -> Account | None:
    """Return who signed in; None: nobody. `first` is what the client sent along at once."""
    try:
        return _BY[mechanism.upper()](office, first, ask)
    except (binascii.Error, ValueError):
        return None


def _plain(office: Office, first: str | None, ask: Ask) -> Account | None:
    _, user, password = _text(first if first is not None else ask("")).split("\0")
    return office.signs_in(user, password)


def _login(office: Office, first: str | None, ask: Ask) -> Account | None:
    user = _text(first if first is not None else ask(_b64("Username:")))
    return office.signs_in(user, _text(ask(_b64("Password:"))))


def _xoauth2(office: Office, first: str | None, ask: Ask) -> Account | None:
    told = _XOAUTH2.match(_text(first if first is not None else ask("")))
    account = office.bears(told[1], told[2]) if told else None
    if account is None:
        ask(_BAD_TOKEN)  # the client must answer, with nothing, before it hears that it was refused
    return account


_BY: dict[str, Callable[[Office, str | None, Ask], Account | None]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "XOAUTH2": _xoauth2,
}


def _text(encoded: str) -> str:
    encoded = "" if encoded == "=" else encoded
    return base64.b64decode(encoded, validate=True).decode("utf-8")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
