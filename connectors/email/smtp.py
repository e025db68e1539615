"""
One connection to a mail server, and one mail at a time over it.

What becomes of a mail is a value (`connectors.email.answers`); what is wrong with the server itself is
raised. Its one promise is about doubt: whatever happens once the first byte of the mail was sent and
until the server's last word on it is `InDoubt`, never a failure, because the server may have the mail;
and nothing before that byte is.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress

from connectors.email.answers import (
    Accepted,
    Answer,
    InDoubt,
    Later,
    Refused,
    Unreached,
    given_ids,
    one_line,
    told,
)
from connectors.email.server import Server
from connectors.email.smtp_sign_in import sign_in
from hub.errors import Misconfigured, SignInFailed, Unavailable

_GO_AHEAD = 354
_CLOSING = 421
_SIGN_IN_FIRST = 530
_PATIENCE = 10
"""RFC 5321 section 4.5.3.2.6 asks for ten minutes before the last answer is given up: ten timeouts."""


class _Gone(Exception):
    """The connection ended before anything of the mail was sent."""


class _Said(Exception):
    """The server will not take the mail; nothing of it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Smtp:
    """A server that mails are handed to. Not for two threads at once."""

    def __init__(self, server: Server, calls: Counter[str]) -> None:
        self._server = server
        self._calls = calls
        self._open: smtplib.SMTP | None = None

    def send(
        self, envelope_from: str, envelope_to: Sequence[str], stream: Iterable[bytes], *, size: int = 0
    ) -> Answer:
        """
        Send a mail for the first of `envelope_to`; the others get it in the same transaction, or not.

        `stream` yields `size` bytes of lines that end in CRLF, and is not touched before the server
        has agreed to take them. A connection that was left over and turns out to be dead is made anew,
        once. Raises `SignInFailed` and `Unavailable` where no connection can be had: nothing was sent.
        """
        attempts = 1 if self._open is None else 2
        gone = ""
        for _ in range(attempts):
            try:
                return self._transact(envelope_from, envelope_to, stream, size)
            except _Gone as error:
                self._drop()
                gone = str(error)
        return Unreached(gone)

    def greet(self) -> None:
        """Connect anew and sign in; nothing is sent. Raises as `send` does."""
        self.close()
        _ = self._ready()

    def close(self) -> None:
        """End the connection politely, if there is one."""
        held, self._open = self._open, None
        if held is not None:
            with suppress(OSError, smtplib.SMTPException):
                held.quit()
            held.close()

    def _transact(
        self, envelope_from: str, envelope_to: Sequence[str], stream: Iterable[bytes], size: int
    ) -> Answer:
        server = self._ready()
        try:
            refused = self._envelope(server, envelope_from, envelope_to, size)
            self._ask(server, "DATA", expected=_GO_AHEAD)
        except _Said as said:
            return said.answer
        return self._data(server, stream, refused)

    def _ready(self) -> smtplib.SMTP:
        """Return a connection with no mail under way."""
        if self._open is None:
            self._calls["SMTP connect"] += 1
            self._open = _connected(self._server)
            return self._open
        try:
            self._ask(self._open, "RSET")
        except _Said as said:
            raise _Gone(str(said.answer.text)) from None
        return self._open

    def _envelope(
        self, server: smtplib.SMTP, envelope_from: str, envelope_to: Sequence[str], size: int
    ) -> dict[str, str]:
        """Name the sender and the recipients; return who besides the first is refused."""
        options = _options(server, [envelope_from, envelope_to[0]], size)
        self._calls["SMTP MAIL"] += 1
        self._ask(server, f"MAIL FROM:<{envelope_from}>{options}")
        notify = (" NOTIFY=FAILURE,DELAY", " NOTIFY=NEVER") if server.has_extn("dsn") else ("", "")
        self._ask(server, f"RCPT TO:<{envelope_to[0]}>{notify[0]}")
        refused: dict[str, str] = {}
        for copy in envelope_to[1:]:
            try:
                self._ask(server, f"RCPT TO:<{copy}>{notify[1]}")
            except _Said as said:
                refused[copy] = said.answer.text
        return refused

    def _ask(self, server: smtplib.SMTP, command: str, expected: int = 250) -> None:
        """Give a command that no mail depends on yet; raise `_Said` unless the answer is yes."""
        try:
            code, words = _command(server, command)
        except (OSError, smtplib.SMTPException) as error:
            raise _Gone(_lost(error)) from None
        text = told(code, words)
        if code == expected or (code == 251 and expected == 250):  # noqa: PLR2004 # it will forward
            return
        if code == _CLOSING:
            raise _Gone(text)
        if code == _SIGN_IN_FIRST:
            raise SignInFailed(f"The mail server {self._server.name} wants a user and a password: {text}")
        raise _Said(Refused(text) if 500 <= code < 600 else Later(text))  # noqa: PLR2004

    def _data(self, server: smtplib.SMTP, stream: Iterable[bytes], refused: dict[str, str]) -> Answer:
        try:
            for piece in _stuffed(stream):
                server.send(piece)
            if server.sock is not None:
                server.sock.settimeout(self._server.timeout * _PATIENCE)
            code, words = server.getreply()
            if server.sock is not None:
                server.sock.settimeout(self._server.timeout)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return InDoubt(_lost(error))
        except BaseException:  # the stream broke: without its end, the server must forget the mail
            self._drop()
            raise
        text = told(code, words)
        if 200 <= code < 300:  # noqa: PLR2004
            return Accepted(text, refused, given_ids(self._server.host, text))
        if code == _CLOSING:
            self._drop()
        if 400 <= code < 500:  # noqa: PLR2004
            return Later(text)
        if 500 <= code < 600:  # noqa: PLR2004
            return Refused(text)
        self._drop()
        return InDoubt(f"an answer that is none: {text}")

    def _drop(self) -> None:
        """End the connection at once: no word may follow that could be taken for a part of the mail."""
        held, self._open = self._open, None
        if held is not None:
            held.close()


