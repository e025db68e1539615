"""Listening: one thread takes connections on all ports, and each connection has a thread of its own."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.email.wire import Gone, Wire

_BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Door:
    """A bound socket, who serves those that come in by it, and whether they speak TLS at once."""

    sock: socket.socket
    serve: Callable[[Wire], None]
    tls: bool = False


class Loopback:
    """Doors that are open until `close`, which leaves neither a thread nor a connection."""

    def __init__(self, doors: Sequence[Door], context: ssl.SSLContext | None = None) -> None:
        self._doors = doors
        self._context = context
        self._lock = threading.Lock()
        self._live: dict[threading.Thread, Wire] = {}
        self._closing = False
        self._waker, self._wakened = socket.socketpair()
        for door in doors:
            door.sock.listen(_BACKLOG)
            door.sock.setblocking(False)
        self._thread = threading.Thread(target=self._accept, name="mail", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up on everybody and wait until all are gone."""
        if self._closing:
            return
        self._closing = True
        self._waker.send(b"x")
        self._thread.join()
        with self._lock:
            live = dict(self._live)
        for thread, wire in live.items():
            _hang_up(wire)
            thread.join()
        self._waker.close()
        self._wakened.close()
        for door in self._doors:
            door.sock.close()

    def drop(self) -> int:
        """Hang up on everybody, but go on; return how many there were."""
        with self._lock:
            live = list(self._live.values())
        for wire in live:
            _hang_up(wire)
        return len(live)

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wakened, selectors.EVENT_READ)
            for door in self._doors:
                selector.register(door.sock, selectors.EVENT_READ, door)
            while not self._closing:
                for key, _ in selector.select():
                    if isinstance(key.data, Door):
                        self._welcome(key.data)

    def _welcome(self, door: Door) -> None:
        try:
            sock, _ = door.sock.accept()
        except OSError:  # gone again before we looked
            return
        sock.setblocking(True)
        # Answers are flushed whole: waiting for more to send would only slow a conversation down.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(sock, self._context)
        thread = threading.Thread(target=self._converse, args=(door, wire), name="mail client", daemon=True)
        with self._lock:
            self._live[thread] = wire
        thread.start()

    def _converse(self, door: Door, wire: Wire) -> None:
        try:
            if door.tls:
                wire.start_tls()
            door.serve(wire)
            wire.flush()
        except Gone:
            pass
        finally:
            with self._lock:
                self._live.pop(threading.current_thread(), None)
            wire.close()


def _hang_up(wire: Wire) -> None:
    with contextlib.suppress(OSError):
        # The plain method, also for TLS: the other thread may be in the midst of reading.
        socket.socket.shutdown(wire.sock, socket.SHUT_RDWR)
