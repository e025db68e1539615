"""Writing text into Markdown so that it reads back as the same text. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

_URL = re.compile(r"(?<![A-Za-z0-9])https?://[^\s<>\"]+")
_URL_TAIL = "?!.,:;*_~'\")]}|`\\"
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINE_START = re.compile(
    r"""
    (?P<marker>[-+>](?=\s|$)|>|\#{1,6}(?=\s|$))     # bullet, quotation, heading
    | (?P<number>\d{1,9})(?=[.)](?:\s|$))           # numbered list
    | (?P<rule>(?=([-=*_])\s*(?:\4\s*)*$)[-=*_])    # rule, or the underline of a heading
    | (?P<table>(?=[|:\-\s]*-[|:\-\s]*$)[|:])       # the second line of a table
    | (?P<box>\[)(?=[ xX]\](?:\s|$)|!)              # a task's box, a panel's name
    """,
    re.VERBOSE,
)
_PLAIN = re.compile(r"[\w ,.;:!·/()'\"%$@?=+\-–—…«»]*", re.UNICODE)  # noqa: RUF001 (dashes of prose)
_UNSAFE = re.compile(r"\s*(?:javascript|vbscript|file|data)\s*:", re.IGNORECASE)


def clean(text: str) -> str:
    """Return text with ordinary line ends, and blanks for control characters, which say nothing."""
    if text.isprintable():
        return text
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def split_urls(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (piece, whether it is a web address), in order; the pieces add up to `text`."""
    if "://" not in text:
        yield text, False
        return
    at = 0
    for found in _URL.finditer(text):
        url = found.group().rstrip(_URL_TAIL)
        if len(url) <= len("https://"):
            continue
        if found.start() > at:
            yield text[at : found.start()], False
        yield url, True
        at = found.start() + len(url)
    if at < len(text):
        yield text[at:], False


def is_prose(text: str) -> bool:
    """Whether nothing in a line means more than itself in Markdown, but for how the line begins."""
    return _PLAIN.fullmatch(text) is not None and "_" not in text and "://" not in text


def escape(text: str) -> str:
    """Escape what Markdown would take for markup inside a line. Leaves ordinary prose as it is."""
    if is_prose(text):
        return text
    return "".join(_escaped(text, i) for i in range(len(text)))


def _escaped(text: str, i: int) -> str:
    char = text[i]
    if char in _SPECIAL and _SPECIAL[char](text, i):
        return "\\" + char
    return char


def _next(text: str, i: int) -> str:
    return text[i + 1] if i + 1 < len(text) else ""


def _escape_backslash(text: str, i: int) -> bool:
    after = _next(text, i)
    return not after or not after.isalnum()


def _escape_underscore(text: str, i: int) -> bool:
    before = text[i - 1] if i else ""
    return not (before.isalnum() and _next(text, i).isalnum())


def _escape_tilde(text: str, i: int) -> bool:
    return i == 0 or not _next(text, i) or "~" in (text[i - 1], _next(text, i))


def _always(_text: str, _i: int) -> bool:
    return True


def _escape_angle(text: str, i: int) -> bool:
    return _TAG.match(text, i) is not None


def _escape_ampersand(text: str, i: int) -> bool:
    return _ENTITY.match(text, i) is not None


def _escape_bang(text: str, i: int) -> bool:
    return _next(text, i) == "["


_SPECIAL: dict[str, Callable[[str, int], bool]] = {
    "\\": _escape_backslash,
    "`": _always,
    "*": _always,
    "[": _always,
    "_": _escape_underscore,
    "~": _escape_tilde,
    "]": _always,
    "<": _escape_angle,
    "&": _escape_ampersand,
    "!": _escape_bang,
}


def escape_label(text: str) -> str:
    """Escape text that stands between the square brackets of a link or image."""
    label = escape(text)
    return "\\" + label if label.startswith("!") else label


def escape_line_start(line: str) -> str:
    """Escape what would make a block of a paragraph's line."""
    found = _LINE_START.match(line)
    if not found:
        return line
    at = found.end("number") if found["number"] else 0
    return f"{line[:at]}\\{line[at:]}"


def destination(href: str) -> str:
    """Write a link's address so that it is read back as it is."""
    href = _UNWRITABLE.sub(lambda found: quote(found.group()), href)
    href = _ENTITY.sub(r"\\&", href.replace("\\", "\\\\"))
    if re.fullmatch(r"[A-Za-z0-9:/?#@!$&'*+,;=%._~\\{}^|-]+", href):
        return href
    return "<" + href.replace("<", "\\<").replace(">", "\\>") + ">"


def is_safe(href: str) -> bool:
    """Whether an address may be a link at all: not a script, not a local file."""
    return bool(href.strip()) and not _UNSAFE.match(href)


def code_span(text: str) -> str:
    """Write inline code, whatever backticks it holds."""
    text = text.replace("\n", " ")
    fence = "`"
    while fence in re.findall(r"`+", text):
        fence += "`"
    pad = " " if text[:1] in "` " or text[-1:] in "` " else ""
    if not text.strip(" "):
        pad = ""
    return f"{fence}{pad}{text}{pad}{fence}"


def code_block(text: str, language: str) -> str:
    """Write a fenced block, whatever fences it holds."""
    fence = "```"
    while fence in text:
        fence += "`"
    language = language if re.fullmatch(r"[\w+#./-]+", language) else ""
    return f"{fence}{language}\n{text}\n{fence}" if text else f"{fence}{language}\n{fence}"
