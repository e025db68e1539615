"""A mail server that misbehaves as told: enough IMAP for one mailbox, and every fault by a switch."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

_LINE = re.compile(rb"(?P<tag>\S+) (?P<uid>UID )?(?P<command>[A-Za-z]+) ?(?P<rest>.*)\r\n", re.DOTALL)
_PARTIAL = re.compile(rb"BODY\.PEEK\[\]<(\d+)\.(\d+)>")


@dataclass
class Script:
    """What the server has, and how it behaves."""

    mails: dict[int, bytes] = field(default_factory=dict)
    capabilities: str = "IMAP4rev1 AUTH=PLAIN IDLE"
    greeting: bytes = b"* OK ready\r\n"
    uidvalidity: int | None = 7
    tells_uidnext: bool = True
    sizes: dict[int, int] = field(default_factory=dict)
    """What it says of a mail's size, where that is not so."""
    declines: dict[int, str] = field(default_factory=dict)
    """Mails whose text it will not give out, and what it says."""
    omits: set[int] = field(default_factory=set)
    """Mails that it lists but gives no text of."""
    whole: bool = False
    """It does not know partial FETCH and gives all."""
    dated: bool = True
    cut_after: int | None = None
    """It breaks the connection after so many bytes of answers to FETCH, once."""
    answers: dict[str, bytes] = field(default_factory=dict)
    """What it says to a command, `TAG` standing for the tag, whatever was asked."""
    token: str = "good"
    silent: bool = False
    """While idling it says nothing, and then the connection is gone."""
    pushes: bytes = b""
    """What it says while idling."""
    heard: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    """The most UIDs that one command named."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Break every connection."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rwb") as stream:
            stream.write(self.greeting)
            stream.flush()
            while line := stream.readline():
                match = _LINE.fullmatch(line)
                if match is None:
                    return
                command = match["command"].decode().upper()
                self.heard[command] += 1
                if command in self.answers:
                    out = self.answers[command].replace(b"TAG", match["tag"])
                else:
                    out = getattr(self, f"_{command.lower()}")(match["tag"], match["rest"], stream)
                if command == "FETCH" and self.cut_after is not None:
                    stream.write(out[: self.cut_after])
                    stream.flush()
                    self.cut_after = None
                    return
                stream.write(out)
                stream.flush()

    def _capability(self, tag: bytes, *_: object) -> bytes:
        return f"* CAPABILITY {self.capabilities}\r\n".encode() + tag + b" OK done\r\n"

    def _authenticate(self, tag: bytes, rest: bytes, stream: object) -> bytes:
        stream.write(b"+ \r\n")  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
        said = base64.b64decode(stream.readline())  # type: ignore[attr-defined]
        if not rest.upper().startswith(b"XOAUTH2"):
            good = said == b"\0help\0right"
            return tag + (b" OK in\r\n" if good else b" NO [AUTHENTICATIONFAILED] wrong\r\n")
        if said == f"user=help\1auth=Bearer {self.token}\1\1".encode():
            return tag + b" OK in\r\n"
        challenge = json.dumps({"status": "401", "schemes": "bearer", "scope": "mail"}).encode()
        stream.write(b"+ " + base64.b64encode(challenge) + b"\r\n")  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
        if stream.readline() != b"\r\n":  # type: ignore[attr-defined]
            return tag + b" BAD an empty line was wanted\r\n"
        return tag + b" NO SASL authentication failed\r\n"

    def _login(self, tag: bytes, rest: bytes, _: object) -> bytes:
        good = rest == b'help "right"'
        return tag + (b" OK in\r\n" if good else b" NO [AUTHENTICATIONFAILED] wrong\r\n")

    def _examine(self, tag: bytes, *_: object) -> bytes:
        out = f"* {len(self.mails)} EXISTS\r\n* 0 RECENT\r\n".encode()
        if self.uidvalidity is not None:
            out += b"* OK [UIDVALIDITY %d] valid\r\n" % self.uidvalidity
        if self.tells_uidnext:
            out += b"* OK [UIDNEXT %d] next\r\n" % (max(self.mails, default=0) + 1)
        return out + tag + b" OK [READ-ONLY] open\r\n"

    def _status(self, tag: bytes, rest: bytes, _: object) -> bytes:
        name = rest.partition(b" (")[0]
        told = b"MESSAGES %d UIDNEXT %d UIDVALIDITY %d" % (
            len(self.mails), max(self.mails, default=0) + 1, self.uidvalidity or 0,
        )  # fmt: skip
        return b"* STATUS " + name + b" (" + told + b")\r\n" + tag + b" OK done\r\n"

    def _search(self, tag: bytes, rest: bytes, _: object) -> bytes:
        first, _, last = rest.partition(b"UID ")[2].split(b" ")[0].partition(b":")
        top = max(self.mails, default=0) if last == b"*" else int(last)
        found = [uid for uid in sorted(self.mails) if int(first) <= uid <= top]
        if last == b"*" and self.mails and not found:
            found = [max(self.mails)]  # `n:*` is never empty
        self.longest = max(self.longest, len(found))
        return b"* SEARCH" + b"".join(b" %d" % uid for uid in found) + b"\r\n" + tag + b" OK done\r\n"

    def _fetch(self, tag: bytes, rest: bytes, _: object) -> bytes:
        names, _, items = rest.partition(b" ")
        uids = [int(uid) for uid in names.split(b",")]
        self.longest = max(self.longest, len(uids))
        out: list[bytes] = []
        partial = _PARTIAL.search(items)
        for uid in uids:
            if uid not in self.mails:
                continue
            if partial is None:
                out.append(self._meta(uid))
            elif uid in self.declines:
                return b"".join(out) + tag + b" NO " + self.declines[uid].encode() + b"\r\n"
            elif uid not in self.omits:
                out.append(self._text(uid, int(partial[1]), int(partial[2])))
        return b"".join(out) + tag + b" OK done\r\n"

    def _meta(self, uid: int) -> bytes:
        size = self.sizes.get(uid, len(self.mails[uid]))
        day = b' INTERNALDATE "05-Jan-2026 10:00:00 +0200"' if self.dated else b""
        return b"* %d FETCH (UID %d RFC822.SIZE %d%b)\r\n" % (uid, uid, size, day)

    def _text(self, uid: int, offset: int, length: int) -> bytes:
        raw = self.mails[uid]
        piece = raw if self.whole else raw[offset : offset + length]
        name = b"BODY[]" if self.whole else b"BODY[]<%d>" % offset
        return b"* %d FETCH (UID %d %b {%d}\r\n%b)\r\n" % (uid, uid, name, len(piece), piece)

    def _list(self, tag: bytes, *_: object) -> bytes:
        out = b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren \\Sent) "/" "Sent things"\r\n'
        return out + b'* LIST (\\Noselect) "/" Shared\r\n' + tag + b" OK done\r\n"

    def _idle(self, tag: bytes, _rest: bytes, stream: object) -> bytes:
        stream.write(b"+ idling\r\n" + self.pushes)  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
        if self.silent:
            raise OSError
        stream.readline()  # type: ignore[attr-defined]
        return tag + b" OK done\r\n"

    def _logout(self, tag: bytes, *_: object) -> bytes:
        return b"* BYE bye\r\n" + tag + b" OK out\r\n"
