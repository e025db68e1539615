"""
A raw mail as a `Message`. Pure but for the source.

Whatever the bytes are, there is a message: what is broken is read as far as it can be, and named in
`defects`. Time and memory grow with the mail's size, and no faster; of a file, no more than a piece is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from connectors.email.bodies import show
from connectors.email.charsets import codec_of
from connectors.email.heading import read_head
from connectors.email.model import FilePart, Message, Report
from connectors.email.node import Node
from connectors.email.reading import Reading, joined
from connectors.email.scan import scan
from connectors.email.source import Source, Unreadable
from connectors.email.texts import show_text
from connectors.email.window import with_line_ends
from hub.signals.language import guess

_LANGUAGE: Final = re.compile(r"\s*([A-Za-z]{2})(?![A-Za-z])")


def read(source: Source) -> Message:
    """Read a mail. Raises `Unreadable` only where there is nothing at all to show."""
    source = with_line_ends(source)
    root = scan(source)
    if not root.fields and not any(piece.strip() for piece in source.read()):
        raise Unreadable("the mail is empty")
    reading = Reading(source, _charset(root))
    shown = show(reading, root)
    if not shown.text and reading.unshown:
        shown.add_text(show_text(reading, reading.unshown[0]))
    text, reply = shown.text, joined(shown.replies)
    told_apart = bool(reply) or reading.report is not None
    head = read_head(root, reading.hint)
    return replace(
        head,
        text=text,
        reply=reply if told_apart else text,
        quoted=joined(shown.quotes) if told_apart else "",
        signature=joined(shown.signatures) if told_apart else "",
        language=_language(head, reply or text),
        files=tuple(_placed(shown.files, text)),
        report=_with_id(reading.report, reading.returned_id),
        calendar=reading.calendar,
        encrypted=reading.encrypted,
        signed=reading.signed,
        defects=tuple(reading.defects),
    )


def _charset(root: Node) -> str:
    """Return the charset of the first text that names one: most likely that of headers that name none."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type.startswith("text/") and codec_of(node.charset) not in {None, "utf-8"}:
            return node.charset
        waiting += reversed(node.children)
    return ""


def _language(head: Message, text: str) -> str:
    declared = _LANGUAGE.match(head.header("content-language"))
    return declared[1].lower() if declared else guess(text)


def _placed(files: list[FilePart], text: str) -> Iterator[FilePart]:
    """Yield the files; those are inline that the text shows in their place."""
    named = {file.sha256 for file in files if file.content_type == "application/ics"}
    for file in files:
        if file.content_type == "text/calendar" and file.sha256 in named:
            continue  # the same invitation once more, as a file
        shown = bool(file.content_id) and f"cid:{file.content_id}" in text
        yield replace(file, inline=True) if shown else file


def _with_id(report: Report | None, returned: str) -> Report | None:
    if report is None or report.original_message_id:
        return report
    return replace(report, original_message_id=returned)
