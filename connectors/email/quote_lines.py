"""
What a single line, or a few lines together, of a mail's text are: a quote, the header of a reply,
the block of header fields that Outlook puts above an old mail, a forward. Pure.
"""

# ruff: noqa: RUF001  dashes of prose and full-width colons are meant
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from connectors.email import quote_words

_HEADER_LINES: Final = 6
_HEADER_LENGTH: Final = 500
_BLOCK_LINES: Final = 24
_FULL: Final = 65
_LINE: Final = 100
_LONGEST: Final = 400
"""No line of a header is longer; what is longer is text, and not worth a pattern."""


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_UNSEEN: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\]\"',;:]{1,64}@[^\s@<>()\[\]\"',;:]{1,255}")
_DIGIT: Final = re.compile(r"[\d@]")
_TIME: Final = re.compile(
    r"\d{1,2}\s?[:.h時시点點]\s?\d{2}(?!\d)|\d\s?(?:a\.?m\b|p\.?m\b|Uhr\b)", re.IGNORECASE
)
_DATE: Final = re.compile(
    r"\d{1,4}[./\-]\s?\d{1,2}[./\-]\s?\d{1,4}"
    r"|\d{4}\s?[年년]"
    r"|\b\d{1,2}(?:st|nd|rd|th|er|º|ª)?[.,]?\s+(?:de\s+)?[^\W\d]{3,}\.?,?\s?(?:(?:de|del|of)\s+)?(?:\d{2,4})?"
    r"|\b[^\W\d]{3,}\.?\s+\d{1,2},?\s+\d{4}"
)
_VERBS: Final = tuple(f" {word}" for word in quote_words.WROTE)
_UNSPACED: Final = "\u0e00"
"""From this letter on (Thai, Chinese, Japanese, Korean) words stand without spaces between them."""
_VERB: Final = re.compile(
    rf"(?<!\w)(?:{_any(word for word in quote_words.WROTE if word < _UNSPACED)})(?!\w)"
    rf"|{_any(word for word in quote_words.WROTE if word >= _UNSPACED)}",
    re.IGNORECASE,
)
_DATE_FIRST: Final = re.compile(r"[\"'*_\-—–\s]*(?:[^\W\d][\w'’׳./\-]*[.,،、:(]*\s*){0,4}\(?\d")
_NAME_FIRST: Final = re.compile(
    r"[\"'*_]*[^\W\d][^<@:;!?>]{0,70}?[\"'*]?\s*[<(\[]{1,2}\s*(?:mailto:)?[^\s@]{1,64}@"
)
_NAME_ONLY: Final = re.compile(r"[^\W\d][\w.'’\-]*(?:,?\s+\(?[^\W\d][\w.'’\-]*\)?){0,4}\s")
_NAME_WROTE: Final = re.compile(
    rf"[\"'*_]*[A-ZÀ-ÞА-ЯІЇЄҐ][\w.'’\-]*[\"']?(?:,?\s+[\"'(]*[A-ZÀ-ÞА-ЯІЇЄҐ][\w.'’\-]*[\"')]*){{0,4}}"
    rf"\s+(?:{_any(quote_words.WROTE)})\s*[:：]\s*$"
)
_END: Final = re.compile(r"[:：]\s*[*_]*$")
_DASHED_END: Final = re.compile(r"\s-{2,}\s*:?$")
_FIRST_PERSON: Final = re.compile(rf"(?<!\w)(?:{_any(quote_words.FIRST_PERSON)})(?![\w.])", re.IGNORECASE)
_BARE_DATED: Final = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?(\s+(?:GMT|UTC)?[+-]\d{1,2}:?\d{2})?\s+"
    r"[^<>]{1,100}(<[^<>@\s]+@[^<>\s]+>)?:?\s*"
)
_QUOTED: Final = re.compile(r"\s{0,3}(?:>|&gt;)")
_NAMED_QUOTE: Final = re.compile(r"\s{0,3}([^\W\d_]\w{0,11}>)(?!\s*\w+\s*</)")
_BARRED: Final = re.compile(r"\s{0,3}\|")
_RULE: Final = re.compile(r"[\s>*]*(?:[-_=—–―─]\s?){5,}[\s*]*$")

