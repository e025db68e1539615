"""
The MIME structure of a mail: where each part's header and body lie. Pure but for the source.

Linear in the size of the mail, whatever is in it: every byte is looked at once, and how deep and how
many the parts may be has a limit. Beyond a limit, what is left is one part, kept as a file.
"""

from __future__ import annotations

import re
from typing import Final

from connectors.email.fields import Block, is_text, read_block
from connectors.email.node import Node
from connectors.email.source import Source
from connectors.email.window import Window

MAX_DEPTH: Final = 25
MAX_PARTS: Final = 2000
_MAILS: Final = frozenset(("message/rfc822", "message/global", "message/news"))
_GUESS: Final = re.compile(rb"--[^\s]{3,200}")


class _Open:
    """A multipart, or a mail as a part, whose end was not met yet."""

    def __init__(self, node: Node, boundary: bytes | None) -> None:
        self.node = node
        self.boundary = boundary
        self.ended: int | None = None


class _Scan:
    """One mail in work."""

    def __init__(self, source: Source, start: int, end: int, guessed: dict[int, bytes]) -> None:
        self._window = Window(source, start, end)
        self._end = end
        self._guessed = guessed
        self._open: list[_Open] = []
        self._places: dict[bytes, list[int]] = {}
        self._count = 0
        self._leaf: Node | None = None
        self.unmatched: dict[int, bytes] = {}
        """By body offset of a multipart without parts: the first line in it that looks like a delimiter."""

    def run(self) -> Node:
        root = self._begin("text/plain", None)
        while self._places or self._wants_guess():
            found = self._window.delimiter()
            if found is None:
                break
            line, begin, before = found
            place, closes = self._match(line)
            if place is None:
                self._remember(line)
                continue
            self._finish(before)
            self._pop(place + 1, before)
            if closes:
                self._close(place, self._window.offset)
            elif self._count >= MAX_PARTS:
                self._rest(begin)
                break
            else:
                self._part(place)
        self._finish(self._end)
        self._pop(0, self._end)
        return root

    def _begin(self, default: str, parent: Node | None) -> Node:
        """Read the header of a part, and of the mail in it, if it is one; return the part."""
        first: Node | None = None
        while True:
            self._count += 1
            start = self._window.offset
            top = parent is None or parent.is_mail
            block = read_block(self._window, self._is_delimiter, top=top)
            body = self._window.offset
            if parent is None and is_text(block) and (block.defects or not self._window.peek(1)):
                block, body = Block((), ("no header: all of it is text",)), start
            node = Node(block.fields, block.defects, start, body, self._end, default)
            first = first or node
            if parent is not None:
                parent.children.append(node)
            if not self._enter(node):
                self._leaf = node
                return first
            if not node.is_mail:
                return first
            parent, default = node, "text/plain"

    def _enter(self, node: Node) -> bool:
        """Go into a part that has parts; return whether it is one."""
        if node.type.startswith("multipart/"):
            node.too_deep = len(self._open) >= MAX_DEPTH
            if node.too_deep:
                return False
            boundary = self._guessed.get(node.body) or node.boundary or None
            self._push(node, boundary)
            return True
        node.is_mail = node.type in _MAILS and node.encoding == "" and len(self._open) < MAX_DEPTH
        if node.is_mail:
            self._push(node, None)
        return node.is_mail

    def _push(self, node: Node, boundary: bytes | None) -> None:
        if boundary is not None:
            self._places.setdefault(boundary, []).append(len(self._open))
        self._open.append(_Open(node, boundary))

    def _is_delimiter(self, line: bytes) -> bool:
        return self._match(line)[0] is not None

    def _match(self, line: bytes) -> tuple[int | None, bool]:
        """Return the multipart that a line delimits, innermost first, and whether the line ends it."""
        if places := self._places.get(line[2:]):
            return places[-1], False
        if line.endswith(b"--") and (places := self._places.get(line[2:-2])):
            return places[-1], True
        return None, False

    def _wants_guess(self) -> bool:
        return any(one.boundary is None and not one.node.is_mail for one in self._open[-1:])

    def _remember(self, line: bytes) -> None:
        if self._open and not (top := self._open[-1]).node.children and _GUESS.fullmatch(line):
            self.unmatched.setdefault(top.node.body, line[2:])

    def _finish(self, end: int) -> None:
        """End the part that has no parts, if one is being read."""
        if self._leaf is not None:
            self._leaf.end = max(self._leaf.body, end)
            self._leaf = None

    def _pop(self, length: int, end: int) -> None:
        """End all that is open beyond the first `length`."""
        while len(self._open) > length:
            one = self._open.pop()
            if one.boundary is not None:
                places = self._places[one.boundary]
                places.pop()
                if not places:
                    del self._places[one.boundary]
            one.node.end = max(one.node.body, end if one.ended is None else one.ended)

    def _close(self, place: int, after: int) -> None:
        one = self._open[place]
        one.ended = after
        if one.boundary is not None and len(self._places[one.boundary]) > 1:
            # Its parent has the same boundary, against the rules: what comes is the parent's.
            self._pop(place, after)
        # Else some software closes too early, and goes on: the boundary is still known.

    def _part(self, place: int) -> None:
        parent = self._open[place].node
        self._begin("message/rfc822" if parent.type == "multipart/digest" else "text/plain", parent)

    def _rest(self, begin: int) -> None:
        """Keep as one file what is left of a mail with too many parts."""
        node = Node((), ("too many parts: the rest is kept as a file",), begin, begin, self._end, "")
        node.too_deep = True
        self._open[0].node.children.append(node)


def scan(source: Source, start: int = 0, end: int | None = None) -> Node:
    """Return the structure of the mail that lies in a source between two places. Never raises."""
    stop = source.size if end is None else end
    first = _Scan(source, start, stop, {})
    root = first.run()
    wrong = {place: line for place, line in first.unmatched.items() if _is_without_parts(root, place)}
    if not wrong:
        return root
    # A boundary that is missing, or declared otherwise than used: the one that is used counts.
    return _Scan(source, start, stop, wrong).run()


def _is_without_parts(root: Node, place: int) -> bool:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.body == place and node.type.startswith("multipart/"):
            return not node.children
        waiting += node.children
    return False
