"""A wire to a mail server that breaks where it hurts most: just before, or just after, the final dot."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal

from connectors.email.server import Server

Cut = Literal["after the dot", "before the dot"]
_END = b"\r\n.\r\n"


@dataclass
class Wire:
    """`cuts` are what happens to the next mails that go over it; then it is a good wire."""

    server: Server
    cuts: list[Cut]


@contextmanager
def wire_to(server: Server, *cuts: Cut) -> Iterator[Wire]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        wire = Wire(replace(server, port=door.getsockname()[1]), list(cuts))
        thread = threading.Thread(target=_accept, args=(door, server, wire), daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _accept(door: socket.socket, server: Server, wire: Wire) -> None:
    while True:
        try:
            client, _ = door.accept()
        except OSError:
            return
        with client, socket.create_connection((server.host, server.port), timeout=20) as beyond:
            client.settimeout(20)
            with suppress(OSError):
                _converse(client, beyond, wire)


def _converse(client: socket.socket, beyond: socket.socket, wire: Wire) -> None:
    """Carry replies and commands in turn; a mail is carried until its final dot."""
    while True:
        reply = _reply(beyond)
        client.sendall(reply)
        if reply.startswith(b"354") and not _carry_mail(client, beyond, wire):
            return
        if not reply.startswith(b"354"):
            line = _line(client)
            beyond.sendall(line)


def _carry_mail(client: socket.socket, beyond: socket.socket, wire: Wire) -> bool:
    tail = b"\r\n"
    while True:
        some = client.recv(65536)
        if not some:
            return False
        tail = (tail + some)[-len(some) - 4 :]
        if tail.endswith(_END):
            break
        beyond.sendall(some)
        tail = tail[-4:]
    cut = wire.cuts.pop(0) if wire.cuts else None
    if cut == "before the dot":
        return False
    beyond.sendall(some)
    if cut == "after the dot":
        _reply(beyond)
        return False
    return True


def _reply(beyond: socket.socket) -> bytes:
    lines = b""
    while True:
        line = _line(beyond)
        lines += line
        if line[3:4] != b"-":
            return lines


def _line(end: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        some = end.recv(1)
        if not some:
            raise OSError
        line += some
    return line
