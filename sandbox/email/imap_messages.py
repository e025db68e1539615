"""IMAP commands about mails: searching, fetching, flagging, copying, removing, adding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sandbox.email.imap_dates import read_date_time
from sandbox.email.imap_fetch import Wanted, asked, fetch_one
from sandbox.email.imap_mailboxes import FLAGS
from sandbox.email.imap_search import search
from sandbox.email.imap_session import Bad, No, Session
from sandbox.email.imap_words import BadWords, Word, text_of
from sandbox.email.mailbox import Mail, Mailbox, NoMailbox

_TIME = "(0.001 + 0.000 secs)."


def find(session: Session, args: list[Word]) -> str:
    """Answer SEARCH."""
    with session.office.lock:
        found, by_modseq = search(session, args)
    numbers = [mail.uid if session.by_uid else at for at, mail in found]
    modseq = max((mail.modseq for _, mail in found), default=0)
    shown = "".join(f" {number}" for number in numbers)
    session.untagged(f"SEARCH{shown}" + (f" (MODSEQ {modseq})" if by_modseq and modseq else ""))
    return f"OK Search completed {_TIME}"


def fetch(session: Session, args: list[Word]) -> str:
    """Answer FETCH; a mail's bytes leave piece by piece."""
    if len(args) < 2:
        raise Bad("Error in IMAP command FETCH: Invalid arguments.")
    wanted = asked(args[1], by_uid=session.by_uid)
    since = _changed_since(args[2:])
    if since is not None or wanted.modseq:
        session.wants_modseq()
        wanted = wanted.with_modseq()
    for number, mail in session.chosen(text_of(args[0])):
        if since is not None and mail.modseq <= since:
            continue
        # What another session has just removed is still there for who was not told yet.
        _mark_seen(session, mail, wanted)
        fetch_one(session, number, mail, wanted)
    return f"OK Fetch completed {_TIME}"


def _mark_seen(session: Session, mail: Mail, wanted: Wanted) -> None:
    """Note that a mail was read, if it was asked for without PEEK."""
    if not wanted.reads or session.read_only:
        return
    with session.office.lock:
        if "\\Seen" not in mail.flags and not mail.gone:
            mail.flags.add("\\Seen")
            session.selected().touch(mail)


def _changed_since(rest: Sequence[Word]) -> int | None:
    if not rest:
        return None
    modifiers = [text_of(word).upper() for word in rest[0]] if isinstance(rest[0], list) else []
    if len(modifiers) != 2 or modifiers[0] != "CHANGEDSINCE" or not modifiers[1].isdigit():
        raise Bad("Error in IMAP command FETCH: Unknown FETCH modifier.")
    return int(modifiers[1])


def store(session: Session, args: list[Word]) -> str:
    """Change flags."""
    unchanged_since: int | None = None
    if len(args) > 1 and isinstance(args[1], list):
        unchanged_since = int(text_of(args[1][1]))
        args = [args[0], *args[2:]]
    if len(args) < 3:
        raise Bad("Error in IMAP command STORE: Missing arguments.")
    how = text_of(args[1]).upper()
    if how.removesuffix(".SILENT") not in {"FLAGS", "+FLAGS", "-FLAGS"}:
        raise Bad("Error in IMAP command STORE: Invalid arguments.")
    flags = _flags(args[2] if isinstance(args[2], list) else args[2:])
    modified: list[int] = []
    if session.read_only:
        return f"OK Store ignored with read-only mailbox {_TIME}"
    with session.office.lock:
        box = session.selected()
        _new_keywords(session, box, flags)
        for number, mail in session.chosen(text_of(args[0])):
            if unchanged_since is not None and mail.modseq > unchanged_since:
                modified.append(mail.uid if session.by_uid else number)
            elif not mail.gone:
                _store_one(session, box, number, mail, how, flags)
    if modified:
        return f"OK [MODIFIED {','.join(map(str, modified))}] Conditional store failed {_TIME}"
    return f"OK Store completed {_TIME}"


def _new_keywords(session: Session, box: Mailbox, flags: set[str]) -> None:
    """Tell the client of keywords that the mailbox has not had before."""
    new = sorted(flag for flag in flags if not flag.startswith("\\") and flag not in box.keywords)
    if new:
        box.keywords += new
        shown = " ".join((FLAGS, *box.keywords))
        session.untagged(f"FLAGS ({shown})")
        session.untagged(f"OK [PERMANENTFLAGS ({shown} \\*)] Flags permitted.")


