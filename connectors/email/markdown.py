"""Formatted text of a conversation: it is Markdown already, and holds no block of ours."""

from __future__ import annotations

from hub.model import Json


class Markdown:
    """See `hub.lens.Dialect`. What is told to a customer has no room for our context."""

    def to_markdown(self, raw: Json) -> str:
        return str(raw or "")

    def from_markdown(self, markdown: str, onto: Json) -> Json:
        del onto
        return markdown

    def block(self, raw: Json) -> str:
        del raw
        return ""

    def with_block(self, block: str, onto: Json, /) -> Json:
        del block
        return onto
