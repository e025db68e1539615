"""IMAP commands of any time, and those of signing in."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.email.imap_session import Bad, Leave, No, Session
from sandbox.email.imap_words import Word, text_of
from sandbox.email.mailbox import Account
from sandbox.email.sign_in import REFUSED, mechanisms, sign_in

_POLL = 0.02


def capability(session: Session, _args: list[Word]) -> str:
    """Tell what is offered."""
    session.untagged(f"CAPABILITY {session.capabilities()}")
    return "OK Pre-login capabilities listed, post-login capabilities have more." if (
        session.account is None
    ) else "OK Capability completed (0.001 + 0.000 secs)."


def noop(session: Session, _args: list[Word]) -> str:
    """Do nothing; changes are told after any command."""
    del session
    return "OK NOOP completed (0.001 + 0.000 secs)."


def logout(session: Session, _args: list[Word]) -> str:
    """Say goodbye."""
    session.untagged("BYE Logging out")
    session.leaving = True
    return "OK Logout completed (0.001 + 0.000 secs)."


def identify(session: Session, _args: list[Word]) -> str:
    """Tell the server's name (RFC 2971)."""
    session.untagged('ID ("name" "Dovecot")')
    return "OK ID completed (0.001 + 0.000 secs)."


def login(session: Session, args: list[Word]) -> str:
    """Sign in with user and password."""
    if len(args) != 2:
        raise Bad("Error in IMAP command LOGIN: Invalid arguments.")
    return _welcome(session, session.office.signs_in(text_of(args[0]), text_of(args[1])))


def authenticate(session: Session, args: list[Word]) -> str:
    """Sign in by SASL, with or without a first answer at once."""
    if not args or text_of(args[0]).upper() not in mechanisms():
        raise No("Unsupported authentication mechanism.")

    def ask(challenge: str) -> str:
        session.wire.send(f"+ {challenge}\r\n")
        return session.wire.line().decode("ascii", "replace")

    first = text_of(args[1]) if len(args) > 1 else None
    return _welcome(session, sign_in(session.office, text_of(args[0]), first, ask))


def _welcome(session: Session, account: Account | None) -> str:
    if account is None:
        raise No(f"[AUTHENTICATIONFAILED] {REFUSED}")
    session.account = account
    return f"OK [CAPABILITY {session.capabilities()}] Logged in"


def starttls(session: Session, _args: list[Word]) -> str:
    """Go on in TLS."""
    if session.wire.context is None or session.wire.secure:
        raise Bad("TLS support isn't enabled.")
    session.begins_tls = True
    return "OK Begin TLS negotiation now."


def enable(session: Session, args: list[Word]) -> str:
    """Switch extensions on (RFC 5161)."""
    wanted = {text_of(arg).upper() for arg in args}
    on = [name for name in ("CONDSTORE",) if name in wanted and session.office.settings["condstore"]]
    session.condstore = session.condstore or bool(on)
    session.untagged(" ".join(["ENABLED", *on]))
    return "OK Enabled (0.001 + 0.000 secs)."


def idle(session: Session, _args: list[Word]) -> str:
    """Tell of changes as they happen, until the client has had enough (RFC 2177)."""
    session.wire.send("+ idling\r\n")
    while not session.wire.waiting(_POLL):
        if session.desk.stopping.is_set():
            raise Leave
        session.still_there()
        session.tell_changes()
    if session.wire.line().strip().upper() != b"DONE":
        raise Bad("Expected DONE.")
    return "OK Idle completed (0.001 + 0.000 secs)."


COMMANDS: dict[str, Callable[[Session, list[Word]], str]] = {
    "CAPABILITY": capability,
    "NOOP": noop,
    "CHECK": noop,
    "LOGOUT": logout,
    "ID": identify,
    "LOGIN": login,
    "AUTHENTICATE": authenticate,
    "STARTTLS": starttls,
    "ENABLE": enable,
    "IDLE": idle,
}
