"""Cleaned HTML that is too big to be walked, as plain text: every word, no looks. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_REST: Final = r"(?=[\s/>])(?:[^>\"]|\"[^\"]*\")*>"
_PICTURE: Final = re.compile(rf"<img{_REST}")
_ALT: Final = re.compile(r"\salt=\"([^\"]*)\"")
_CELL: Final = re.compile(rf"</t[dh]{_REST}")
_BLOCK: Final = re.compile(
    rf"</?(?:p|div|ul|ol|table|blockquote|pre|h[1-6]|dl|article|section|header|footer|center|address){_REST}"
)
_LINE: Final = re.compile(rf"<(?:br|hr){_REST}|</(?:li|tr|dt|dd|caption){_REST}")
_ANY: Final = re.compile(r"</?[a-zA-Z](?:[^>\"]|\"[^\"]*\")*>")
_GAPS: Final = re.compile(r" *\n *")
_WIDE: Final = re.compile(r"\n{3,}")


def flat(html: str) -> str:
    """Return the words of HTML as `nh3` writes it, a line for each block."""
    html = _BLANKS.sub(" ", html)
    html = _PICTURE.sub(_alt, html)
    html = _LINE.sub("\n", _BLOCK.sub("\n\n", _CELL.sub(" ", html)))
    text = _GAPS.sub("\n", _ANY.sub("", html))
    return unescape(_WIDE.sub("\n\n", text)).strip()


def _alt(found: re.Match[str]) -> str:
    alt = _ALT.search(found[0])
    return alt[1] if alt else ""
