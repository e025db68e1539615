"""
A mail's text, split: what was said now, the older mail that it quotes, the signature. Pure.

Nothing is lost: every line of the text is in exactly one of the three. When in doubt a line is part of
the reply, and if stripping left nothing, the reply is the whole text. Forwarded mails are content.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from connectors.email import signatures
from connectors.email.quote_lines import (
    asks_above,
    header_at,
    is_forward,
    is_introduced,
    is_reply_above,
    old_mail_at,
    quoted_lines,
)

REPLY: Final = "r"
QUOTED: Final = "q"
SIGNATURE: Final = "s"
_FENCE: Final = re.compile(r"\s{0,3}(```|~~~)")
_ENDS: Final = re.compile(r"\r\n?")


class Hints(NamedTuple):
    """What is known of lines by other means than their words: from the markup of a mail."""

    quoted: frozenset[int] = frozenset()
    """Lines in what a mail program put around the old mail."""
    signed: frozenset[int] = frozenset()
    cuts: frozenset[int] = frozenset()
    """Lines from which on everything is old."""


NO_HINTS: Final = Hints()


class Split(NamedTuple):
    """The three parts of a text. Together they hold every character of it that can be seen."""

    reply: str
    quoted: str
    signature: str


def split(text: str, marker: str = "") -> Split:
    """
    Tell the reply from the mail that it answers and from the signature.

    `marker` is our own line above which people are asked to answer; those of known help desks are
    recognised anyway. Answers between the lines of a quote keep these lines, for they explain them.
    """
    lines = _ENDS.sub("\n", text).split("\n")
    labels = label(lines, marker)
    return Split(*(part(lines, labels, it) for it in (REPLY, QUOTED, SIGNATURE)))


def label(lines: Sequence[str], marker: str = "", hints: Hints = NO_HINTS) -> Sequence[str]:
    """Tell for each line of a text in which part it is: REPLY, QUOTED or SIGNATURE."""
    labels = _Labels(lines, marker, hints).done()
    if any(its == REPLY and line.strip() for line, its in zip(lines, labels, strict=True)):
        return labels
    return [REPLY] * len(lines)


def part(lines: Sequence[str], labels: Sequence[str], wanted: str) -> str:
    """The lines with a label, without blank ones at the beginning and at the end."""
    kept = [line.rstrip() for line, its in zip(lines, labels, strict=True) if its == wanted]
    begin, end = 0, len(kept)
    while begin < end and not kept[begin]:
        begin += 1
    while end > begin and not kept[end - 1]:
        end -= 1
    return "\n".join(kept[begin:end])


class _Labels:
    """Each line's part, found in one pass from top to bottom and a second one for signatures."""

    def __init__(self, lines: Sequence[str], marker: str, hints: Hints) -> None:
        self._lines = lines
        self._marker = marker
        self._labels = [REPLY] * len(lines)
        self._quotes = quoted_lines(lines)
        self._hints = hints
        for n in hints.quoted:
            self._quotes[n] = True
        for n in hints.signed:
            self._labels[n] = SIGNATURE
        self._asked = asks_above("\n".join(lines), marker)
        self._said = False
        """Something was said above the line that is looked at: more than signatures."""
        self._headers: set[int] = set()
        self._fenced = _fenced(lines)
        for n in self._fenced:
            self._quotes[n] = False
        self._end = len(lines)
        """From here on everything is dealt with."""

    def done(self) -> Sequence[str]:
        self._find_headers()
        self._cut_under_sent_line()
        self._sign_small_print()
        self._sign(self._end)
        self._settle_quotes()
        return self._labels

    def _find_headers(self) -> None:
        """Walk down until a line after which everything is old, or a forward: all of it is content."""
        at = 0
        while at < self._end:
            if at in self._fenced or not self._lines[at].strip():
                at += 1
                continue
            if is_forward(self._lines[at]) and not (self._quotes[at] and self._headers):
                self._end = at
                return
            size = self._header(at)
            self._said = self._said or (not size and self._says(at))
            at += size or 1

    def _header(self, at: int) -> int:
        """How many lines of a header begin here; those after it may be settled at once."""
        if self._quotes[at]:
            return 0
        if self._said and self._is_cut(at):
            self._cut(at)
            return 1
        size = header_at(self._lines, at)
        if size:
            self._headers.update(range(at, at + size))
            self._label(at, at + size, QUOTED)
            if self._said and not self._quote_follows(at + size):
                self._cut(at)
        return size

    def _is_cut(self, at: int) -> bool:
        if at in self._hints.cuts or (self._asked and is_reply_above(self._lines[at], self._marker)):
            return True
        if old_mail_at(self._lines, at):
            return not is_introduced(self._above(at))
        return False

    def _above(self, at: int) -> str:
        """The line above another one, blank ones left out."""
        return next((self._lines[n] for n in range(at - 1, -1, -1) if self._lines[n].strip()), "")

    def _cut(self, at: int) -> None:
        """From `at` on everything is old; a drawn line just above belongs to it."""
        self._label(at, len(self._lines), QUOTED)
        self._end = at

    def _label(self, begin: int, end: int, label: str) -> None:
        self._labels[begin:end] = [label] * (end - begin)

    def _cut_under_sent_line(self) -> None:
        """
        What stands under "Sent from my phone" is the old mail, without any mark on it.

        But only if that line stands alone, and nothing else in the mail is known to be old.
        """
        if self._end < len(self._lines) or self._headers or any(self._quotes):
            return
        blank = ["", *(line.strip() for line in self._lines), ""]
        for n in range(self._end):
            if signatures.is_sent_line(self._lines[n]) and not blank[n] and not blank[n + 2]:
                if any(self._says(m) for m in range(n)):
                    self._label(n + 1, self._end, QUOTED)
                    self._end = n + 1
                return

    def _sign_small_print(self) -> None:
        """What lawyers and virus scanners add stands under the quote, and is not an answer to it."""
        last = max((n for n in range(self._end) if self._quotes[n]), default=-1)
        if last >= 0:
            first = last + 1 + signatures.small_print_at(self._lines[last + 1 : self._end])
            self._label(first, self._end, SIGNATURE)

    def _is_written(self, n: int) -> bool:
        """Whether the writer of this mail wrote the line."""
        return bool(self._lines[n].strip()) and not self._quotes[n] and n not in self._headers

    def _says(self, n: int) -> bool:
        """Whether something is said on a line: more than a signature."""
        line = self._lines[n]
        if not self._is_written(n) or self._labels[n] != REPLY:
            return False
        return not signatures.is_sent_line(line) and not signatures.is_drawn(line)

    def _quote_follows(self, at: int) -> bool:
        for n in range(at, self._end):
            if self._lines[n].strip():
                return self._quotes[n]
        return False

    def _sign(self, end: int) -> None:
        """Mark the signatures: at the end, and above every quote or header."""
        for begin, stop in self._stretches(end):
            first = signatures.signature_at(self._lines[begin:stop]) + begin
            fenced = any(n in self._fenced for n in range(first, stop))
            if first < stop and not fenced:
                self._label(first, stop, SIGNATURE)

    def _stretches(self, end: int) -> list[tuple[int, int]]:
        """The runs of written lines above `end` after which a quote follows or nothing more."""
        runs: list[tuple[int, int]] = []
        begin = 0
        for n in range(end + 1):
            if n == end or self._quotes[n] or n in self._headers:
                if n > begin:
                    runs.append((begin, n))
                begin = n + 1
        return runs

    def _settle_quotes(self) -> None:
        """Quotes with nothing said after them are old; so is one announced by a header, above all words."""
        said = [
            n for n in range(self._end)
            if self._is_written(n) and self._labels[n] == REPLY
        ]  # fmt: skip
        if not said:
            return
        first, last = said[0], said[-1]
        blocks = self._blocks()
        above = [block for block in blocks if block[0] < last]
        topmost = min(self._headers, default=self._end)
        for begin, end in blocks:
            if begin > last and begin not in self._hints.quoted and is_introduced(self._above(begin)):
                continue
            announced = begin in self._hints.quoted or topmost < begin
            if begin > last or (above == [(begin, end)] and announced and end <= first):
                self._label(begin, end, QUOTED)

    def _blocks(self) -> list[tuple[int, int]]:
        """The runs of quoted lines above the end, blank lines within them included."""
        found: list[tuple[int, int]] = []
        for n in range(self._end):
            if not self._quotes[n]:
                continue
            begin, end = found[-1] if found else (0, -1)
            if found and not any(self._is_written(m) for m in range(end, n)):
                found[-1] = (begin, n + 1)
            else:
                found.append((n, n + 1))
        return found


def _fenced(lines: Sequence[str]) -> set[int]:
    """The lines inside of fences: code is never a quote or a signature."""
    inside: set[int] = set()
    opened = -1
    for n, line in enumerate(lines):
        if _FENCE.match(line):
            if opened >= 0:
                inside.update(range(opened, n + 1))
                opened = -1
            else:
                opened = n
    return inside
