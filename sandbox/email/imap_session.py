"""What an IMAP session remembers: who signed in, what is selected, and what the client was told of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from sandbox.email.content import Content
from sandbox.email.desk import Desk, Lost
from sandbox.email.imap_words import BadWords, NumberSet
from sandbox.email.mailbox import Account, Mail, Mailbox
from sandbox.email.sign_in import mechanisms
from sandbox.email.wire import Wire

_OFFERS = {
    "CONDSTORE": "condstore",
    "IDLE": "idle",
    "MOVE": "move",
    "UIDPLUS": "uidplus",
    "SPECIAL-USE": "special_use",
}


class Bad(Exception):
    """The command is wrong: answered with BAD."""


class No(Exception):
    """The command cannot be done: answered with NO."""


class Leave(Exception):
    """The server hangs up after what it has said."""


class Session:
    """One client's state. `view` is the selected mailbox as its sequence numbers go."""

    def __init__(self, desk: Desk, wire: Wire) -> None:
        self.desk, self.office, self.wire = desk, desk.office, wire
        self.account: Account | None = None
        self.mailbox: Mailbox | None = None
        self.view: list[Mail] = []
        self.read_only = False
        self.by_uid = False
        self.condstore = False
        self.leaving = False
        self.begins_tls = False
        self._last_uid = 0
        self._seen = 0
        self._told: set[tuple[int, int]] = set()
        self._cut = False

    # what is offered ----------------------------------------------------------------------------

    def capabilities(self) -> str:
        """Return what the server offers now."""
        offers = ["IMAP4rev1", "SASL-IR", "ID", "ENABLE", "LITERAL+"]
        if self.account is None:
            offers += ["STARTTLS"] * (self.wire.context is not None and not self.wire.secure)
            return " ".join([*offers, *(f"AUTH={name}" for name in mechanisms())])
        offers += ["NAMESPACE", "CHILDREN", "UNSELECT"]
        offers += [name for name, switch in _OFFERS.items() if self.office.settings[switch]]
        return " ".join(offers)

    def wants_modseq(self) -> None:
        """Show modification sequences from here on: asking for one is enough (RFC 7162, 3.1)."""
        if not self.condstore:
            self.condstore = True
            self.untagged(f"OK [HIGHESTMODSEQ {self.selected().modseq}] Highest")

    def offers(self, verb: str) -> bool:
        switch = {"IDLE": "idle", "MOVE": "move"}.get(verb)
        return switch is None or bool(self.office.settings[switch])

    def after_answer(self) -> None:
        """Do what a command asked for that is done only when it was answered."""
        if self.leaving:
            raise Leave
        if self.begins_tls:
            self.begins_tls = False
            self.wire.start_tls()

    # the selected mailbox -----------------------------------------------------------------------

    def select(self, mailbox: Mailbox, *, read_only: bool) -> None:
        """Look at a mailbox as it is now."""
        self.mailbox, self.read_only = mailbox, read_only
        self.view = list(mailbox.mails)
        self._last_uid, self._seen = mailbox.uidnext - 1, mailbox.modseq
        self._told.clear()

    def unselect(self) -> None:
        self.mailbox, self.view = None, []

    def selected(self) -> Mailbox:
        assert self.mailbox is not None
        return self.mailbox

    def writable(self) -> Mailbox:
        """Return the selected mailbox, which must not be selected for reading only."""
        if self.read_only:
            raise No("Mailbox is read-only")
        return self.selected()

    def still_there(self, *, leaving: bool = False) -> None:
        """Hang up if the selected mailbox is no more what it was."""
        if self.mailbox is not None and self.mailbox.gone and not leaving:
            self.wire.send("* BYE IMAP session state is inconsistent, please relogin.\r\n")
            raise Leave

    def chosen(self, given: str) -> list[tuple[int, Mail]]:
        """Return the mails of a set, by UID or by sequence number, each with its sequence number."""
        numbers, view = NumberSet(given), self.view
        found: list[tuple[int, Mail]] = []
        if self.by_uid and not view:
            return []
        if not self.by_uid:
            for low, high in numbers.ranges(len(view)):
                if not 1 <= low <= high <= len(view):
                    raise BadWords("Invalid messageset")
                found += [(at, view[at - 1]) for at in range(low, high + 1)]
            return found
        for low, high in numbers.ranges(view[-1].uid):
            first = bisect_left(view, low, key=lambda mail: mail.uid)
            last = bisect_right(view, high, key=lambda mail: mail.uid)
            found += [(at + 1, view[at]) for at in range(first, last)]
        return found

    # telling ------------------------------------------------------------------------------------

    def untagged(self, text: str) -> None:
        self.wire.send(f"* {text}\r\n")

    def literal(self, head: str, pieces: Iterable[bytes], size: int) -> None:
        """Send bytes as a literal; one that is to be cut midway ends there, and the connection with it."""
        self.wire.send(f"{head} {{{size}}}\r\n")
        for sent, piece in enumerate(pieces):
            if self._cut and (sent or size <= len(piece)):
                self.wire.send(piece[: len(piece) // 2])
                self.wire.flush()
                raise Lost
            self.wire.send(piece)

    def cut_midway(self) -> None:
        """Let the next literal be the last thing that the client hears, and that by half."""
        self._cut = True

    def told(self, mail: Mail) -> None:
        """Note that the client knows a mail's flags as they are."""
        self._told.add((mail.uid, mail.modseq))

    def tell_changes(self, *, still: bool = False) -> bool:
        """
        Tell the client what has changed; return whether there was anything.

        `still`: sequence numbers must not move now, so what is gone will be told later.
        """
        box = self.mailbox
        if box is None or box.gone:
            return False
        with self.office.lock:
            if box.modseq == self._seen:
                return False
            lines = [] if still else self._gone()
            lines += self._changed()
            lines += self._came(box)
            if not still or not any(mail.gone for mail in self.view):
                self._seen = box.modseq
            self._told.clear()
        for line in lines:
            self.untagged(line)
        return bool(lines)

    def _gone(self) -> list[str]:
        gone = [at for at, mail in enumerate(self.view, 1) if mail.gone]
        if gone:
            self.view = [mail for mail in self.view if not mail.gone]
        return [f"{at} EXPUNGE" for at in reversed(gone)]

    def _changed(self) -> list[str]:
        return [
            f"{at} FETCH ({self.flags_of(mail)})"
            for at, mail in enumerate(self.view, 1)
            if mail.modseq > self._seen and not mail.gone and (mail.uid, mail.modseq) not in self._told
        ]

    def _came(self, box: Mailbox) -> list[str]:
        first = bisect_right(box.mails, self._last_uid, key=lambda mail: mail.uid)
        new = box.mails[first:]
        self._last_uid = box.uidnext - 1
        if not new:
            return []
        self.view.extend(new)
        return [f"{len(self.view)} EXISTS", "0 RECENT"]

    def flags_of(self, mail: Mail) -> str:
        """Return a mail's flags as FETCH shows them, with MODSEQ for those who asked for it once."""
        flags = f"FLAGS ({' '.join(sorted(mail.flags))})"
        return f"MODSEQ ({mail.modseq}) {flags}" if self.condstore else flags

    def content(self, word: object) -> Content:
        """Return a literal as a mail, whether it came as one or as text."""
        if isinstance(word, Content):
            return word
        if not isinstance(word, str):
            raise BadWords("Invalid arguments.")
        return self.office.spool.of(word.encode("utf-8", "surrogateescape"))
