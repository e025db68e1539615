"""
Signing in to a mail server that mails are handed to.

No message holds a secret, nor the server's echo of one.
"""

from __future__ import annotations

import re
import smtplib
from base64 import b64encode

from connectors.email.answers import told
from connectors.email.server import Server
from hub.errors import SignInFailed, Unavailable

_YES = 235
_GO_ON = 334
_TRY_LATER = 400


def sign_in(connection: smtplib.SMTP, server: Server) -> None:
    """Sign in with what the server's settings hold; without a secret, do nothing."""
    if server.token is not None:
        _xoauth2(connection, server, server.token())
    elif server.password is not None:
        _password(connection, server, server.password)


def _password(connection: smtplib.SMTP, server: Server, password: str) -> None:
    offered = connection.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered or not offered:
        answer = _say(connection, f"AUTH PLAIN {_base64(chr(0).join(['', server.user, password]))}")
    elif "LOGIN" in offered:
        answer = _say(connection, "AUTH LOGIN")
        for word in (server.user, password):
            if answer[0] == _GO_ON:
                answer = _say(connection, _base64(word))
    else:
        raise SignInFailed(
            f"The mail server {server.name} takes no password: it offers {', '.join(offered)[:100]}. "
            "Sign in with OAuth, if it offers XOAUTH2."
        )
    _judge(server, *answer)


def _xoauth2(connection: smtplib.SMTP, server: Server, token: str) -> None:
    words = chr(1).join([f"user={server.user}", f"auth=Bearer {token}", "", ""])
    answer = _say(connection, f"AUTH XOAUTH2 {_base64(words)}")
    if answer[0] == _GO_ON:  # the reason, in base64; an empty line asks for the refusal itself
        answer = _say(connection, "")
    _judge(server, *answer)


def _say(connection: smtplib.SMTP, line: str) -> tuple[int, bytes]:
    connection.send(f"{line}\r\n".encode())
    return connection.getreply()


def _judge(server: Server, code: int, words: bytes) -> None:
    if code == _YES:
        return
    # Some servers repeat what was sent: nothing that looks like base64 is repeated here.
    text = re.sub(r"[A-Za-z0-9+/=_-]{24,}", "…", told(code, words))
    if _TRY_LATER <= code < _TRY_LATER + 100:
        raise Unavailable(f"The mail server {server.name} lets nobody in now: {text}. Outgoing mails wait.")
    raise SignInFailed(
        f"The mail server {server.name} does not let {server.user} send: {text}. Outgoing mails wait. "
        f"Renew the {'OAuth grant' if server.token else 'password'}, "
        "and see that this mailbox may send by SMTP."
    )


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
