"""IMAP commands about mailboxes: listing, looking in, making, removing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sandbox.email.imap_session import Bad, No, Session
from sandbox.email.imap_words import Word, quoted, text_of
from sandbox.email.mailbox import Account, Mailbox, NoMailbox

FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"
_TIME = "(0.001 + 0.000 secs)."


def listing(session: Session, args: list[Word]) -> str:
    """Show the mailboxes that fit a pattern, with what they are for (RFC 6154)."""
    only_special = bool(args) and isinstance(args[0], list) and "SPECIAL-USE" in _upper(args[0])
    names = [arg for arg in args if not isinstance(arg, list)]
    if len(names) < 2:
        raise Bad("Error in IMAP command LIST: Invalid arguments.")
    pattern = text_of(names[0]) + text_of(names[1])
    if not text_of(names[1]):
        session.untagged('LIST (\\Noselect) "." ""')
        return f"OK List completed {_TIME}"
    fits = _glob(pattern)
    shows = bool(session.office.settings["special_use"])
    for box in sorted(_account(session).mailboxes.values(), key=lambda it: (it.name != "INBOX", it.name)):
        if fits.fullmatch(box.name) and (box.special or not only_special):
            use = f" {box.special}" if box.special and shows else ""
            session.untagged(f'LIST (\\HasNoChildren{use}) "." {_shown(box.name)}')
    return f"OK List completed {_TIME}"


def lsub(session: Session, args: list[Word]) -> str:
    """Show the mailboxes subscribed to: all."""
    fits = _glob(text_of(args[0]) + text_of(args[1]))
    for name in _account(session).mailboxes:
        if fits.fullmatch(name):
            session.untagged(f'LSUB () "." {_shown(name)}')
    return f"OK Lsub completed {_TIME}"


def namespace(session: Session, _args: list[Word]) -> str:
    """Show the one namespace."""
    session.untagged('NAMESPACE (("" ".")) NIL NIL')
    return f"OK Namespace completed {_TIME}"


def status(session: Session, args: list[Word]) -> str:
    """Tell of a mailbox without selecting it."""
    if len(args) != 2 or not isinstance(args[1], list):
        raise Bad("Error in IMAP command STATUS: Invalid arguments.")
    with session.office.lock:
        box = _account(session).mailbox(text_of(args[0]))
        wanted = _upper(args[1])
        session.condstore |= "HIGHESTMODSEQ" in wanted and session.office.settings["condstore"]
        known = {
            "MESSAGES": len(box.mails),
            "RECENT": 0,
            "UIDNEXT": box.uidnext,
            "UIDVALIDITY": box.uidvalidity,
            "UNSEEN": sum("\\Seen" not in mail.flags for mail in box.mails),
        }
        if session.office.settings["condstore"]:
            known["HIGHESTMODSEQ"] = box.modseq
    if unknown := [name for name in wanted if name not in known]:
        raise Bad(f"Error in IMAP command STATUS: Invalid status item {unknown[0]}")
    shown = " ".join(f"{name} {known[name]}" for name in wanted)
    session.untagged(f"STATUS {_shown(box.name)} ({shown})")
    return f"OK Status completed {_TIME}"


def select(session: Session, args: list[Word]) -> str:
    """Open a mailbox for reading and writing."""
    return _open(session, args, read_only=False)


def examine(session: Session, args: list[Word]) -> str:
    """Open a mailbox for reading only."""
    return _open(session, args, read_only=True)


def _open(session: Session, args: list[Word], *, read_only: bool) -> str:
    if not args:
        raise Bad("Error in IMAP command SELECT: Invalid arguments.")
    if session.mailbox is not None:
        session.untagged("OK [CLOSED] Previous mailbox closed.")
    session.unselect()
    with session.office.lock:
        box = _account(session).mailbox(text_of(args[0]))
        if len(args) > 1 and isinstance(args[1], list) and "CONDSTORE" in _upper(args[1]):
            session.condstore = bool(session.office.settings["condstore"])
        session.select(box, read_only=read_only)
        flags = " ".join((FLAGS, *box.keywords))
        lines = [
            f"FLAGS ({flags})",
            "OK [PERMANENTFLAGS ()] Read-only mailbox."
            if read_only
            else f"OK [PERMANENTFLAGS ({flags} \\*)] Flags permitted.",
            f"{len(box.mails)} EXISTS",
            "0 RECENT",
            *_first_unseen(box),
            f"OK [UIDVALIDITY {box.uidvalidity}] UIDs valid",
            f"OK [UIDNEXT {box.uidnext}] Predicted next UID",
        ]
        if session.condstore:
            lines.append(f"OK [HIGHESTMODSEQ {box.modseq}] Highest")
    for line in lines:
        session.untagged(line)
    if read_only:
        return f"OK [READ-ONLY] Examine completed {_TIME}"
    return f"OK [READ-WRITE] Select completed {_TIME}"


def _first_unseen(box: Mailbox) -> list[str]:
    unseen = next((at for at, mail in enumerate(box.mails, 1) if "\\Seen" not in mail.flags), 0)
    return [f"OK [UNSEEN {unseen}] First unseen."] if unseen else []


def create(session: Session, args: list[Word]) -> str:
    """Make a mailbox."""
    with session.office.lock:
        _account(session).create(text_of(args[0]).rstrip("."), session.office.clock.now())
    return f"OK Create completed {_TIME}"


def delete(session: Session, args: list[Word]) -> str:
    """Remove a mailbox with all that is in it."""
    with session.office.lock:
        if text_of(args[0]).upper() == "INBOX":
            raise No("INBOX can't be deleted")
        try:
            _account(session).remove(text_of(args[0]))
        except NoMailbox as no:
            raise No(f"[NONEXISTENT] {no}") from no
    return f"OK Delete completed {_TIME}"


def rename(session: Session, args: list[Word]) -> str:
    """Give a mailbox another name."""
    with session.office.lock:
        _account(session).rename(text_of(args[0]), text_of(args[1]))
    return f"OK Rename completed {_TIME}"


def subscribe(session: Session, args: list[Word]) -> str:
    """Subscribe to a mailbox, as everybody is to all."""
    _account(session).mailbox(text_of(args[0]))
    return f"OK Subscribe completed {_TIME}"


def unselect(session: Session, _args: list[Word]) -> str:
    """Leave the mailbox; what is marked as deleted stays."""
    session.unselect()
    return f"OK Unselect completed {_TIME}"


def close(session: Session, _args: list[Word]) -> str:
    """Leave the mailbox; what is marked as deleted goes."""
    with session.office.lock:
        box = session.selected()
        if not session.read_only:
            box.expunge([mail for mail in session.view if "\\Deleted" in mail.flags and not mail.gone])
    session.unselect()
    return f"OK Close completed {_TIME}"


def _account(session: Session) -> Account:
    assert session.account is not None
    return session.account


def _upper(found: Iterable[Word]) -> list[str]:
    return [text_of(word).upper() for word in found]


def _glob(pattern: str) -> re.Pattern[str]:
    marks = {"*": ".*", "%": "[^.]*"}
    flags = re.IGNORECASE if pattern.upper() == "INBOX" else 0
    return re.compile("".join(marks.get(char, re.escape(char)) for char in pattern), flags)


def _shown(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9._+-]+", name) else quoted(name)


COMMANDS: dict[str, Callable[[Session, list[Word]], str]] = {
    "LIST": listing,
    "XLIST": listing,
    "LSUB": lsub,
    "NAMESPACE": namespace,
    "STATUS": status,
    "SELECT": select,
    "EXAMINE": examine,
    "CREATE": create,
    "DELETE": delete,
    "RENAME": rename,
    "SUBSCRIBE": subscribe,
    "UNSUBSCRIBE": subscribe,
    "UNSELECT": unselect,
    "CLOSE": close,
}
