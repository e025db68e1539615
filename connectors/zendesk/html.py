"""
Zendesk's formatted text as a `Dialect`: HTML on its side, Markdown on the hub's. Pure.

`html_reading` and `html_writing` hold the two directions. What was written is read back as it was,
and reading what was written from a reading changes nothing more.
"""

from __future__ import annotations

import re
from html import escape

from connectors.zendesk.html_reading import to_markdown
from connectors.zendesk.html_writing import from_markdown
from hub.model import Json

__all__ = ["DIALECT", "Html", "from_markdown", "to_markdown"]

_BLOCK = re.compile(r'\s*<div class="hub-context">(.*?)</div>', re.DOTALL)


class Html:
    """
    The dialect of comments and descriptions.

    A context block is a `div` of our own at the end of a body. Zendesk's descriptions never change
    once written, so there it serves replicas that the hub creates.
    """

    def to_markdown(self, raw: Json) -> str:
        """Translate the whole body, our own context block left out. Never drops text."""
        return to_markdown(_BLOCK.sub("", _html(raw)))

    def from_markdown(self, markdown: str, onto: Json) -> Json:
        """Render Markdown as a new body; our context block, if `onto` holds one, stays as it is."""
        kept = _BLOCK.search(_html(onto))
        return from_markdown(markdown) + (kept[0] if kept else "")

    def block(self, raw: Json) -> str:
        """Return our context block as Markdown, or ""."""
        found = _BLOCK.search(_html(raw))
        return to_markdown(found[1]) if found else ""

    def with_block(self, block: str, onto: Json) -> Json:
        """Put our context block (Markdown) into the body, touching nothing that people wrote."""
        body = _html(onto)
        new = f'\n<div class="hub-context">{from_markdown(block)}</div>' if block else ""
        if _BLOCK.search(body):
            return _BLOCK.sub(lambda _: new, body, count=1)
        return body + new


def _html(raw: Json) -> str:
    return raw if isinstance(raw, str) else "" if raw is None else escape(str(raw))


DIALECT = Html()
