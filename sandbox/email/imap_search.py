"""SEARCH: which mails of a mailbox fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

from sandbox.email.content import values
from sandbox.email.imap_dates import read_date
from sandbox.email.imap_session import Session
from sandbox.email.imap_words import BadWords, Quoted, Word, text_of
from sandbox.email.mailbox import Mail

Fits = Callable[[int, Mail], bool]

_FLAGS = {name.upper(): f"\\{name}" for name in ("Seen", "Answered", "Deleted", "Flagged", "Draft")}
_HEADERS = frozenset({"SUBJECT", "FROM", "TO", "CC", "BCC"})


def search(session: Session, args: list[Word]) -> tuple[list[tuple[int, Mail]], bool]:
    """Return the mails that fit, each with its sequence number, and whether MODSEQ was asked about."""
    reading = _Reading(session, args)
    if args and str(args[0]).upper() == "CHARSET":
        reading.skip(2)
    tests = list(reading.all())
    if not tests:
        raise BadWords("Missing search parameters")
    candidates = reading.among if reading.among is not None else list(enumerate(session.view, 1))
    found = [(at, mail) for at, mail in candidates if not mail.gone and all(fits(at, mail) for fits in tests)]
    return found, reading.by_modseq


class _Reading:
    """The keys of one SEARCH, from left to right. `among`: all that can fit, where a set says so."""

    def __init__(self, session: Session, args: list[Word]) -> None:
        self._session, self._args, self._at = session, args, 0
        self.by_modseq = False
        self.among: list[tuple[int, Mail]] | None = None

    def skip(self, count: int) -> None:
        self._at += count

    def all(self) -> Iterator[Fits]:
        """Yield a test for each key."""
        while self._at < len(self._args):
            yield self._key(top=True)

    def _next(self) -> Word:
        if self._at >= len(self._args):
            raise BadWords("Missing argument for search key")
        self._at += 1
        return self._args[self._at - 1]

    def _text(self) -> str:
        return text_of(self._next())

    def _key(self, *, top: bool = False) -> Fits:
        word = self._next()
        if isinstance(word, list):
            inner = _Reading(self._session, word)
            tests = [inner._key() for _ in iter(lambda: inner._at < len(word), False)]
            self.by_modseq |= inner.by_modseq
            return lambda at, mail: all(fits(at, mail) for fits in tests)
        name = text_of(word)
        if not isinstance(word, Quoted) and (name[:1].isdigit() or name[:1] == "*"):
            return self._among(name, by_uid=False, top=top)
        if name.upper() == "UID":
            return self._among(self._text(), by_uid=True, top=top)
        return self._combined(name.upper())

    def _among(self, numbers: str, *, by_uid: bool, top: bool) -> Fits:
        before = self._session.by_uid
        self._session.by_uid = by_uid
        try:
            meant = self._session.chosen(numbers)
        except BadWords:
            if by_uid:
                raise
            meant = []  # a search for what is not there finds nothing
        finally:
            self._session.by_uid = before
        if top and self.among is None:
            self.among = meant
            return lambda _at, _mail: True
        uids = {mail.uid for _, mail in meant}
        return lambda _at, mail: mail.uid in uids

    def _combined(self, name: str) -> Fits:
        match name:
            case "NOT":
                inner = self._key()
                return lambda at, mail: not inner(at, mail)
            case "OR":
                one, other = self._key(), self._key()
                return lambda at, mail: one(at, mail) or other(at, mail)
            case "MODSEQ":
                return self._modseq()
            case "ALL" | "OLD":
                return lambda _at, _mail: True
            case "NEW" | "RECENT":
                return lambda _at, _mail: False
            case _:
                return self._flag(name)

    def _modseq(self) -> Fits:
        self.by_modseq = True
        self._session.wants_modseq()
        least = self._text()
        if not least.isdigit():  # a flag's own modseq and its kind may be named before
            self.skip(1)
            least = self._text()
        wanted = int(least)
        return lambda _at, mail: mail.modseq >= wanted

    def _flag(self, name: str) -> Fits:
        if name in _FLAGS:
            flag = _FLAGS[name]
            return lambda _at, mail: flag in mail.flags
        if name.startswith("UN") and name[2:] in _FLAGS:
            flag = _FLAGS[name[2:]]
            return lambda _at, mail: flag not in mail.flags
        if name in {"KEYWORD", "UNKEYWORD"}:
            keyword, there = self._text(), name == "KEYWORD"
            return lambda _at, mail: (keyword in mail.flags) == there
        return self._size(name)

    def _size(self, name: str) -> Fits:
        if name in {"LARGER", "SMALLER"}:
            size = int(self._text())
            larger = name == "LARGER"
            return lambda _at, mail: mail.content.size > size if larger else mail.content.size < size
        return self._date(name)

    def _date(self, name: str) -> Fits:
        sent, plain = name.startswith("SENT"), name.removeprefix("SENT")
        if plain not in {"SINCE", "BEFORE", "ON"}:
            return self._words(name)
        wanted = read_date(self._text())
        when = _sent_on if sent else _arrived_on
        match plain:
            case "SINCE":
                return lambda _at, mail: when(mail) >= wanted
            case "BEFORE":
                return lambda _at, mail: when(mail) < wanted
            case _:
                return lambda _at, mail: when(mail) == wanted

    def _words(self, name: str) -> Fits:
        if name == "HEADER":
            return _in_header(self._text(), self._text())
        if name in _HEADERS:
            return _in_header(name, self._text())
        if name in {"TEXT", "BODY"}:
            wanted, whole = self._text().casefold(), name == "TEXT"
            return lambda _at, mail: wanted in _body(mail, whole=whole)
        raise BadWords(f"Unknown argument {name}")


def _in_header(name: str, wanted: str) -> Fits:
    wanted = wanted.casefold()
    if name.lower() == "message-id" and wanted:
        # Asked for most of all, and kept: a hundred thousand headers need not be read for it.
        return lambda _at, mail: wanted in f"<{mail.content.message_id}>".casefold()
    return lambda _at, mail: any(
        wanted in _decoded(value).casefold() for value in values(mail.content.header(), name)
    )


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return value


def _body(mail: Mail, *, whole: bool) -> str:
    skip = 0 if whole else len(mail.content.header())
    return mail.content.read(skip, mail.content.size).decode("utf-8", "replace").casefold()


def _arrived_on(mail: Mail) -> date:
    return datetime.fromtimestamp(mail.date, UTC).date()


def _sent_on(mail: Mail) -> date:
    try:
        return parsedate_to_datetime((values(mail.content.header(), "date") or [""])[0]).date()
    except (ValueError, IndexError):
        return _arrived_on(mail)