def _connected(server: Server) -> smtplib.SMTP:
    """Return a connection that is encrypted as asked and signed in."""
    context = None if server.security == "none" else _trusting(server)
    try:
        made = _reached(server, context)
    except (OSError, smtplib.SMTPException) as error:
        raise _unavailable(server, _why(error)) from None
    try:
        # The end of a mail is a small piece of its own: it must not wait for the answer to the one before.
        _at_once(made)
        made.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            made.starttls(context=context)
            made.ehlo()
        sign_in(made, server)
    except (OSError, smtplib.SMTPException) as error:
        made.close()
        raise _unavailable(server, _why(error)) from None
    except BaseException:
        made.close()
        raise
    return made


def _at_once(made: smtplib.SMTP) -> None:
    if made.sock is not None:
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _trusting(server: Server) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca)
    except OSError as error:  # which an SSLError is, too
        raise Misconfigured(
            f"The certificate authority of the mail server {server.name} cannot be read from {server.ca}: "
            f"{error.strerror or error}. Write the path of a PEM file."
        ) from None


def _reached(server: Server, context: ssl.SSLContext | None) -> smtplib.SMTP:
    # Without a name of our own, smtplib would ask the DNS for one.
    hello = server.user.rpartition("@")[2] or socket.gethostname()
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=hello, timeout=server.timeout, context=context
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=hello, timeout=server.timeout)


def _why(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not to be trusted ({error.verify_message})"
        case smtplib.SMTPNotSupportedError():
            return "it does not offer STARTTLS"
        case smtplib.SMTPResponseException():
            return told(error.smtp_code, error.smtp_error)
        case _:
            return _lost(error)


def _unavailable(server: Server, why: str) -> Unavailable:
    return Unavailable(
        f"The mail server {server.name} cannot be used for sending: {why}. "
        "Outgoing mails wait. Look at its host, port and security in the settings."
    )


def _command(server: smtplib.SMTP, command: str) -> tuple[int, bytes]:
    if server.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection was closed")
    # smtplib's own MAIL and RCPT rewrite addresses; ours are checked, and may be UTF-8.
    server.send(f"{command}\r\n".encode())
    return server.getreply()


def _options(server: smtplib.SMTP, addresses: Sequence[str], size: int) -> str:
    """Return what MAIL FROM announces; raise `_Said` where the server cannot take such a mail."""
    options = ""
    if server.has_extn("size"):
        limit = int(found) if (found := server.esmtp_features["size"].strip()).isdecimal() else 0
        if 0 < limit < size:
            raise _Said(
                Refused(
                    f"552 5.3.4 the mail has {size:,} bytes, and the mail server takes no more than {limit:,}"
                )
            )
        options += f" SIZE={size}" if size else ""
    if not all(it.isascii() for it in addresses):
        if not server.has_extn("smtputf8"):
            raise _Said(
                Refused(
                    "553 5.6.7 the address is not written in ASCII, "
                    "and the mail server does not take such ones (SMTPUTF8)"
                )
            )
        options += " BODY=8BITMIME SMTPUTF8"
    return options


def _stuffed(stream: Iterable[bytes]) -> Iterable[bytes]:
    """Double the dot at the beginning of each line, and end with the line that is one dot."""
    last = b"\r\n"
    for piece in stream:
        if not piece:
            continue
        # A piece may begin where a line does: what came before decides.
        joined = last + piece
        yield joined.replace(b"\r\n.", b"\r\n..")[len(last) :]
        last = joined[-2:]
    yield b".\r\n" if last == b"\r\n" else b"\r\n.\r\n"


def _lost(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "the connection timed out"
    if isinstance(error, OSError) and error.strerror:
        return one_line(f"the connection failed: {error.strerror}")
    return one_line(f"the connection was lost: {error}")
