"""
An IMAP connection, opened and signed in, and what its failures mean.

Whatever breaks below (sockets, TLS, the library, an answer that is not IMAP) becomes one of the hub's
errors here; only a plain NO of the server stays a matter of the caller, as `Declined`.
"""

from __future__ import annotations

import imaplib
import json
import logging
import re
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import LoginError, ProtocolError

from connectors.email.server import Server
from connectors.wire import is_loopback
from hub.errors import HubError, Misconfigured, SignInFailed, Unavailable

T = TypeVar("T")

# The library's own log quotes what servers said, and at its lower levels what was sent.
logging.getLogger("imapclient").setLevel(logging.ERROR)

_PASSING = re.compile(
    r"\[(UNAVAILABLE|LIMIT|INUSE|SERVERBUG|THROTTLED|OVERQUOTA|MESSAGELIMIT)\b"
    r"|too many|try again|temporar|internal (server )?error|under us",
    re.IGNORECASE,
)
"""Refusals that say nothing about what was asked (RFC 5530, and what providers write instead)."""
_GARBAGE = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, RuntimeError, ArithmeticError,
    MemoryError,
)  # fmt: skip
"""What the library raises when an answer is not what the protocol says."""
_LONGEST = 200


class Declined(Exception):
    """The server said NO to one command; the connection is as good as before. `str()` is its reason."""

    @property
    def passing(self) -> bool:
        """Whether it may say yes a little later."""
        return _PASSING.search(str(self)) is not None


@contextmanager
def explained(server: Server, doing: str) -> Generator[None]:
    """Turn what goes wrong into `Declined` (NO) or `Unavailable`; after that one the connection is gone."""
    try:
        yield
    except (HubError, Declined):
        raise
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(
            f"the TLS certificate of the mail server {server.name} is not trusted ({error.verify_message}); "
            "if it is signed by your own authority, name that authority's file as `ca` in hub.toml"
        ) from None
    except ssl.SSLError as error:
        raise Unavailable(
            f"the mail server {server.name} and we could not agree on TLS while we were {doing} "
            f"({error.reason or 'no reason given'}); check `port` and `security` "
            "(tls for port 993, starttls for 143) in hub.toml"
        ) from None
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Unavailable(
            f"the mail server {server.name} broke off while we were {doing} ({_reason(error)}); "
            "what was taken until then is kept, and the next run goes on from there"
        ) from None
    except ProtocolError:
        raise _garbage(server, doing) from None
    except imaplib.IMAP4.error as error:
        raise _sorted(server, doing, str(error)) from None
    except _GARBAGE:
        raise _garbage(server, doing) from None


def _sorted(server: Server, doing: str, text: str) -> Exception:
    if re.search(r"\bBAD\b", text):
        return Unavailable(
            f"the mail server {server.name} did not understand us while we were {doing}: {cut(text)}"
        )
    if " failed: " not in text:  # not an answer to a command: a line too long, a greeting of something else
        return _garbage(server, doing)
    return Declined(cut(text.partition(" failed: ")[2]))


def _garbage(server: Server, doing: str) -> Unavailable:
    return Unavailable(
        f"what answers at {server.name} does not speak IMAP as we know it (while we were {doing}); "
        "check `host` and `port` of this mailbox in hub.toml"
    )


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return cut(str(error)) or type(error).__name__


