"""Which lines at the end of a text are a signature, and not something that was said. Pure."""

# ruff: noqa: RUF001  dashes of prose are meant
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from connectors.email import quote_words, sent_words

_DASHES: Final = re.compile(r"\s{0,2}(?:--|—|–|__)\s*$")
_RULE: Final = re.compile(r"\s*(?:-{3,}|_{3,}|—{2,}|–{2,})\s*$")
_DRAWN: Final = re.compile(r"\s*[-_=+~#*ᐧ—–─]+\s*$")
_MOST_LINES: Final = 25
"""Under a `--` more lines of writing than this are no signature."""
_MOST_UNDER_RULE: Final = 10
_WIDEST: Final = 90
_SENT_LENGTH: Final = 160
_LETTERS: Final = re.compile(r"[^\W\d_]")


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True))


_UNSPACED: Final = "\u0e00"
_SENT: Final = re.compile(
    rf"[\s<(\[*_~.\-–—]*(?:{_any([word for word in sent_words.SENT_BY if word < _UNSPACED])})\b"
    rf"|.{{0,40}}(?:{_any([word for word in sent_words.SENT_BY if word >= _UNSPACED])}"
    r"|gönderildi\b|lähetetty\b|küldve\b)"
)
_DEVICE: Final = re.compile(
    rf"(?<!\w)(?:{_any([word for word in sent_words.DEVICES if word < _UNSPACED])})(?!s\b)"
    rf"|{_any([word for word in sent_words.DEVICES if word >= _UNSPACED])}"
)
_MY: Final = re.compile(
    r"[\s<(\[*_]*(?:sent|typed|written|posted)\s+(?:from|by|via|using|with|on)\s+(?:my|a|an|our)"
    r"(?:\s+[\w\-']+){1,6}\W*$"
    r"|[\s<(\[*_]*(?:sent|typed|posted)\s+(?:from|via|using)\s+[\w.\-]+[\s>)\].]*$"
    r"|[\s<(\[*_]*[\w'’]+\s+(?:from|von|via|depuis)\s+(?:my\s+)?"
    r"(?:mobile|phone|iphone|mobil|unterwegs|cell)\W*$"
)
_CLAUSE: Final = re.compile(r"[,;.!]\s")
_FOOTER: Final = re.compile(_any(quote_words.FOOTERS), re.IGNORECASE)
_QUESTION: Final = re.compile(r"[?？]\s*$")


def is_sent_line(line: str) -> bool:
    """Whether a line is what a mail program adds by itself: `Sent from my iPhone`."""
    stripped = line.strip().lower()
    if not stripped or len(stripped) > _SENT_LENGTH or _QUESTION.search(stripped):
        return False
    if _MY.match(stripped):
        return True
    # "Sent from my cell, please excuse…" names it at once; "Sent from my desk, not my phone" does not.
    first = _CLAUSE.split(stripped, maxsplit=1)[0]
    return _SENT.match(first) is not None and _DEVICE.search(first) is not None


def is_drawn(line: str) -> bool:
    """Whether there is nothing to read on a line, only dashes and the like."""
    return _DRAWN.match(line) is not None


def signature_at(lines: Sequence[str]) -> int:
    """
    Return where the signature of a text begins: at its end, or len(lines) if there is none.

    `--` on a line of its own begins one, a drawn line does if only little follows, and what a mail
    program adds by itself is one. Farewells ("Best regards, Ann") are part of what was said.
    """
    end = _without_sent_lines(lines, len(lines))
    begin = _dashes_at(lines, end)
    return _without_sent_lines(lines, begin)


def small_print_at(lines: Sequence[str]) -> int:
    """Return where in what stands under a quote the small print begins; len(lines) if nowhere."""
    begin = 0
    for n, line in enumerate(lines):
        if not line.strip():
            begin = n + 1
        elif _FOOTER.search(line):
            return begin
    return len(lines)


def _without_sent_lines(lines: Sequence[str], end: int) -> int:
    """Step back over blank lines, drawn lines and those that a mail program added."""
    kept = end
    for n in range(end - 1, -1, -1):
        line = lines[n]
        if is_sent_line(line) or is_drawn(line):
            kept = n
        elif line.strip():
            break
    return kept


def _dashes_at(lines: Sequence[str], end: int) -> int:
    """Where a signature that is set off by dashes begins, before line `end`."""
    written = 0
    begin = end
    for n in range(end - 1, -1, -1):
        line = lines[n]
        if _DASHES.match(line):
            if line.endswith("-- ") or not any(map(_QUESTION.search, lines[n + 1 : end])):
                begin = n
        elif _RULE.match(line):
            if written <= _MOST_UNDER_RULE and _is_set_off(lines, n) and _is_card(lines[n + 1 : end]):
                begin = n
        elif line.strip():
            written += 1
            if written > _MOST_LINES:
                break
    return begin


def _is_set_off(lines: Sequence[str], rule: int) -> bool:
    """Whether a drawn line ends what was said: dashes right under words make a heading or a table."""
    return "_" in lines[rule] or rule == 0 or not lines[rule - 1].strip()


def _is_card(lines: Sequence[str]) -> bool:
    """Whether lines look like name, post and telephone: together, short, and none of them a question."""
    card = [line for line in lines if not is_drawn(line)]
    while card and not card[-1].strip():
        _ = card.pop()
    return all(line.strip() and len(line) <= _WIDEST and not _QUESTION.search(line) for line in card)
