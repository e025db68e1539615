"""A conversation over SMTP, as a submission server and the world's MX in one holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from sandbox.email.content import Writer
from sandbox.email.desk import Desk, Event, Fated, Lost
from sandbox.email.mailbox import Account
from sandbox.email.sign_in import REFUSED, mechanisms, sign_in
from sandbox.email.wire import Gone, Wire

_PATH = re.compile(r"<(?:@[^:>]*:)?((?:\"[^\"]*\"@)?[^<>]*)>\s*(.*)")
_MOST_ERRORS = 20
_MOST_RECIPIENTS = 1000
_LONG = 1_000_000  # a line without an end is passed on in pieces


class Refused(Exception):
    """The command is answered with this reply."""


class Smtp:
    """One client."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk, self._office, self._wire = desk, desk.office, wire
        self._client = ""
        self._account: Account | None = None
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._errors = 0

    def converse(self) -> None:
        """Answer commands until either side leaves."""
        if not self._greet():
            return
        while True:
            text = self._wire.line().decode("utf-8", "surrogateescape")
            verb, _, rest = text.partition(" ")
            act = self._ACTS.get(verb.upper())
            if act is None:
                self._error("500 5.5.2 Error: command not recognized")
                continue
            try:
                self._say(act(self, rest.strip()))
            except Refused as refused:
                self._say(str(refused))
            except Lost:
                self._wire.discard()
                return
            if verb.upper() == "QUIT":
                return

    def _greet(self) -> bool:
        try:
            fated = self._fate("CONNECT")
        except Lost:
            return False
        if fated.refused:
            self._say(fated.smtp("421 4.3.2", "554 5.3.2", "Service not available"))
            return False
        self._say(f"220 {self._office.host} ESMTP")
        return True

    def _say(self, reply: str) -> None:
        if reply:
            self._wire.send(f"{reply}\r\n")
            self._desk.answered(int(reply[:3]))

    def _error(self, reply: str) -> None:
        self._errors += 1
        if self._errors > _MOST_ERRORS:
            self._say("421 4.7.0 Error: too many errors")
            self._wire.flush()
            raise Gone
        self._say(reply)

    # hello --------------------------------------------------------------------------------------

    def _ehlo(self, name: str) -> str:
        self._forget()
        self._client = name or "unknown"
        offers = ["PIPELINING", f"SIZE {self._office.settings['size_limit']}", "8BITMIME", "SMTPUTF8"]
        offers += ["ENHANCEDSTATUSCODES", "DSN", f"AUTH {' '.join(mechanisms())}"]
        if self._wire.context is not None and not self._wire.secure:
            offers.append("STARTTLS")
        lines = [self._office.host, *offers]
        return "\r\n".join(f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines)

    def _helo(self, name: str) -> str:
        self._forget()
        self._client = name or "unknown"
        return f"250 {self._office.host}"

    def _starttls(self, _rest: str) -> str:
        if self._wire.context is None or self._wire.secure:
            return "502 5.5.1 Error: command not implemented"
        self._say("220 2.0.0 Ready to start TLS")
        self._wire.start_tls()
        self._forget()
        self._client, self._account = "", None
        return ""

    def _auth(self, rest: str) -> str:
        if self._account is not None:
            return "503 5.5.1 Error: already authenticated"
        if self._sender is not None:
            return "503 5.5.1 Error: MAIL transaction in progress"
        mechanism, _, first = rest.partition(" ")
        if mechanism.upper() not in mechanisms():
            return "535 5.7.8 Error: authentication failed: Invalid authentication mechanism"
        fated = self._fate("AUTH")
        if fated.refused:
            raise Refused(fated.smtp("454 4.7.0", "535 5.7.8", "Error: authentication failed"))
        self._account = sign_in(self._office, mechanism, first or None, self._ask)
        if self._account is None:
            return f"535 5.7.8 Error: authentication failed: {REFUSED}"
        return "235 2.7.0 Authentication successful"

    def _ask(self, challenge: str) -> str:
        self._wire.send(f"334 {challenge}\r\n")
        return self._wire.line().decode("ascii", "replace")

    # a mail -------------------------------------------------------------------------------------

    def _mail(self, rest: str) -> str:
        if self._sender is not None:
            return "503 5.5.1 Error: nested MAIL command"
        path, options = _path(rest, "FROM:")
        size = options.get("SIZE", "")
        fated = self._fate("MAIL", sender=path)
        if fated.refused:
            raise Refused(fated.smtp("451 4.3.0", "550 5.7.1", f"<{path}>: Sender address rejected"))
        if size.isdigit() and int(size) > self._office.settings["size_limit"]:
            return "552 5.3.4 Message size exceeds fixed limit"
        self._sender = path
        return "250 2.1.0 Ok"

    def _rcpt(self, rest: str) -> str:
        if self._sender is None:
            return "503 5.5.1 Error: need MAIL command"
        path, _ = _path(rest, "TO:")
        fated = self._fate("RCPT", recipient=path)
        if fated.refused:
            raise Refused(fated.smtp("450 4.2.1", "550 5.1.1", f"<{path}>: Recipient address rejected"))
        if "@" not in path:
            return f"501 5.1.3 <{path}>: Bad recipient address syntax"
        if len(self._recipients) >= _MOST_RECIPIENTS:
            return "452 4.5.3 Error: too many recipients"
        with self._office.lock:
            relayed = not self._office.ours(path) and self._account is None
            if relayed and self._office.settings["sign_in_to_relay"]:
                return f"554 5.7.1 <{path}>: Relay access denied"
            if refusal := self._office.refusal(path):
                return refusal
        self._recipients.append(path)
        return "250 2.1.5 Ok"

    def _data(self, _rest: str) -> str:
        if self._sender is None:
            return "503 5.5.1 Error: need MAIL command"
        if not self._recipients:
            return "554 5.5.1 Error: no valid recipients"
        fated = self._fate("DATA")
        if fated.refused:
            raise Refused(fated.smtp("451 4.3.0", "554 5.3.0", "Error: data not accepted"))
        self._wire.send("354 End data with <CR><LF>.<CR><LF>\r\n")
        limit = self._office.settings["size_limit"]
        writer = Writer(self._office.spool)
        try:
            for piece in unstuffed(self._wire):
                if writer.size <= limit:
                    writer.write(piece)
            if writer.size > limit:
                self._forget()
                return "552 5.3.4 Error: message file too big"
            return self._take(writer)
        finally:
            writer.drop()

    def _take(self, writer: Writer) -> str:
        """Deliver what has come: the moment in which a mail becomes the house's to carry."""
        sender, recipients = self._sender or "", tuple(self._recipients)
        event = Event("SMTP MESSAGE", self._user, sender, recipients)
        self._forget()
        fated = self._desk.draw(event, writes=True)
        if fated.refused:
            self._desk.settle(fated)
            return fated.smtp("451 4.3.0", "554 5.7.1", "Error: message not accepted")
        with self._office.lock:
            content = writer.done()
            key = self._desk.submit(sender, recipients, content, self._client, self._account)
            self._desk.settle(fated, key)
        return f"250 2.0.0 Ok: queued as {key}"

    @property
    def _user(self) -> str:
        return self._account.address if self._account else ""

    def _fate(self, verb: str, sender: str = "", recipient: str = "") -> Fated:
        """Draw what becomes of a command before the mail itself; its answer may be lost as well."""
        fated = self._desk.draw(Event(f"SMTP {verb}", self._user, sender, (recipient,) if recipient else ()))
        self._desk.settle(fated)
        return fated

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []

    def _rset(self, _rest: str) -> str:
        self._forget()
        return "250 2.0.0 Ok"

    def _noop(self, _rest: str) -> str:
        return "250 2.0.0 Ok"

    def _vrfy(self, _rest: str) -> str:
        return "252 2.0.0 Cannot VRFY user, but will accept the message"

    def _quit(self, _rest: str) -> str:
        return "221 2.0.0 Bye"

    _ACTS: ClassVar = {
        "EHLO": _ehlo, "HELO": _helo, "STARTTLS": _starttls, "AUTH": _auth, "MAIL": _mail, "RCPT": _rcpt,
        "DATA": _data, "RSET": _rset, "NOOP": _noop, "VRFY": _vrfy, "QUIT": _quit,
    }  # fmt: skip


