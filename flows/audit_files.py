"""The audit trail and its anchors as files: JSON lines or CSV, compressed where the name says so."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec

from flows.auditing import COLUMNS, Line
from flows.history_files import new_file
from hub.audit import Anchor
from hub.errors import Misconfigured

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_to_anchor = msgspec.json.Decoder(Anchor).decode


def cell(value: Any) -> str:
    """
    Return a value as a cell of a table that no spreadsheet takes for a formula.

    What begins like one gets an apostrophe before it; control characters but line ends are left out.
    """
    if value is None:
        return ""
    said = value if isinstance(value, str) else json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
    text = "".join(c for c in said if c.isprintable() or c in "\n\t")
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def write_csv(lines: Iterable[Line], file: TextIO) -> int:
    """Write a head and a row a line; return how many."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for line in lines:
        writer.writerow([cell(getattr(line, name)) for name in COLUMNS])
        count += 1
    return count


def write_trail(lines: Iterable[Line], out: Path | None, screen: TextIO) -> int:
    """Write the trail to a new file, or where there is none to the screen; return how many lines."""
    with _opened(out, screen) as file:
        if out is not None and out.name.removesuffix(".gz").endswith(".csv"):
            return write_csv(lines, file)
        return _write_lines(lines, file)


def write_anchors(anchors: Sequence[Anchor], out: Path | None, screen: TextIO) -> int:
    with _opened(out, screen) as file:
        return _write_lines(reversed(anchors), file)


def _write_lines(things: Iterable[msgspec.Struct], file: TextIO) -> int:
    count = 0
    for thing in things:
        _ = file.write(json.dumps(msgspec.to_builtins(thing), ensure_ascii=False) + "\n")
        count += 1
    return count


@contextmanager
def _opened(out: Path | None, screen: TextIO) -> Generator[TextIO]:
    if out is None:
        yield screen
        screen.flush()
        return
    with new_file(out) as raw:
        text = io.TextIOWrapper(cast("Any", raw), encoding="utf-8", errors="replace", newline="")
        yield text
        text.flush()
        _ = text.detach()


def read_anchors(file: Path) -> list[Anchor]:
    """Read anchors that were kept elsewhere. Raises `Misconfigured`, naming file and line."""
    found: list[Anchor] = []
    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise Misconfigured(f"{file}: cannot be read: {error}") from None
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_to_anchor(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(
                f"{file}:{number}: this is no anchor ({error}); `hub audit export --anchors` writes them"
            ) from None
    return found
