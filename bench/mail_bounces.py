"""How well returned mails are known and read: sisimai's real ones, and ordinary mails beside."""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.email.filters import bounces
from connectors.email.house import House
from connectors.email.judging import judge
from connectors.email.message import read
from connectors.email.model import Conversation
from connectors.email.source import BytesSource

HOUSE = House("support@hub.example", "Hub", (b"a key for measuring only, no secret",), "bench")
NOW = "2026-01-01T00:00:00Z"
_MADE_UP = re.compile(r"(?:[45]\.0\.\d{3}|[45]\.0\.0|)\Z")
"""Codes that sisimai gives where the mail itself has none."""


class Nobody:
    """`connectors.email.known.Known` of a hub that knows no mail yet."""

    def conversations_of(self, message_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        del message_ids
        return {}

    def by_thread(self, thread_index: str) -> tuple[int, ...]:
        del thread_index
        return ()

    def outbox_of(self, message_id: str) -> int | None:
        del message_id

    def conversation(self, id: int) -> Conversation | None:  # noqa: A002
        del id

    def survivor(self, id: int) -> int:  # noqa: A002
        return id

    def mails_from(self, email: str, since: str, conversation: int | None) -> int:
        del email, since, conversation
        return 0

    def is_participant(self, id: int, email: str) -> bool:  # noqa: A002
        del id, email
        return False


@dataclass
class Score:
    """What was counted; `of` is how many there are of a kind."""

    of: Counter[str] = field(default_factory=Counter[str])
    right: Counter[str] = field(default_factory=Counter[str])
    missed: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    def count(self, kind: str, right: bool) -> None:
        self.of[kind] += 1
        self.right[kind] += right

    def share(self, kind: str) -> float:
        return self.right[kind] / self.of[kind]

    def __str__(self) -> str:
        return ", ".join(f"{kind} {self.right[kind]}/{self.of[kind]}" for kind in self.of)


def data() -> Path:
    """Return where the recorded mails lie: beside the checkout, or where SHARED_DATA says."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("SHARED_DATA") or beside) / "email"


def score(folder: Path) -> Score:
    """Judge sisimai's mails, and compare with its expected results."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    total = Score()
    for path in sorted((folder / "maildir").glob("*/*.eml")):
        raw = path.read_bytes()
        begun = time.perf_counter()
        what = judged(raw)
        total.seconds += time.perf_counter() - begun
        if path.parent.name == "not":
            total.count("not a bounce", what == "hear")
        elif path.stem.startswith("arf-"):
            total.count("complaint", what == "note")
        elif path.stem.startswith("rfc3834-"):
            total.count("vacation", what == "note")
        elif path.parent.name == "bsd" and path.stem in expected:
            total.count("bounce", what == "bounce")
            total.count("bounce, by the standard library", _has_status_part(raw))
            if what == "bounce":
                _score_reading(total, raw, expected[path.stem])
            else:
                total.missed.append(path.stem)
    return total


def judged(raw: bytes) -> str:
    return judge(read(BytesSource(raw)), HOUSE, Nobody(), NOW).what


def ordinary(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the mails of the other collections, and what each is taken for."""
    for path in sorted(folder.rglob("*.eml")):
        if "sisimai" not in path.parts:
            yield path, judged(path.read_bytes())


def _score_reading(total: Score, raw: bytes, rows: list[list[str]]) -> None:
    report = bounces.report_of(read(BytesSource(raw)))
    found = report.recipients if report else ()
    total.count("as many recipients", len(found) == len(rows))
    total.count("recipients have addresses", all("@" in it.email for it in found))
    codes = sorted(row[0] for row in rows)
    if not all(_MADE_UP.match(it) for it in codes):
        total.count("status code", codes == sorted(it.status for it in found))


def _has_status_part(raw: bytes) -> bool:
    """Return whether the standard library alone finds a machine-readable part."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    return any(it.get_content_type() == "message/delivery-status" for it in message.walk())


def run() -> Iterator[str]:
    """Score, and return the figures as a table."""
    folder = data()
    if not (folder / "sisimai").is_dir():
        yield f"no recorded mails at {folder}: set SHARED_DATA to the folder that holds email/sisimai"
        return
    total = score(folder / "sisimai")
    yield "| what, of sisimai's real mails | right | of | share |"
    yield "|---|--:|--:|--:|"
    for kind in total.of:
        yield f"| {kind} | {total.right[kind]} | {total.of[kind]} | {total.share(kind):.1%} |"
    yield ""
    mails = sum(total.of[it] for it in ("bounce", "complaint", "vacation", "not a bounce"))
    yield f"Not known as bounces: {', '.join(total.missed)}."
    yield f"{1000 * total.seconds / mails:.1f} ms a mail, read and judged."
    found = Counter(what for _, what in ordinary(folder))
    yield f"Mails of the other collections: {', '.join(f'{found[it]} {it}' for it in sorted(found))}."
