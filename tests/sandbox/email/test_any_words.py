"""Whatever a client says, a server answers it and lives on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.email import Email
from tests.sandbox.email.mails import MULTIPART, PLAIN

_IMAP_WORDS = """
UID FETCH STORE SEARCH COPY MOVE EXPUNGE SELECT EXAMINE STATUS LIST CREATE DELETE RENAME ENABLE ID NOOP INBOX Sent
Nix 1 1:* 99 0 * 1,2 -1 x:y FLAGS (FLAGS) BODY[] BODY.PEEK[9.9] BODY[HEADER.FIELDS BODY.PEEK[]<5.> ENVELOPE
BODYSTRUCTURE (UID ( ) (( "q" "un\\ \\" +FLAGS -FLAGS (\\Seen) \\Nix ALL NOT OR UNSEEN SINCE 1-Jan-2026 31-Feb-2026
LARGER HEADER Subject MODSEQ CHANGEDSINCE (CHANGEDSINCE (MESSAGES) ((A)) % é
"""
_SMTP_WORDS = """
MAIL RCPT FROM: TO: FROM:<> TO:<a@b.example> FROM:<x@y.example> TO:<support@helpdesk.example> SIZE=1 SIZE=x RSET
VRFY EHLO HELO NOOP AUTH PLAIN LOGIN = AAAA STARTTLS < > TO:<> TO:<a> NOTIFY=NEVER BODY=8BITMIME é
"""
_IMAP = st.sampled_from(_IMAP_WORDS.split())
_SMTP = st.sampled_from(_SMTP_WORDS.split())


@pytest.fixture(scope="module")
def email() -> Iterator[Email]:
    with Email() as email:
        yield email


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(_IMAP, min_size=1, max_size=7), max_size=12))
def test_imap(email: Email, commands: list[list[str]]) -> None:
    """Every command has a tagged answer, OK or not."""
    email.reset()
    for raw in (PLAIN, MULTIPART):
        email.person("deliver", raw=raw)
    where = email.where["imap"]
    with socket.create_connection((where["host"], where["port"]), timeout=10) as raw_socket:
        answers = raw_socket.makefile("rb")
        raw_socket.sendall(f"a LOGIN {where['user']} {where['password']}\r\nb SELECT INBOX\r\n".encode())
        for words in commands:
            raw_socket.sendall(f"c {' '.join(words)}\r\nd NOOP\r\n".encode())
            for line in answers:
                if line.startswith(b"d "):
                    break
            assert line.startswith(b"d OK"), words
        answers.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(_SMTP, min_size=1, max_size=4), max_size=6))
def test_smtp(email: Email, commands: list[list[str]]) -> None:
    """Every command has a reply, and QUIT is understood in the end."""
    where = email.where["smtp"]
    with socket.create_connection((where["host"], where["port"]), timeout=10) as raw:
        answers = raw.makefile("rb")
        for words in commands:
            # A line more for each that AUTH may ask for.
            raw.sendall(f"{' '.join(words)}\r\n*\r\n*\r\n".encode())
        raw.sendall(b"QUIT\r\n")
        assert answers.read().rstrip().splitlines()[-1].startswith((b"221", b"421"))
        answers.close()
