"""What the parts of a mail give to its text: values, put together by `bodies`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from connectors.email.model import FilePart, Report
from connectors.email.node import Node
from connectors.email.source import Source

_WORD: Final = re.compile(r"[^\W_]{3,}")
_LINK: Final = re.compile(r"(?:https?://|www\.|mailto:|cid:)[^\s<>()\]]+")
_MISSING: Final = 2


@dataclass
class Shown:
    """One part, or some of them, as Markdown; and the files that are in it."""

    texts: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    files: list[FilePart] = field(default_factory=list)

    def add(self, other: Shown) -> None:
        self.add_text(other)
        self.files += other.files

    def add_text(self, other: Shown) -> None:
        self.texts += other.texts
        self.replies += other.replies
        self.quotes += other.quotes
        self.signatures += other.signatures

    @property
    def text(self) -> str:
        return joined(self.texts)


@dataclass
class Reading:
    """One mail in work: what is known of it so far."""

    source: Source
    hint: str = ""
    """The charset of its first text: most likely that of headers without one."""
    depth: int = 0
    """How many mails it lies in."""
    room: int = 2_000_000
    """Characters of text that it may still give."""
    in_report: bool = False
    encrypted: bool = False
    signed: bool = False
    calendar: str = ""
    report: Report | None = None
    returned_id: str = ""
    """The Message-ID of the mail that a report returned."""
    defects: list[str] = field(default_factory=list)
    unshown: list[Node] = field(default_factory=list)
    """Texts that are files, by their name: they are shown where there is nothing else to show."""

    def note(self, defect: str) -> None:
        if defect and defect not in self.defects and len(self.defects) < 100:  # noqa: PLR2004
            self.defects.append(defect)


def said(text: str) -> Shown:
    """Return a text that is all its author's."""
    return Shown([text], [text]) if text.strip() else Shown()


def told_apart(text: str, reply: str, quoted: str, signature: str) -> Shown:
    """Return a text with its three pieces; those that are empty are none."""
    one = Shown([text])
    one.replies += [reply] if reply.strip() else []
    one.quotes += [quoted] if quoted.strip() else []
    one.signatures += [signature] if signature.strip() else []
    return one


def beside(text: str) -> Shown:
    """Return a text that is not its author's: what a machine returned."""
    return Shown([text], quotes=[text]) if text.strip() else Shown()


def joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def beyond(shown: Shown, known: set[str]) -> Shown:
    """Return of what is shown the paragraphs that have words, more than by chance, that are not known."""
    news = [one for one in _paragraphs(shown.texts) if _is_news(words(one), known)]
    quoted, signed = set(_paragraphs(shown.quotes)), set(_paragraphs(shown.signatures))
    return Shown(
        news,
        [one for one in news if one not in quoted and one not in signed],
        [one for one in news if one in quoted],
        [one for one in news if one in signed and one not in quoted],
    )


def _paragraphs(texts: list[str]) -> list[str]:
    return [paragraph for text in texts for paragraph in text.split("\n\n")]


def _is_news(said: set[str], known: set[str]) -> bool:
    unknown = said - known
    return len(unknown) >= _MISSING or (bool(unknown) and unknown == said)


def has_words(text: str) -> bool:
    return any(c.isalnum() for c in _LINK.sub("", text))


def words(text: str) -> set[str]:
    """Return the words of a text, but those of links."""
    return {word.lower() for word in _WORD.findall(_LINK.sub(" ", text))}
