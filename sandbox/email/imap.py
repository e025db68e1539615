"""A conversation over IMAP4rev1 as Dovecot holds it: commands in, answers out, and what changed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.email import imap_entry, imap_mailboxes, imap_messages
from sandbox.email.content import Content, Writer
from sandbox.email.desk import Desk, Event, Fated, Lost
from sandbox.email.imap_session import Bad, Leave, No, Session
from sandbox.email.imap_words import BadWords, Word, words
from sandbox.email.mailbox import NoMailbox
from sandbox.email.wire import Wire

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
_SMALL_LITERAL = 65_536
_WRITES = frozenset({"APPEND", "STORE", "COPY", "MOVE", "EXPUNGE", "CREATE", "DELETE", "RENAME"})

Act = Callable[[Session, list[Word]], str]
_COMMANDS: Mapping[str, Act] = {**imap_entry.COMMANDS, **imap_mailboxes.COMMANDS, **imap_messages.COMMANDS}
_ANYWHERE = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "ID"})
_BEFORE = frozenset({"LOGIN", "AUTHENTICATE", "STARTTLS"})
_SELECTED = frozenset(imap_messages.COMMANDS) - {"APPEND"} | {"CLOSE", "UNSELECT", "CHECK"}
# While one of these runs, sequence numbers must not move (RFC 3501, 7.4.1).
_STILL = frozenset({"FETCH", "STORE", "SEARCH"})


@dataclass(slots=True)
class _Command:
    verb: str
    by_uid: bool
    args: list[Word]


class Imap:
    """One client."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self._desk, self._wire = desk, wire
        self._session = Session(desk, wire)
        self._tag = "*"

    def converse(self) -> None:
        """Answer commands until either side leaves."""
        session = self._session
        try:
            fated = self._draw("CONNECT")
            if fated.refused:
                self._wire.send("* BYE [UNAVAILABLE] Server shutting down.\r\n")
                return
            self._desk.settle(fated)
            self._wire.send(f"* OK [CAPABILITY {session.capabilities()}] Dovecot ready.\r\n")
            while True:
                self._wire.flush()
                self._one()
        except Leave:
            self._wire.flush()
        except Lost:
            self._wire.discard()

    def _one(self) -> None:
        self._tag = "*"
        name = ""
        # Dovecot tells how long a command took, but not before somebody has signed in.
        took = "" if self._session.account is None else " (0.001 + 0.000 secs)."
        try:
            command = self._read()
            name = f"UID {command.verb}" if command.by_uid else command.verb
            answer = self._do(command)
        except BadWords as bad:
            answer = f"BAD Error in IMAP command {name}: {bad}{took}"
        except Bad as bad:
            answer = f"BAD {bad}{took}"
        except (IndexError, ValueError):  # a word is missing, or is no number
            answer = f"BAD Error in IMAP command {name}: Invalid arguments{took}"
        except (No, NoMailbox) as no:
            answer = f"NO {no}{took}"
        self._wire.send(f"{self._tag} {answer}\r\n")
        self._desk.answered(200 if answer.startswith("OK") else 400)
        self._session.after_answer()

    # reading ------------------------------------------------------------------------------------

    def _read(self) -> _Command:
        text, literals = "", []
        while True:
            line = self._wire.line()
            literal = _LITERAL.search(line)
            if literal is None:
                text += line.decode("utf-8", "surrogateescape")
                break
            text += line[: literal.start()].decode("utf-8", "surrogateescape") + "\0"
            literals.append(self._literal(int(literal[1]), waits=not literal[2]))
        tag, _, rest = text.partition(" ")
        if not tag or not rest:
            raise Bad("Error in IMAP command received by server.")
        self._tag = tag
        verb, _, rest = rest.partition(" ")
        by_uid = verb.upper() == "UID"
        if by_uid:
            verb, _, rest = rest.partition(" ")
        try:
            return _Command(verb.upper(), by_uid, words(rest, literals))
        except BadWords as bad:
            raise Bad(f"Error in IMAP command {verb.upper()}: {bad}") from bad

    def _literal(self, length: int, *, waits: bool) -> Content | str:
        if waits:
            self._wire.send("+ OK\r\n")
        if length <= _SMALL_LITERAL:
            raw = b"".join(self._wire.exactly(length))
            if b"\n" not in raw:
                return raw.decode("utf-8", "surrogateescape")
            return self._desk.office.spool.of(raw)
        writer = Writer(self._desk.office.spool)
        try:
            for piece in self._wire.exactly(length):
                writer.write(piece)
            return writer.done()
        finally:
            writer.drop()

    # doing --------------------------------------------------------------------------------------

    def _do(self, command: _Command) -> str:
        verb, session = command.verb, self._session
        self._permit(command)
        session.still_there(leaving=verb == "LOGOUT")
        fated = self._draw(verb, writes=verb in _WRITES)
        if fated.refused:
            return _refusal(fated, verb)
        if fated.lost:
            session.cut_midway()
        session.by_uid = command.by_uid
        answer = _COMMANDS[verb](session, command.args)
        self._desk.settle(fated)
        session.tell_changes(still=verb in _STILL and not command.by_uid)
        return answer

    def _permit(self, command: _Command) -> None:
        """Refuse what is unknown, and what is not for this moment."""
        verb, session = command.verb, self._session
        signed_in = session.account is not None
        known = verb in _COMMANDS and session.offers(verb)
        if not signed_in and (not known or verb not in _ANYWHERE | _BEFORE):
            raise Bad("Error in IMAP command received by server.")
        if not known or (signed_in and verb in _BEFORE):
            name = f"UID {verb}" if command.by_uid else verb
            raise Bad(f"Error in IMAP command {name}: Unknown command")
        if verb in _SELECTED and session.mailbox is None:
            raise Bad("No mailbox selected")

    def _draw(self, verb: str, *, writes: bool = False) -> Fated:
        account = self._session.account
        event = Event(f"IMAP {verb}", account.address if account else "")
        return self._desk.draw(event, writes=writes)


def _refusal(fated: Fated, verb: str) -> str:
    if verb in _BEFORE:
        never = "[AUTHENTICATIONFAILED] Authentication failed."
        return fated.imap("Temporary authentication failure.", never)
    later = "Internal error occurred. Refer to server log for more information."
    return fated.imap(later, f"[SERVERBUG] {later}")

