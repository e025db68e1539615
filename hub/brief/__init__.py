"""The hand-off brief: a ticket's state in a screen, quoted and cited, for the readers of one side."""

from __future__ import annotations

from hub.brief.model import Brief, Piece
from hub.brief.reader import EVERYTHING, Reader, reader_by_file, reader_of
from hub.brief.sharing import brief_for, brief_of
from hub.brief.showing import as_markdown, as_plain
from hub.brief.writing import brief

__all__ = [
    "EVERYTHING",
    "Brief",
    "Piece",
    "Reader",
    "as_markdown",
    "as_plain",
    "brief",
    "brief_for",
    "brief_of",
    "reader_by_file",
    "reader_of",
]
