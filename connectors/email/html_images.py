"""The pictures of a mail: its own are shown, those of other hosts become a link, counters nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from connectors.markup.spans import CODE, Span, collapse

_SIZE: Final = re.compile(
    r"(?:^|;)\s*(?:max-)?(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*(?:;|!|$)", re.IGNORECASE
)
_TINY, _ICON = 3, 64


def picture(attributes: Mapping[str, str | None], marks: int, href: str) -> list[Span]:
    """
    Return what stands for a picture.

    A reader of the ticket must not be watched: nothing is loaded from another host unless they click.
    """
    source = (attributes.get("src") or "").strip()
    alt = collapse(attributes.get("alt") or "").strip()
    sizes = _sizes(attributes)
    if sizes and min(sizes) < _TINY:
        return []
    if source.lower().startswith("cid:"):
        return [Span(alt, marks & ~CODE, href, source)]
    if not source.lower().startswith(("http://", "https://")):
        return [Span(alt, marks, href)] if alt else []
    if not alt and len(sizes) > 1 and max(sizes) <= _ICON:
        return []
    return [Span(alt or "image", marks, href or source)]


def _sizes(attributes: Mapping[str, str | None]) -> list[int]:
    """The width and height, as far as they are told."""
    found = {name.lower(): int(size) for name, size in _SIZE.findall(attributes.get("style") or "")}
    for name in ("width", "height"):
        told = (attributes.get(name) or "").strip().lower().removesuffix("px")
        if told.isdecimal():
            found[name] = min(int(told), found.get(name, int(told)))
    return list(found.values())
