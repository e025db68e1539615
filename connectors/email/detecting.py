"""Which charset bytes are in that nobody named, or named wrong. Pure, and a guess: only for long texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ENOUGH: Final = 12
"""Bytes beyond ASCII, below which a guess is no better than none."""
_LOOKED_AT: Final = 20_000
_ESCAPE: Final = re.compile(rb"\x1b(\([BJIH]|\$[@BA]|\$\([DC])")
_RUN: Final = re.compile(rb"[\x80-\xff]+")
_HALF: Final = 0x80


def detect(raw: bytes) -> str:
    """Return the codec in which bytes that are not UTF-8 most likely are; `cp1252` in doubt."""
    some = raw[:_LOOKED_AT]
    high = sum(map(len, _RUN.findall(some)))
    if high < _ENOUGH:
        return "cp1252"
    if high > 0.25 * len(some.split(b"\n\n", 1)[-1].replace(b" ", b"")) or high > 0.25 * len(some):
        best = max(_GUESSES, key=lambda guess: _score(some, *guess))
        if _score(some, *best) > _SURE:
            return best[0]
    return "cp1252"


_SURE: Final = 0.5


def _score(raw: bytes, codec: str, counts: Callable[[str], float]) -> float:
    """Return how much a text in a codec looks like one: from 0 to 1."""
    text = raw.decode(codec, "replace")
    strange = [c for c in text if ord(c) >= _HALF]
    if not strange:
        return 0.0
    return counts("".join(strange)) - 5 * text.count("\ufffd") / len(strange)


def _japanese(text: str) -> float:
    """Kana are about half of what Japanese is written in, and hardly in anything misread as it."""
    kana = sum("\u3041" <= c <= "\u30fe" for c in text)
    half_width = sum("\uff61" <= c <= "\uff9f" for c in text)
    kanji = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" for c in text)
    return (min(1.0, 2.5 * kana / len(text)) + (kana + kanji) / len(text)) / 2 - half_width / len(text)


def _chinese(text: str) -> float:
    common = sum(c in _COMMON_CHINESE for c in text)
    han = sum("\u4e00" <= c <= "\u9fff" or c in "，。！？、：；（）《》“”　" for c in text)  # noqa: RUF001
    return (min(1.0, 5 * common / len(text)) + han / len(text)) / 2


def _korean(text: str) -> float:
    return sum("\uac00" <= c <= "\ud7a3" for c in text) / len(text)


def _cyrillic(text: str) -> float:
    """Small letters are many, capital ones few: between the charsets they are just exchanged."""
    small = sum(c in _SMALL_CYRILLIC for c in text)
    common = sum(c in "оеаинтсрвлкмдпу" for c in text)
    return (small + min(small, 1.3 * common)) / (2 * len(text))


_SMALL_CYRILLIC: Final = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўј")
_COMMON_CHINESE: Final = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "這個們來為國說時會對過發後裡經麼學現當沒動還進樣開從實請問謝謝您客服务務系统統公司信息資訊电電邮郵件"
)
_GUESSES: Final = (
    ("cp932", _japanese),
    ("euc_jp", _japanese),
    ("gb18030", _chinese),
    ("cp950", _chinese),
    ("cp949", _korean),
    ("cp1251", _cyrillic),
    ("koi8_r", _cyrillic),
    ("iso8859_5", _cyrillic),
    ("cp866", _cyrillic),
)


def from_jis(raw: bytes) -> str | None:
    """
    Decode ISO-2022-JP as it is written, with the letters of vendors; None where it is none.

    Python's codec refuses a whole text for one circled number; Shift JIS has them all at known places.
    """
    if not raw.isascii() and _ESCAPE.search(raw) is None:
        return None
    pieces = _ESCAPE.split(raw)
    out = [pieces[0].decode("cp932", "replace")]
    for escape, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if escape in {b"$B", b"$@"}:
            out.append(_shifted(piece).decode("cp932", "replace"))
        elif escape == b"(I":
            out.append(bytes(b | _HALF for b in piece).decode("cp932", "replace"))
        elif escape in {b"$(D", b"$A", b"$(C"}:
            whole = b"\x1b" + escape + piece + b"\x1b(B"
            out.append(whole.decode("iso2022_jp_2", "replace"))
        else:
            out.append(piece.decode("cp932", "replace"))
    text = "".join(out)
    return None if "\ufffd" in text else text


def _shifted(jis: bytes) -> bytes:
    """Move pairs of JIS X 0208 to their places in Shift JIS; a line's end inside is left as it is."""
    out = bytearray()
    here = 0
    while here < len(jis):
        first = jis[here]
        if not 0x21 <= first <= 0x7E or here + 1 >= len(jis):  # noqa: PLR2004  (the 94 rows)
            out.append(first)
            here += 1
            continue
        second = jis[here + 1]
        row = first - 0x21
        lead = 0x81 + row // 2 if row < 62 else 0xC1 + row // 2  # noqa: PLR2004  (Shift JIS leaves a gap)
        trail = second + (0x7E if row % 2 else 0x1F if second < 0x60 else 0x20)  # noqa: PLR2004
        out += bytes((lead, trail & 0xFF))
        here += 2
    return bytes(out)
