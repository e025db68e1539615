"""Our own context block as plain text, for fields that show no formatting. Pure."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^`{3,}\n?", re.MULTILINE)
_STRONG = re.compile(r"(?<!\\)\*\*")
_ESCAPE = re.compile(r"\\([\\`*\[<_~&])")


def plain(block: str) -> str:
    """Return the text of a context block as `hub.context` writes it: no marks, no escapes, no fences."""
    return _ESCAPE.sub(r"\1", _STRONG.sub("", _FENCE.sub("", block)))
