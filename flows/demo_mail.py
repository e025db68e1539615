"""The demo's fourth side: what the customers of its story have in their mailboxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

from rich.text import Text

from flows.demo_stage import Stage

_SUPPORT = "support@helpdesk.example"


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it."""

    message_id: str
    sender: str
    subject: str
    text: str
    files: tuple[str, ...]
    at: str
    answers: str
    mine: bool = False
    """Who looks at it has written it."""
    times: int = 1
    """How often the mail servers delivered it."""

    @property
    def words(self) -> str:
        """What it says itself, without what it quotes."""
        lines: list[str] = []
        for line in self.text.splitlines():
            if line.startswith(">") or (line.startswith("On ") and line.endswith("wrote:")):
                break
            lines.append(line)
        return "\n".join(lines).partition("\n-- ")[0].strip()

    @property
    def quoted(self) -> int:
        """How many lines of older mails it carries along."""
        return sum(line.startswith(">") for line in self.text.splitlines())


def thread(stage: Stage, address: str, subject: str) -> tuple[Letter, ...]:
    """Return what somebody wrote to support and got from there under a subject, oldest first."""
    wrote: dict[str, Letter] = {}
    for mail in _of(stage, _SUPPORT):
        if mail["from"] == address and subject in mail["subject"]:
            letter = _letter(mail, mine=True)
            known = wrote.get(letter.message_id)
            wrote[letter.message_id] = replace(known, times=known.times + 1) if known else letter
    got = [_letter(mail) for mail in _of(stage, address) if subject in mail["subject"]]
    return tuple(sorted((*wrote.values(), *got), key=lambda letter: letter.at))


def one_thread(letters: Sequence[Letter]) -> bool:
    """Return whether a mail program would show these mails as one conversation."""
    known = {letter.message_id for letter in letters}
    first, *later = letters
    return not first.answers and all(letter.answers in known for letter in later)


def leaked(stage: Stage, addresses: Sequence[str], internal: Sequence[str]) -> int:
    """Return how many mails of these people hold any of these texts, in whatever part of theirs."""
    texts = [str(mail) for address in addresses for mail in _of(stage, address)]
    return sum(any(words in text for words in internal) for text in texts)


def _of(stage: Stage, address: str) -> Iterator[Mapping[str, Any]]:
    yield from stage.mail("inbox", address=address)["mails"]


def _letter(mail: Mapping[str, Any], *, mine: bool = False) -> Letter:
    answers = " ".join(mail["headers"].get("in-reply-to", ()))
    return Letter(
        message_id=mail["message_id"],
        sender=mail["from_name"],
        subject=mail["subject"],
        text=mail["text"].replace("\r\n", "\n"),
        files=tuple(file["name"] for file in mail["attachments"]),
        at=parsedate_to_datetime(mail["date"]).isoformat(),
        answers=answers.strip("<>"),
        mine=mine,
    )


def rows(letters: Sequence[Letter]) -> list[list[object]]:
    """Return a row a mail: from whom, what it says, what is attached."""
    return [
        [
            Text(letter.sender, style="dim" if letter.mine else ""),
            Text(brief(letter.words, 76 if letter.mine else 300), style="dim" if letter.mine else ""),
            ", ".join(letter.files),
        ]
        for letter in letters
    ]


def as_mailed(body: str, letters: Sequence[Letter]) -> Text:
    """Return how a comment reached the customer."""
    for letter in letters:
        if body in " ".join(letter.words.split()):
            return Text("wrote it") if letter.mine else Text("by mail", style="green")
    return Text("not sent", style="dim")


def file_mailed(name: str, letters: Sequence[Letter]) -> Text:
    """Return how a file reached the customer."""
    for letter in letters:
        if name in letter.files:
            return Text("sent it") if letter.mine else Text("by mail", style="green")
    return Text("not sent", style="dim")


def said(comment: str) -> list[str]:
    """Return the lines of a comment that a side shows, without the line above that says who wrote it."""
    lines = [line for line in comment.splitlines() if line.strip()]
    return lines[1:] if lines and " · " in lines[0] else lines


def brief(text: str, most: int) -> str:
    """Return a text short enough for a cell."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1].rpartition(' ')[0]} …"