_FIELD_NAMES: Final = {
    **dict.fromkeys(quote_words.OTHER_FIELDS, "other"),
    **dict.fromkeys(quote_words.TO, "to"),
    **dict.fromkeys(quote_words.SENT, "sent"),
    **dict.fromkeys(quote_words.SUBJECT, "subject"),
    **dict.fromkeys(quote_words.FROM, "from"),
}
_FIELD: Final = re.compile(r"[\s>|*_]*([^\W\d_][^:：*<>@]{0,24}?)\s*[*_]*\s*[:：][*_]*(?!//)")
_ORIGINAL: Final = re.compile(
    rf"[\s>*_]*[-_=—–\s]{{2,}}\s*(?:{_any(quote_words.ORIGINAL_MESSAGE)})\s*:?\s*[-_=—–\s]*[\s*_]*$",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(
    rf"[\s>*_]*(?:[-_=—–]{{2,}}\s*(?:{_any(quote_words.FORWARDED)})\b.{{0,80}}|(?:{_any(quote_words.FORWARDED)})\s*[:：])[\s*_]*$",
    re.IGNORECASE,
)
_DECKED: Final = re.compile(r"[\s>*_]*[-_=—–]{2}|.{0,60}[:：][\s*_]*$")
"""Dashes before, or a colon after: what a line needs to announce a mail."""
_HASHED: Final = re.compile(r"[\s>*_]*##-.{1,300}-##")
_ABOVE: Final = re.compile(_any(quote_words.REPLY_ABOVE), re.IGNORECASE)


def is_quoted(line: str) -> bool:
    """Whether a line begins with the mark of a quote."""
    return _QUOTED.match(line) is not None


def is_rule(line: str) -> bool:
    """Whether a line is drawn, not written: `________`."""
    return _RULE.match(line) is not None


def quoted_lines(lines: Sequence[str]) -> list[bool]:
    """
    Which lines are quotes, also the ends of quoted lines that a mail program broke in two.

    Rare marks (`Ann>`, `|`) count if they stand on two lines in a row at least.
    """
    quoted = [is_quoted(line) for line in lines]
    for n in range(1, len(lines)):
        if quoted[n - 1] and not quoted[n] and is_quoted(lines[n - 1]) and _is_torn(lines[n - 1], lines[n]):
            quoted[n] = True
    for mark in (_named, _barred):
        marks = ["" if quoted[n] else mark(line) for n, line in enumerate(lines)]
        for n in range(1, len(lines)):
            if marks[n] and marks[n] == marks[n - 1]:
                quoted[n - 1] = quoted[n] = True
    return quoted


def _is_torn(quote: str, line: str) -> bool:
    """Whether a line is the end of the quoted one above: that was full, and stopped within a sentence."""
    last = quote.rstrip()[-1:]
    return len(quote) >= _FULL and (last.isalnum() or last == ",") and line[:1].islower()


def _named(line: str) -> str:
    found = _NAMED_QUOTE.match(line) if ">" in line else None
    return found[1] if found else ""


def _barred(line: str) -> str:
    # A line of a table is closed by a bar as well.
    if "|" not in line or not _BARRED.match(line):
        return ""
    return "|" if line.strip() == "|" or not line.rstrip().endswith("|") else ""


def is_forward(line: str) -> bool:
    """Whether a line says that a forwarded mail follows."""
    return len(line) <= _LONGEST and _DECKED.match(line) is not None and _FORWARD.match(line) is not None


def is_reply_above(line: str, marker: str = "") -> bool:
    """Whether a line is the one above which a customer is asked to answer."""
    if marker and marker in line:
        return True
    return len(line) <= _LONGEST and (_HASHED.match(line) is not None or _ABOVE.search(line) is not None)


def asks_above(text: str, marker: str = "") -> bool:
    """Whether a line of this text may be such a one: to look at each is too much for a big mail."""
    lowered = text.lower()
    return (
        bool(marker and marker in text)
        or "##-" in text
        or any(it in lowered for it in quote_words.REPLY_ABOVE)
    )


def old_mail_at(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` announce an old mail without quote marks, as Outlook does; 0: none."""
    line = lines[at]
    if len(line) > _LONGEST:
        return 0
    if _DECKED.match(line) and _ORIGINAL.match(line):
        return 1 + _fields_at(lines, at + 1, enough=2)
    if is_rule(line):
        fields = _fields_at(lines, at + 1, enough=2)
        return fields + 1 if fields else 0
    return _fields_at(lines, at, enough=3)


def _fields_at(lines: Sequence[str], at: int, *, enough: int) -> int:
    """How many lines are fields of a mail's head, if `enough` kinds are found, the sender among them."""
    while at < len(lines) and enough < 3 and not lines[at].strip():  # noqa: PLR2004
        at += 1
    if at >= len(lines) or field_of(lines[at]) in ("", "other", "to"):
        return 0
    kinds: set[str] = set()
    last = at
    for n in range(at, min(at + _BLOCK_LINES, len(lines))):
        kind = field_of(lines[n])
        if kind == "from" and kind in kinds:
            break
        if kind:
            kinds.add(kind)
            last = n
        elif n - last > 2 or (not lines[n].strip() and n - last > 1):  # noqa: PLR2004
            break
    named = kinds - {"other"}
    if "from" not in named or len(named) < 2 or len(kinds) < enough:  # noqa: PLR2004
        return 0
    return last + 1 - at


def field_of(line: str) -> str:
    """Which header field of a mail a line shows: from, sent, to, subject, other; or ""."""
    if ":" not in line and "：" not in line:
        return ""
    found = _FIELD.match(_UNSEEN.sub("", line[:120]))
    return _FIELD_NAMES.get(found[1].strip().lower(), "") if found else ""


def is_introduced(line: str) -> bool:
    """Whether a line leads to what follows it: then that is content, as in `I got this mail:`."""
    return _END.search(line) is not None and not _DIGIT.search(line) and not _VERB.search(line)


def header_at(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` are the header of a reply ("On …, Ann wrote:"); 0: none begins here."""
    if not _may_begin(lines[at]):
        named = len(lines[at]) <= _LINE and _NAME_WROTE.match(lines[at]) and _quote_follows(lines, at + 1)
        return 1 if named else 0
    joined = ""
    for n in range(at, min(at + _HEADER_LINES, len(lines))):
        line = _UNSEEN.sub("", lines[n]).strip()
        if not line and not _goes_on(lines, n):
            return 0
        if n > at and line.startswith(">") and not _END.search(line):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _HEADER_LENGTH:
            return 0
        if _is_header(joined, lines, n + 1):
            return 0 if any(_begins_anew(lines, m) for m in range(at + 1, n + 1)) else n + 1 - at
    return 0


def _begins_anew(lines: Sequence[str], at: int) -> bool:
    """Whether a line within a header is where it truly begins: with a date, and all the rest."""
    line = lines[at]
    return _may_begin(line) and _dated(line) and _DATE.search(line) is not None and header_at(lines, at) > 0


def _goes_on(lines: Sequence[str], at: int) -> bool:
    """Whether a header may go on after a blank line: some programs put the address on lines of its own."""
    return at + 1 < len(lines) and lines[at + 1].lstrip().startswith("<")


def _may_begin(line: str) -> bool:
    if not line or len(line) > _LONGEST or not _DIGIT.search(line) or is_quoted(line):
        return False
    line = _UNSEEN.sub("", line)
    return bool(_dated(line) or _NAME_FIRST.match(line) or (_NAME_ONLY.match(line) and _VERB.search(line)))


def _dated(line: str) -> bool:
    return _DATE_FIRST.match(line) is not None


def _is_header(text: str, lines: Sequence[str], after: int) -> bool:
    bare = _BARE_DATED.fullmatch(text)
    if bare and (bare[1] or bare[2]):
        return True
    ends = _END.search(text) or _DASHED_END.search(text)
    return (ends is not None or text.lower().endswith(_VERBS)) and _tells_who(
        text, lines, after, ends=bool(ends)
    )


def _tells_who(text: str, lines: Sequence[str], after: int, *, ends: bool) -> bool:
    """Whether a text with the end of a header says when and who, and that they wrote."""
    address, dated = _ADDRESS.search(text), _DATE.search(text)
    at_time = dated and _dated(text) and _TIME.search(text)
    if _VERB.search(text) is None:
        return bool(address and at_time)
    if not ends:
        return bool(address and dated)
    if address:
        return True
    if _FIRST_PERSON.search(text):
        return False
    if at_time:
        return True
    return dated is not None and (_DASHED_END.search(text) is not None or _quote_follows(lines, after))


def _quote_follows(lines: Sequence[str], at: int) -> bool:
    """Whether the next line with anything on it is quoted."""
    for line in lines[at : at + 4]:
        if line.strip():
            return is_quoted(line) or _barred(line) != ""
    return False