def _store_one(session: Session, box: Mailbox, number: int, mail: Mail, how: str, flags: set[str]) -> None:
    before = set(mail.flags)
    match how[0]:
        case "+":
            mail.flags |= flags
        case "-":
            mail.flags -= flags
        case _:
            mail.flags = set(flags)
    if mail.flags != before:
        box.touch(mail)
    session.told(mail)
    silent = how.endswith(".SILENT")
    if silent and not session.condstore:
        return
    uid = f"UID {mail.uid} " if session.by_uid else ""
    shown = f"MODSEQ ({mail.modseq})" if silent else session.flags_of(mail)
    session.untagged(f"{number} FETCH ({uid}{shown})")


def _flags(given: Iterable[Word]) -> set[str]:
    flags = {text_of(flag) for flag in given}
    system = {"\\" + flag[1:].capitalize() if flag.startswith("\\") else flag for flag in flags}
    if unknown := system & {flag for flag in system if flag.startswith("\\")} - {
        "\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft",
    }:  # fmt: skip
        raise BadWords(f"Invalid system flag {min(unknown).upper()}")
    return system


def copy(session: Session, args: list[Word]) -> str:
    """Copy mails into another mailbox."""
    with session.office.lock:
        code = _copied(session, args)
    return f"OK {code}Copy completed {_TIME}" if code is not None else f"OK No messages found {_TIME}"


def move(session: Session, args: list[Word]) -> str:
    """Move mails into another mailbox (RFC 6851)."""
    with session.office.lock:
        box = session.writable()
        code = _copied(session, args)
        box.expunge([mail for _, mail in session.chosen(text_of(args[0])) if not mail.gone])
    if code is None:
        return f"OK No messages found {_TIME}"
    if code:
        session.untagged(f"OK {code}Moved UIDs.")
    session.tell_changes()
    return f"OK Move completed {_TIME}"


def _copied(session: Session, args: list[Word]) -> str | None:
    """Copy mails; return what tells their new UIDs (RFC 4315), or None if there were none to copy."""
    if len(args) != 2:
        raise Bad("Error in IMAP command COPY: Invalid arguments.")
    assert session.account is not None
    try:
        target = session.account.mailbox(text_of(args[1]))
    except NoMailbox as no:
        raise No(f"[TRYCREATE] {no}") from no
    mails = [mail for _, mail in session.chosen(text_of(args[0])) if not mail.gone]
    added = [target.add(mail.content, mail.date, mail.flags) for mail in mails]
    if not mails:
        return None
    if not session.office.settings["uidplus"]:
        return ""
    return f"[COPYUID {target.uidvalidity} {_compact(mails)} {_compact(added)}] "


def _compact(mails: Sequence[Mail]) -> str:
    """Return UIDs as a set, with ranges where they follow one another."""
    parts: list[list[int]] = []
    for mail in mails:
        if parts and mail.uid == parts[-1][-1] + 1:
            parts[-1][1:] = [mail.uid]
        else:
            parts.append([mail.uid])
    return ",".join(":".join(map(str, part)) for part in parts)


def expunge(session: Session, args: list[Word]) -> str:
    """Remove what is marked as deleted; UID EXPUNGE only some of it."""
    with session.office.lock:
        box = session.writable()
        meant = session.chosen(text_of(args[0])) if session.by_uid else enumerate(session.view, 1)
        box.expunge([mail for _, mail in meant if "\\Deleted" in mail.flags and not mail.gone])
    return f"OK Expunge completed {_TIME}"


def append(session: Session, args: list[Word]) -> str:
    """Put a mail into a mailbox, with flags and a date if they are given."""
    if len(args) < 2:
        raise Bad("Error in IMAP command APPEND: Missing arguments.")
    assert session.account is not None
    flags: set[str] = set()
    date = session.office.clock.now()
    for extra in args[1:-1]:
        if isinstance(extra, list):
            flags = _flags(extra)
        else:
            date = read_date_time(text_of(extra))
    content = session.content(args[-1])
    with session.office.lock:
        try:
            box = session.account.mailbox(text_of(args[0]))
        except NoMailbox as no:
            raise No(f"[TRYCREATE] {no}") from no
        mail = box.add(content, date, flags)
        code = f"[APPENDUID {box.uidvalidity} {mail.uid}] " if session.office.settings["uidplus"] else ""
    return f"OK {code}Append completed {_TIME}"


COMMANDS: dict[str, Callable[[Session, list[Word]], str]] = {
    "SEARCH": find,
    "FETCH": fetch,
    "STORE": store,
    "COPY": copy,
    "MOVE": move,
    "EXPUNGE": expunge,
    "APPEND": append,
}
