"""A mail server on loopback that does, to the letter, the wrong thing at the right moment."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CUT = "cut"
"""End the connection instead of answering."""
TAKE_AND_CUT = "take and cut"
"""After the final dot: keep the mail, and end the connection instead of saying so."""
CUT_IN_DATA = "cut in data"
"""Instead of an answer to the final dot: end the connection while the mail is still coming in."""
CUT_BEFORE = "cut before"
"""End the connection after this answer, while it is idle."""


class Taken(NamedTuple):
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class FaultyServer:
    """
    `answers` holds, by verb (`GREETING`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `RSET`, and `.` for the
    end of a mail), what is said the next times; a callable gets the line. What is not scripted is good.
    """

    extensions: tuple[str, ...] = ("SIZE 30000000", "8BITMIME", "DSN", "AUTH PLAIN LOGIN XOAUTH2")
    answers: dict[str, deque[str | Callable[[str], str]]] = field(default_factory=lambda: defaultdict(deque))
    taken: list[Taken] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None
    """Speak TLS from the first byte; with STARTTLS among the extensions: from that command on."""
    port: int = 0

    def say(self, verb: str, *answers: str | Callable[[str], str]) -> None:
        self.answers[verb].extend(answers)

    def answer(self, verb: str, line: str, good: str) -> str:
        scripted = self.answers[verb]
        said = scripted.popleft() if scripted else good
        return said(line) if callable(said) else said


class _Session(socketserver.StreamRequestHandler):
    _sender = ""
    _recipients: list[str]

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(10)
        world: FaultyServer = self.server.world  # type: ignore[attr-defined]
        if world.tls is not None and "STARTTLS" not in world.extensions:
            with suppress(OSError):
                self._encrypt(world.tls)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)

    def handle(self) -> None:
        world: FaultyServer = self.server.world  # type: ignore[attr-defined]
        world.connections += 1
        with suppress(OSError, EOFError):
            self._talk(world)

    def _reply(self, said: str) -> None:
        if said == CUT:
            raise EOFError
        last = said.removesuffix(CUT_BEFORE)
        self.wfile.write(last.encode() + b"\r\n")
        if last != said:
            raise EOFError

    def _read(self) -> str:
        line = self.rfile.readline(100_000)
        if not line:
            raise EOFError
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def _talk(self, world: FaultyServer) -> None:
        self._reply(world.answer("GREETING", "", "220 faulty.test ESMTP"))
        while True:
            line = self._read()
            world.lines.append(line)
            verb = line.split(" ", 1)[0].upper()
            match verb:
                case "EHLO":
                    known = "".join(f"\r\n250-{it}" for it in world.extensions)
                    self._reply(world.answer(verb, line, f"250-faulty.test{known}\r\n250 HELP"))
                case "AUTH":
                    self._auth(world, line)
                case "STARTTLS" if world.tls is not None:
                    self._reply("220 2.0.0 go ahead")
                    self._encrypt(world.tls)
                case "QUIT":
                    self._reply("221 2.0.0 bye")
                    return
                case "MAIL" | "RCPT" | "DATA" | "RSET":
                    self._mail(world, verb, line)
                case _:
                    self._reply("502 5.5.2 what?")

    def _mail(self, world: FaultyServer, verb: str, line: str) -> None:
        said = world.answer(verb, line, "354 go ahead" if verb == "DATA" else "250 2.0.0 OK")
        if verb == "MAIL":
            self._sender, self._recipients = _path(line), []
        if verb == "RCPT" and said.startswith("25"):
            self._recipients.append(_path(line))
        self._reply(said)
        if said.startswith("354"):
            self._data(world, self._sender, tuple(self._recipients))

    def _auth(self, world: FaultyServer, line: str) -> None:
        words = line.split(" ")
        good = "235 2.7.0 in"
        if words[1].upper() == "LOGIN":
            for prompt in ("Username:", "Password:"):
                self._reply(f"334 {base64.b64encode(prompt.encode()).decode()}")
                world.lines.append(self._read())
        said = world.answer("AUTH", line, good)
        self._reply(said)
        if said.startswith("334"):
            world.lines.append(self._read())
            self._reply(world.answer("AUTH", "", "535 5.7.8 no"))

    def _data(self, world: FaultyServer, sender: str, recipients: tuple[str, ...]) -> None:
        if CUT_IN_DATA in world.answers["."]:
            world.answers["."].popleft()
            self.rfile.readline(1000)
            # Reset, not ended politely: the sender learns of it while it writes.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raise EOFError
        raw = bytearray()
        while (line := self.rfile.readline(100_000)) != b".\r\n":
            if not line:
                raise EOFError
            raw += line.removeprefix(b".")
        said = world.answer(".", "", "250 2.0.0 OK queued as 1")
        if said.startswith("25") or said == TAKE_AND_CUT:
            world.taken.append(Taken(sender, recipients, bytes(raw)))
        self._reply(CUT if said == TAKE_AND_CUT else said)


def _path(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is what these tests are about."""


@contextmanager
def faulty_server(**settings: Any) -> Iterator[FaultyServer]:
    world = FaultyServer(**settings)
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.world = world  # type: ignore[attr-defined]
        world.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield world
        finally:
            server.shutdown()
            thread.join()
