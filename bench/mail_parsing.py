"""Reading real mails, beside the standard library's parser with its default policy."""

from __future__ import annotations

import email
import email.policy
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import NamedTuple

from connectors.email.message import read
from connectors.email.source import BytesSource, Unreadable

DATA = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data") / "email"
_WORD = re.compile(r"[^\W_]{2,}")
_TAG = re.compile(r"(?s)<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?-->|<[^>]*>")
_UNDECODED = re.compile(r"=\?[\w-]+\?[bq]\?[^? ]+\?=", re.IGNORECASE)
_LINK = re.compile(r"\S*(?:://|@|www\.)\S*")
_ENOUGH = 0.95


class Reading(NamedTuple):
    """What a parser makes of a mail: its text, the headers that people see, and how many files it has."""

    text: str
    headers: str
    files: int


class Score:
    """What became of a corpus."""

    def __init__(self) -> None:
        self.raised = self.lost = self.garbled = self.headers = self.files = 0
        self.seconds = 0.0
        self.slowest = 0.0


def run() -> Iterator[str]:
    """Yield a table a corpus, and the sum."""
    mails = list(corpus())
    if not mails:
        yield f"There are no mails at {DATA} (set SHARED_DATA to the folder that holds `email`)."
        return
    yield f"### {len(mails):,} distinct real mails, {sum(len(raw) for _, raw in mails) / 1e6:.1f} MB"
    yield ""
    yield "| Parser | raises | loses text | garbles text | garbles headers | files | seconds | slowest |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    readers: dict[str, Callable[[bytes], Reading]] = {"hub": _hub, "standard library": _standard}
    for name, reader in readers.items():
        score = measured(mails, reader)
        yield (
            f"| {name} | {score.raised} | {score.lost} | {score.garbled} | {score.headers} | {score.files:,} "
            f"| {score.seconds:.1f} | {score.slowest * 1000:.0f} ms |"
        )
    yield ""
    yield "The hub's seconds hold what the standard library does not do: HTML to Markdown, quotes told apart,"
    yield "the language, a fingerprint of each file. Loses text: some text part, decodable without doubt, has"
    yield f"fewer than {_ENOUGH:.0%} of its words in what is read (links not counted)."

    yield ""
    yield "| Made to be slow | hub | standard library |"
    yield "|---|---:|---:|"
    for what, raw in _hostile().items():
        yield f"| {what} | {_milliseconds(_hub, raw)} | {_milliseconds(_standard, raw)} |"


def _hostile() -> dict[str, bytes]:
    levels = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n'.encode() for n in range(2500))
    people = b",\r\n ".join(b'"Person No %d" <p%d@example.com>' % (n, n) for n in range(2000))
    return {
        "MIME 2,500 deep, 135 KB": b"".join(levels) + b"\nhello\n",
        "a header line of 210 KB": b"Subject: " + b"word " * 42_000 + b"\n\nhello\n",
        "2,000 recipients": b"To: " + people + b"\r\n\r\nhello\r\n",
    }


def _milliseconds(reader: Callable[[bytes], Reading], raw: bytes) -> str:
    begun = time.perf_counter()
    try:
        _ = reader(raw)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is shown)
        return f"raises {type(error).__name__}"
    return f"{(time.perf_counter() - begun) * 1000:,.0f} ms"


def corpus() -> Iterator[tuple[str, bytes]]:
    """Yield every distinct mail of the corpora that are there, with its name."""
    seen: set[bytes] = set()
    for path in sorted(DATA.rglob("*")):
        is_mail = path.suffix in {".eml", ".box"} or path.name.startswith("msg_")
        if not is_mail or not path.is_file():
            continue
        raw = path.read_bytes()
        if raw.strip() and (key := hashlib.sha256(raw).digest()) not in seen:
            seen.add(key)
            yield str(path.relative_to(DATA)), raw


def measured(mails: list[tuple[str, bytes]], reader: Callable[[bytes], Reading]) -> Score:
    """Read all of them with one parser."""
    score = Score()
    for _, raw in mails:
        begun = time.perf_counter()
        try:
            got = reader(raw)
        except Exception:  # noqa: BLE001  (whatever it is, it is counted)
            score.raised += 1
            continue
        finally:
            spent = time.perf_counter() - begun
            score.seconds += spent
            score.slowest = max(score.slowest, spent)
        score.lost += bool(lost(raw, got.text))
        score.garbled += "\ufffd" in got.text and b"\xef\xbf\xbd" not in raw
        score.headers += is_garbled(got.headers) and b"\xef\xbf\xbd" not in raw
        score.files += got.files
    return score


def is_garbled(text: str) -> bool:
    """Return whether a header's value holds what no sender wrote."""
    strange = any(c == "\ufffd" or "\ud800" <= c <= "\udfff" or (c < " " and c not in "\n\t") for c in text)
    return strange or _UNDECODED.search(text) is not None


def lost(raw: bytes, text: str) -> list[str]:
    """Return the words that are missing of the first text part that lacks too many of them."""
    plain = unescape(re.sub(r"\\(.)", r"\1", text)).lower()
    known, run_together = set(_WORD.findall(plain)), "".join(plain.split())
    for words in expected(raw):
        missing = [word for word in words if word not in known and word not in run_together]
        if len(missing) > (1 - _ENOUGH) * len(words) and len(missing) > 1:
            return missing
    return []


def expected(raw: bytes) -> Iterator[set[str]]:
    """Yield the words of each text part, where the standard library decodes it without doubt."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    for part in mail.walk():
        if (
            part.get_content_type() == "message/rfc822"
            and part.is_multipart()
            and not part.get_payload(0).keys()
        ):
            return  # a blank line before its header: the standard library takes that for text
        if part.get_content_type() not in {"text/plain", "text/html"} or part.defects:
            continue
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        try:
            text = payload.decode(str(part.get_content_charset("utf-8")))
        except (LookupError, UnicodeError):
            continue
        if part.get_content_subtype() == "html":
            text = unescape(_TAG.sub(" ", text))
        yield set(_WORD.findall(_LINK.sub(" ", text).lower()))


def _hub(raw: bytes) -> Reading:
    try:
        message = read(BytesSource(raw))
    except Unreadable:
        return Reading("", "", 0)
    people = (message.sender, *message.to, *message.cc)
    shown = [message.subject, *(f"{one.name} {one.email}" for one in people)]
    return Reading(message.text, "\n".join(shown), len(message.files))


def _standard(raw: bytes) -> Reading:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    shown = [str(mail[name]) for name in ("subject", "from", "to", "cc") if mail[name] is not None]
    texts: list[str] = []
    files = 0
    for part in mail.walk():
        if part.is_multipart():
            continue
        if part.get_content_maintype() == "text" and not part.get_filename():
            texts.append(_TAG.sub(" ", part.get_content()))
        else:
            files += 1
            _ = part.get_payload(decode=True)
    return Reading(unescape("\n".join(texts)), "\n".join(shown), files)