def _path(rest: str, word: str) -> tuple[str, dict[str, str]]:
    """Take `FROM:<a@b> SIZE=1` apart."""
    if not rest.upper().startswith(word):
        raise Refused(f"501 5.5.4 Syntax: {'MAIL' if word == 'FROM:' else 'RCPT'} {word}<address>")
    match = _PATH.fullmatch(rest[len(word) :].strip())
    if match is None:
        raise Refused("501 5.1.7 Bad address syntax")
    options = (option.partition("=") for option in match[2].split())
    return match[1], {name.upper(): value for name, _, value in options}


def unstuffed(wire: Wire) -> Iterator[bytes]:
    """Yield a mail's bytes up to the final dot, the dots that were doubled for the journey undone."""
    held = b"\r\n"  # as if a line had just ended
    skip = len(held)
    while True:
        held += wire.piece()
        if (end := held.find(b"\r\n.\r\n")) >= 0:
            wire.give_back(held[end + 5 :])
            yield held[: end + 2].replace(b"\r\n.", b"\r\n")[skip:]
            return
        # Up to the last line end nothing can be part of a final dot that is still to come.
        cut = held.rfind(b"\r\n")
        if cut <= 0 and len(held) > _LONG:
            cut = len(held) - held.endswith(b"\r")
        if cut > 0:
            yield held[:cut].replace(b"\r\n.", b"\r\n")[skip:]
            held, skip = held[cut:], 0
