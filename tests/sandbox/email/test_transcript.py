"""The same words to the stand-in and to Dovecot, and the same answers."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from sandbox.email import Email
from tests.mailservers import MailServer, StandIn, real_servers
from tests.sandbox.email.mails import MULTIPART, PLAIN

_COMMANDS = r"""
LOGIN nobody@helpdesk.example wrong
NOSUCH
SELECT INBOX
LOGIN support@helpdesk.example mail-password
LOGIN a b
FETCH 1 FLAGS
LIST "" "*"
LIST "" ""
STATUS INBOX (MESSAGES UIDNEXT UNSEEN)
STATUS Nix (MESSAGES)
SELECT Nix
EXAMINE INBOX
STORE 1 +FLAGS (\Seen)
SELECT INBOX
FETCH 1:* (UID FLAGS RFC822.SIZE)
UID FETCH 1:* (FLAGS)
UID FETCH 999:* (UID)
UID FETCH 50:60 (UID)
FETCH 9 (UID)
UID SEARCH ALL
UID SEARCH UID 77:*
UID SEARCH SUBJECT two
UID SEARCH HEADER Message-ID <1@x.example>
UID SEARCH HEADER Message-ID 2@x
UID SEARCH OR SUBJECT one SUBJECT two
UID SEARCH NOT SEEN
UID SEARCH (SUBJECT one) UNSEEN
UID SEARCH SINCE 1-Jan-2020
UID SEARCH BEFORE 1-Jan-2020
UID SEARCH SENTON 2-Mar-2026
UID SEARCH LARGER 200
UID SEARCH TEXT hello
UID SEARCH NIX
UID SEARCH
SEARCH 9
UID SEARCH CHARSET UTF-8 FROM ann
UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (Message-ID subject)])
UID FETCH 1 BODY.PEEK[]<0.10>
UID FETCH 1 (BODY.PEEK[]<9000.10>)
UID FETCH 1 BODY.PEEK[HEADER]
UID FETCH 1 BODY[TEXT]
UID FETCH 1 FAST
UID FETCH 2 (ENVELOPE)
UID FETCH 2 (BODYSTRUCTURE)
UID FETCH 2 (BODY)
UID FETCH 2 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[2])
UID FETCH 1 (BODY.PEEK[1])
UID FETCH 1 (NIX)
UID FETCH 1 (RFC822.HEADER)
UID FETCH 1 (MODSEQ)
UID FETCH 1:* (FLAGS) (CHANGEDSINCE 2)
UID SEARCH MODSEQ 2
UID STORE 2 +FLAGS (\Flagged)
UID STORE 2 -FLAGS.SILENT (\Flagged)
UID STORE 2 +FLAGS (kw)
UID STORE 2 +FLAGS (\Nix)
STORE 2 FLAGS ()
UID COPY 1:2 Junk
UID COPY 1 Nix
UID MOVE 1 Junk
UID MOVE 77 Junk
UID STORE 2 +FLAGS.SILENT (\Deleted)
UID EXPUNGE 2
EXPUNGE
FETCH 1:* UID
UID FETCH 1:* UID
CREATE Team
CREATE Team
RENAME Team Crew
DELETE Crew
DELETE Crew
DELETE INBOX
UNSELECT
CLOSE
NOOP
ENABLE CONDSTORE
SELECT INBOX (CONDSTORE)
LOGOUT
"""

Transcript = list[tuple[str, list[str]]]


def _talk(server: MailServer) -> Transcript:
    """Say every command and return what came of each, without what may differ from run to run."""
    told: Transcript = []
    with socket.create_connection((server.imap.host, server.imap.port), timeout=10) as raw:
        answers = raw.makefile("rb")
        answers.readline()
        for number, command in enumerate(_COMMANDS.strip().splitlines()):
            raw.sendall(f"a{number} {command}\r\n".encode())
            told.append((command, sorted(_until(f"a{number} ", answers)) if "LIST" in command else list(
                _until(f"a{number} ", answers))))
        answers.close()
    return told


def _until(tag: str, answers: Iterator[bytes]) -> Iterator[str]:
    for answer in answers:
        line = answer.decode()
        # \Recent is of no use to anybody, and the stand-in has none.
        if not line.endswith(" RECENT\r\n"):
            yield _plain(line)
        if line.startswith(tag):
            return
    yield "the connection ended"


def _plain(line: str) -> str:
    for pattern, instead in (
        (r"\(\d+\.\d+ \+ \d+\.\d+( \+ \d+\.\d+)? secs\)", "(time)"),
        (r"(UIDVALIDITY|COPYUID|APPENDUID|HIGHESTMODSEQ) \d+", r"\1 n"),
        (r"(MODSEQ \()\d+\)", r"\1n)"),
        (r"(MODSEQ) \d+\)", r"\1 n)"),
        (r'INTERNALDATE "[^"]*"', 'INTERNALDATE "…"'),
        (r"CAPABILITY [^\]]*", "CAPABILITY …"),
        (r" ?\\Recent ?", " "),
        (r"FLAGS \( ?([^)]*?) ?\)", r"FLAGS (\1)"),
    ):
        line = re.sub(pattern, instead, line)
    return line.rstrip()


def test_the_stand_in_speaks_as_dovecot_does() -> None:
    """Word for word: answers, refusals, bodies, structures, what is told in between."""
    with real_servers() as real, Email() as email:
        # UIDs begin anew with the mailbox, so that the two start out alike.
        real.new_uidvalidity("Junk")
        real.new_uidvalidity()
        stand_in = StandIn(email)
        for raw in (PLAIN, MULTIPART):
            real.deliver(raw)
            stand_in.deliver(raw)
        ours, theirs = _talk(stand_in), _talk(real)
    assert ours == theirs