def cut(text: str) -> str:
    """A server's words, fit for one line of a message."""
    line = " ".join(text.replace("\0", "").split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def opened(server: Server) -> Any:  # the library's methods are typed in part only
    """Return a connection that is signed in. Raises `SignInFailed`, `Unavailable` or `Misconfigured`."""
    if server.security == "none" and not is_loopback(server.host):
        raise Misconfigured(
            f"the mail server {server.name} would get our password without encryption: "
            "set `security` to tls or starttls in hub.toml"
        )
    context = None if server.security == "none" else _context(server)
    with explained(server, "connecting"):
        client: Any = IMAPClient(
            server.host,
            server.port,
            ssl=server.security == "tls",
            ssl_context=context,
            timeout=server.timeout,
        )
    try:
        # The library would write every answer, mails included, into its debugging texts, used or not.
        client._imap.debug = 0  # noqa: SLF001
        client.normalise_times = False  # times with their zone, not the ones of this machine
        if server.security == "starttls":
            with _never_declined(server, "starting TLS"), explained(server, "starting TLS"):
                client.starttls(context)
        _sign_in(client, server)
    except BaseException:
        closed(client)
        raise
    return client


def closed(client: Any) -> None:
    """Close a connection, whatever state it is in."""
    with suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()


def _context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca:
        try:
            context.load_verify_locations(cafile=server.ca)
        except OSError as error:
            raise Misconfigured(
                f"the CA file {server.ca} cannot be used ({error}); "
                "name a readable file with certificates in PEM form"
            ) from None
    return context


@contextmanager
def _never_declined(server: Server, doing: str) -> Generator[None]:
    try:
        yield
    except Declined as error:
        raise Unavailable(f"the mail server {server.name} said no while we were {doing}: {error}") from None


def _sign_in(client: Any, server: Server) -> None:
    if server.token is not None:
        _with_token(client, server, server.token)
    elif server.password is not None:
        _with_password(client, server, server.password)
    else:
        raise Misconfigured(
            f"nothing signs {server.user or 'us'} in at the mail server {server.name}: "
            "give this mailbox a password or an OAuth client in hub.toml"
        )


def _with_password(client: Any, server: Server, password: str) -> None:
    doing = "signing in"
    try:
        with explained(server, doing):
            if client.has_capability("AUTH=PLAIN"):  # LOGIN takes ASCII only
                _asked(lambda: client.plain_login(server.user, password))
            else:
                _asked(lambda: client.login(server.user, password))
    except Declined as error:
        said = cut(str(error).replace(password, "…")) if password else str(error)
        raise _refused(
            server,
            error,
            f"the mail server {server.name} did not accept the password of {server.user} ({said}): correct "
            "`user` and `password` of this mailbox in hub.toml; where the account has two-step sign-in, the "
            "provider wants an app password or OAuth",
        ) from None


def _with_token(client: Any, server: Server, token: Callable[[], str]) -> None:
    """Sign in by XOAUTH2. A token that is refused before its time is renewed once, where that can be."""
    try:
        _offer(client, server, token())
    except Declined as error:
        renew = getattr(token, "refused", None)
        if error.passing or renew is None or not renew():
            raise _refused(server, error, _no_token(server, error)) from None
        try:
            _offer(client, server, token())
        except Declined as again:
            raise _refused(server, again, _no_token(server, again)) from None


def _no_token(server: Server, error: Declined) -> str:
    return (
        f"the mail server {server.name} did not accept our OAuth token for {server.user} ({error}): check "
        "that this user signed in with `hub init`, that the client may read and send mail, and that IMAP is "
        "switched on for the mailbox"
    )


def _refused(server: Server, error: Declined, message: str) -> HubError:
    if error.passing:
        return Unavailable(f"the mail server {server.name} does not let {server.user} in now: {error}")
    return SignInFailed(message)


class _Bearer:
    """XOAUTH2: the token first, then an empty line to whatever the server holds against it."""

    def __init__(self, user: str, token: str) -> None:
        self._first: str | None = f"user={user}\1auth=Bearer {token}\1\1"
        self.said = ""

    def __call__(self, challenge: bytes) -> str | bytes:
        first, self._first = self._first, None
        if first is not None:
            return first
        with suppress(ValueError, AttributeError):
            told: dict[str, Any] = json.loads(challenge)
            self.said = f"status {told.get('status', 'unknown')}"
        return b""


def _offer(client: Any, server: Server, token: str) -> None:
    bearer = _Bearer(server.user, token)
    try:
        with explained(server, "signing in"):
            _asked(lambda: client.sasl_login("XOAUTH2", bearer))
    except Declined as error:
        said = ", ".join(part for part in (str(error).replace(token, "…"), bearer.said) if part)
        raise Declined(said) from None


def _asked(ask: Callable[[], T]) -> T:
    """The library calls everything that goes wrong here a refusal; a broken connection is none."""
    try:
        return ask()
    except LoginError as error:
        cause = error.__context__
        if isinstance(cause, (imaplib.IMAP4.abort, ProtocolError)):
            raise cause from None
        text = str(error)
        if "command error: BAD" in text:
            raise imaplib.IMAP4.error(text) from None
        raise Declined(cut(text.partition(" failed: ")[2] or text)) from None
