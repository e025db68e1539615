"""
One event in a ticket's life, and the file format of a history: one JSON object a line.

    {"ticket": "7", "at": "2026-01-31T12:00:00Z", "account": "acme", "actor": "ann@acme.example",
     "side": "zendesk", "set": {"status": "open"}, "comment": {"audience": "public", "body": "Hello"}}

Only `ticket` and `at` must be there. The hub writes `by` into a comment, too: whether the customer
said it (`customer`), somebody of ours (`us`) or no person (`machine`); elsewhere, who is the requester
says it, and what the words look like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.history.moments import moment
from hub.model import Audience, Value
from hub.problems import FileRefused, Place, Problem
from hub.registers import nearest

By: TypeAlias = Literal["customer", "us", "machine", ""]
"""Who said it; "": it is not known."""

_KEYS = ("ticket", "at", "account", "actor", "side", "set", "comment")
_SAID = ("audience", "body", "by")


class Said(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was said in an event."""

    audience: Audience
    body: str = ""
    by: By = ""
    id: str = ""
    """The comment in the hub's store, which holds its body; files do not have it."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one party did to a ticket in one moment."""

    ticket: str
    at: str
    """Whole seconds in UTC: `2026-01-31T12:00:00Z`."""
    account: str | None = None
    actor: str | None = None
    """Who did it, as registers name people."""
    side: str | None = None
    set: Mapping[str, Value] = {}
    """Registers with the values that they got; None: emptied."""
    comment: Said | None = None


# reading ----------------------------------------------------------------------------------------


class OutOfOrder(FileRefused):
    """The events of a history do not stand in order of time."""


class _Comment(msgspec.Struct, forbid_unknown_fields=True):
    audience: Audience
    body: str | None = None
    by: By = ""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line as others write it: their ids may be numbers."""

    ticket: str | int
    at: str
    account: str | int | None = None
    actor: str | int | None = None
    side: str | None = None
    set: dict[str, Value] | None = None
    comment: _Comment | None = None


_decoder = msgspec.json.Decoder(_Line)


def read_events(
    lines: Iterable[bytes | str], filename: str = "history", *, sort: bool = False
) -> Iterator[Event]:
    """
    Yield the events of a history, one line in memory at a time.

    They must stand in order of time; with `sort` they need not, and all of them are held to be put in
    order of time and ticket. Empty lines are passed over. Raises `FileRefused` with file and line.
    """
    if sort:
        found = (event for _, event in _numbered(lines, filename))
        return iter(sorted(found, key=lambda event: (event.at, event.ticket)))
    return _in_order(lines, filename)


def _in_order(lines: Iterable[bytes | str], filename: str) -> Iterator[Event]:
    last = ""
    for number, event in _numbered(lines, filename):
        if event.at < last:
            said = f"this event of {event.at} stands behind one of {last}; sort the file by its times"
            raise OutOfOrder([Problem(Place(filename, number, 1), said)])
        last = event.at
        yield event


def _numbered(lines: Iterable[bytes | str], filename: str) -> Iterator[tuple[int, Event]]:
    decode = _decoder.decode
    for number, given in enumerate(lines, 1):
        line = given if number > 1 else _unmarked(given)
        try:
            raw = decode(line)
            at = moment(raw.at)
        except (msgspec.DecodeError, ValueError, OverflowError) as error:
            if not line.strip():
                continue
            raise _why(filename, number, line, error) from None
        if raw.ticket == "":
            raise _refused(filename, number, 1, "`ticket` is empty; write the id of the ticket")
        yield (
            number,
            Event(
                raw.ticket if isinstance(raw.ticket, str) else str(raw.ticket),
                at,
                _word(raw.account),
                _word(raw.actor),
                raw.side,
                raw.set or {},
                None if raw.comment is None else _said(raw.comment),
            ),
        )


def _unmarked(line: bytes | str) -> bytes | str:
    """Return a file's first line without the mark with which some programs begin a file."""
    return line.removeprefix("\ufeff") if isinstance(line, str) else line.removeprefix(b"\xef\xbb\xbf")


def _word(name: str | int | None) -> str | None:
    return str(name) if isinstance(name, int) else name


def _said(comment: _Comment) -> Said:
    return Said(comment.audience, comment.body or "", comment.by)


# what is wrong ----------------------------------------------------------------------------------


def _refused(filename: str, number: int, column: int, message: str) -> FileRefused:
    return FileRefused([Problem(Place(filename, number, column), message)])


def _why(filename: str, number: int, line: bytes | str, error: Exception) -> FileRefused:
    """Say what is wrong with a line, in the words of this format."""
    message = str(error)
    if isinstance(error, msgspec.ValidationError):
        register = _misshapen(line) if "at `$.set[...]" in message else ""
        return _refused(filename, number, 1, register or _misfit(message))
    if isinstance(error, (msgspec.DecodeError, UnicodeError)):
        where = re.search(r"\(byte (\d+)\)", message)
        column = int(where[1]) + 1 if where else 1
        return _refused(filename, number, column, f"this line is no JSON object ({message})")
    at = _at_of(line)
    told = f"`at` is {at!r}, which is no instant; write it like 2026-01-31T12:00:00Z"
    return _refused(filename, number, 1, told)


def _at_of(line: bytes | str) -> str:
    return str(msgspec.json.decode(line)["at"])[:60]


def _misshapen(line: bytes | str) -> str:
    """Say which register has a value that registers cannot have; "" if none has."""
    for register, value in msgspec.json.decode(line)["set"].items():
        try:
            _ = msgspec.convert(value, Value)
        except msgspec.ValidationError:
            shown = msgspec.json.encode(value).decode()[:60]
            holds = "a register holds a text, a number, true, false, null or a list of texts"
            return f"register `{register}` is {shown}; {holds}"
    return ""


def _misfit(message: str) -> str:
    what, _, path = message.partition(" - at `$")
    where = path.rstrip("`").lstrip(".")
    if unknown := re.search(r"unknown field `(.*)`", what):
        known = _SAID if where == "comment" else _KEYS
        of = "a comment" if where == "comment" else "an event"
        asked = nearest(unknown[1], known).rstrip("?")
        return f"`{unknown[1]}` is no key of {of}{asked}; the keys are {', '.join(known)}"
    if missing := re.search(r"missing required field `(.*)`", what):
        return f"`{missing[1]}` is missing{f' in `{where}`' if where else ''}"
    if where in _WORDS:
        return f"`{where}` must be {_WORDS[where]} ({what})"
    return f"`{where}`: {what}" if where else f"a line must be one JSON object ({what})"


_WORDS = {
    "comment.audience": "public, internal or engineering",
    "comment.by": "customer, us or machine, or left out",
    "at": "an instant like 2026-01-31T12:00:00Z",
}


# writing ----------------------------------------------------------------------------------------

_encoder = msgspec.json.Encoder()


def write_event(event: Event) -> bytes:
    """Return the event as a line of a history, without its end; keys that say nothing are left out."""
    if event.comment is not None and event.comment.id:
        event = msgspec.structs.replace(event, comment=msgspec.structs.replace(event.comment, id=""))
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:  # half a character pair: some systems hand them out
        plain = json.dumps(msgspec.to_builtins(event), ensure_ascii=False, separators=(",", ":"))
        return plain.encode("utf-8", "replace")
