"""How well the reply is told from what it quotes: collections of mails whose replies are known."""

from __future__ import annotations

import email
import email.policy
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from connectors.email.html_reading import read_html
from connectors.email.quoting import split

_SAID = "Hi. I am fine.\n\nThanks,\nAlex"
"""The reply in each of talon's HTML mails."""
_ENDS = re.compile(r"[ \t\r\f\v]+$", re.MULTILINE)
_WORD = re.compile(r"\w+")
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_UNSEEN = ("script", "style", "head", "title", "template", "noscript", "iframe", "object")
_FIRST_LINE = "Fusce bibendum, quam hendrerit sagittis tempor"
_LINES = 5
"""The reply in most of crisp's texts: the same five lines."""


class Case(NamedTuple):
    """A mail's text, and its reply."""

    name: str
    text: str
    reply: str


class Score(NamedTuple):
    """How many replies were found exactly, lack something of the customer's, show something old."""

    of: int
    exact: int
    lost: int
    leaked: int
    missed: tuple[str, ...]


def data() -> Path:
    """Return where the recorded mails lie: beside the checkout, or where SHARED_DATA says."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("SHARED_DATA") or beside) / "email"


def same(text: str) -> str:
    """A text without white space around it and at the ends of its lines."""
    return _ENDS.sub("", text.replace("\r\n", "\n")).strip()


def discourse(folder: Path) -> list[Case]:
    """The 64 texts of Discourse's stripper, with the replies that its authors agreed on."""
    tests = folder / "email_reply_trimmer" / "test"
    return [
        Case(path.stem, _read(path), _read(tests / "trimmed" / path.name))
        for path in sorted((tests / "emails").glob("*.txt"))
    ]


def talon(folder: Path) -> list[Case]:
    """Talon's twelve mails of mail programs: their plain texts."""
    cases: list[Case] = []
    for path in sorted((folder / "talon" / "tests" / "fixtures" / "standard_replies").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        own = path.with_name(f"{path.stem}_reply_text")
        if body is not None:
            cases.append(Case(path.stem, str(body.get_content()), _read(own) if own.exists() else "Hello"))
    return cases


def crisp(folder: Path) -> list[Case]:
    """Those of crisp's texts that all begin with the same reply; other languages and programs."""
    cases: list[Case] = []
    for path in sorted((folder / "crisp-email-reply-parser").rglob("*.txt")):
        text = _read(path)
        if text.startswith(_FIRST_LINE):
            cases.append(Case(path.stem, text, "\n".join(same(text).split("\n")[:_LINES])))
    return cases


def talon_html(folder: Path) -> list[Case]:
    """Talon's nine HTML mails; only the letters are compared."""
    found = sorted((folder / "talon" / "tests" / "fixtures" / "html_replies").glob("*.html"))
    return [Case(path.stem, _read(path), _SAID) for path in found]


def texts(folder: Path) -> list[Case]:
    """Every plain text of every collection, for what has no expected result."""
    return [Case(str(path.relative_to(folder)), _read(path), "") for path in sorted(folder.rglob("*.txt"))]


def html_parts(folder: Path) -> Iterator[Case]:
    """Every HTML there is, in files of its own or in mails."""
    for path in sorted(folder.rglob("*.html")):
        yield Case(path.name, _read(path), "")
    for path in sorted([*folder.rglob("*.eml"), *folder.rglob("msg_*.txt")]):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
        for part in message.walk():
            body = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
            if isinstance(body, bytes):
                yield Case(path.name, body.decode("utf-8", "replace"), "")


def score(
    cases: Iterable[Case], stripped: Callable[[str], str], compared: Callable[[str], str] = same
) -> Score:
    """Compare the replies that a stripper finds with those expected."""
    exact = lost = leaked = 0
    missed: list[str] = []
    for case in cases:
        found, wanted = compared(stripped(case.text)), compared(case.reply)
        if found == wanted:
            exact += 1
            continue
        missed.append(case.name)
        lost += bool(_words(wanted) - _words(found))
        leaked += bool(_words(found) - _words(wanted))
    return Score(exact + len(missed), exact, lost, leaked, tuple(missed))


def reply(text: str) -> str:
    return split(text).reply


def reply_and_signature(text: str) -> str:
    """What talon calls the reply: it leaves signatures to another function."""
    found = split(text)
    return f"{found.reply}\n\n{found.signature}"


def loses(case: Case) -> bool:
    """Whether a character of a text is in none of the three parts, or in two."""
    seen = Counter(re.sub(r"\s", "", case.text))
    return Counter(re.sub(r"\s", "", "".join(split(case.text)))) != seen


def html_lost(case: Case) -> Counter[str]:
    """The words of an HTML part that a reader could see, and that are missing in its Markdown."""
    text = LexborHTMLParser(_MARKDOWN.render(read_html(case.text).text)).text(separator=" ")
    shown = LexborHTMLParser(case.text)
    shown.strip_tags(list(_UNSEEN), recursive=True)
    lost = _words(shown.text(separator=" ")) - _words(text) - _words(_hidden(shown))
    # A word of which letters are marked is cut in pieces where the pieces are told apart.
    together = letters(text)
    return Counter({word: count for word, count in lost.items() if word not in together})


def letters(text: str) -> str:
    return re.sub(r"[\s\\]", "", text)


def _hidden(shown: LexborHTMLParser) -> str:
    """What mail programs show in the list only."""
    return " ".join(it.text(separator=" ") for it in shown.css("[style*=display]"))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _as_it_is(text: str) -> str:
    return text


def run() -> Iterator[str]:
    """Score, and return the figures as a table."""
    folder = data()
    if not (folder / "email_reply_trimmer").is_dir():
        yield f"no recorded mails at {folder}: set SHARED_DATA to the folder that holds email/talon"
        return
    yield "| replies | of | exact | customer's text lost | old text shown | exact if nothing is stripped |"
    yield "|---|--:|--:|--:|--:|--:|"
    missed: list[str] = []
    for name, cases, stripped in (
        ("Discourse's texts", discourse(folder), reply),
        ("talon's texts", talon(folder), reply_and_signature),
        ("crisp's texts", crisp(folder), reply),
    ):
        ours, plain = score(cases, stripped), score(cases, _as_it_is)
        yield _row(name, ours, plain.exact)
        missed += ours.missed
    yield _row("talon's HTML", score(talon_html(folder), lambda it: read_html(it).split.reply, letters), 0)
    yield ""
    yield f"Not exact: {', '.join(missed)}."
    yield _over_all(texts(folder), "texts", loses)
    yield _over_all(list(html_parts(folder)), "HTML parts", lambda it: bool(html_lost(it)))


def _row(name: str, ours: Score, plain: int) -> str:
    return f"| {name} | {ours.of} | {ours.exact} | {ours.lost} | {ours.leaked} | {plain} |"


def _over_all(cases: list[Case], what: str, lost: Callable[[Case], bool]) -> str:
    begun = time.perf_counter()
    found = [case.name for case in cases if lost(case)]
    seconds = time.perf_counter() - begun
    return (
        f"{len(cases)} {what} in all: {len(found)} lose something, {1000 * seconds / len(cases):.1f} ms each."
    )
