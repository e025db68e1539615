"""One client's connection: lines and bytes in, buffered bytes out, TLS from the start or midway."""

from __future__ import annotations

import selectors
import socket
import ssl
from collections.abc import Iterable

_LINE_LIMIT = 65_536
_PIECE = 65_536


class Gone(Exception):
    """The connection is no more, or is to be no more."""


class Wire:
    """A connection. Every method raises `Gone` when the other end, or the server, has hung up."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self.sock = sock
        self.context = context
        self.secure = False
        self._in = bytearray()
        self._out = bytearray()

    def start_tls(self) -> None:
        """Speak TLS from here on; what came before in the clear is forgotten."""
        assert self.context is not None
        self.flush()
        self._in.clear()
        try:
            # The handshake comes after, so that whoever hangs up finds the socket that is in use.
            self.sock = self.context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
            self.sock.do_handshake()
        except OSError as error:
            raise Gone from error
        self.secure = True

    def line(self) -> bytes:
        """Return the next line without its end."""
        start = 0
        while (end := self._in.find(b"\n", start)) < 0:
            if len(self._in) > _LINE_LIMIT:
                raise Gone
            start = len(self._in)
            self._more()
        taken = bytes(self._in[:end])
        del self._in[: end + 1]
        return taken.removesuffix(b"\r")

    def piece(self, most: int = _PIECE) -> bytes:
        """Return the next bytes: at least one, at most so many."""
        if not self._in:
            self._more()
        taken = bytes(self._in[:most])
        del self._in[:most]
        return taken

    def give_back(self, data: bytes) -> None:
        """Let bytes that were read too early be read again."""
        self._in[:0] = data

    def exactly(self, length: int) -> Iterable[bytes]:
        """Yield just so many bytes."""
        while length:
            piece = self.piece(min(length, _PIECE))
            length -= len(piece)
            yield piece

    def _more(self) -> None:
        self.flush()
        try:
            data = self.sock.recv(_PIECE)
        except (OSError, ValueError) as error:
            raise Gone from error
        if not data:
            raise Gone
        self._in += data

    def waiting(self, seconds: float) -> bool:
        """Return whether something can be read now, or within so many seconds."""
        if self._in or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return True
        self.flush()
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.sock, selectors.EVENT_READ)
                return bool(selector.select(seconds))
        except (OSError, ValueError) as error:
            raise Gone from error

    def send(self, data: bytes | str) -> None:
        """Put bytes on their way, at the latest when the other end is waited for."""
        self._out += data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        if len(self._out) > _PIECE:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if not self._out:
            return
        data, self._out = bytes(self._out), bytearray()
        try:
            self.sock.sendall(data)
        except (OSError, ValueError) as error:
            raise Gone from error

    def discard(self) -> None:
        """Forget what is held: an answer that is lost."""
        self._out.clear()

    def close(self) -> None:
        """Hang up."""
        self.sock.close()
