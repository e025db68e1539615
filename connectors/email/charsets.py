"""
Bytes as text, whatever charset they are said to be in. Pure.

A text is never refused: a charset that is unknown or wrong gives way to one in which the bytes make
sense, and a byte that makes sense nowhere is read as a Western one.
"""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from connectors.email.detecting import detect, from_jis

_ALIASES: Final = {
    # What software writes, and what it means (the Encoding Standard of the WHATWG, mostly).
    "us-ascii": "utf-8", "ascii": "utf-8", "ansi_x3.4-1968": "utf-8", "646": "utf-8", "us": "utf-8",
    "utf8": "utf-8", "utf-8": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "cp65001": "utf-8",
    "cp-65001": "utf-8", "utf": "utf-8", "utf-8n": "utf-8",
    "utf-7": "utf-7", "utf7": "utf-7", "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "unicode": "utf-16-le",
    "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16", "utf-32": "utf-32", "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "cp819": "cp1252",
    "iso-ir-100": "cp1252", "ansi": "cp1252", "windows-1252": "cp1252", "x-ansi": "cp1252",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8", "logical": "iso8859_8", "visual": "iso8859_8",
    "iso-8859-6-i": "iso8859_6", "iso-8859-6-e": "iso8859_6",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
    "iso-gb2312": "gb18030", "euc-cn": "gb18030", "chinese": "gb18030", "cp936": "gb18030",
    "cn-gb": "gb18030",
    "windows-936": "gb18030", "iso-ir-58": "gb18030", "hz": "hz", "hz-gb-2312": "hz",
    "big5": "cp950", "cn-big5": "cp950", "x-x-big5": "cp950", "csbig5": "cp950", "big-5": "cp950",
    "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932",
    "windows-31j": "cp932", "cswindows31j": "cp932", "ms932": "cp932", "shift_jisx0213": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "eucjp": "euc_jp", "x-euc": "euc_jp", "euc": "euc_jp",
    "iso-2022-jp": "jis", "iso-2022-jp-1": "jis", "iso-2022-jp-2": "iso2022_jp_2", "iso-2022-jp-3": "jis",
    "iso-2022-jp-ms": "jis", "cp50220": "jis", "cp50221": "jis", "csiso2022jp": "jis", "jis": "jis",
    "_iso-2022-jp$esc": "jis", "iso-2022-jp-2004": "iso2022_jp_2004",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "ks_c_5601-1989": "cp949",
    "ksc_5601": "cp949", "korean": "cp949", "euc-kr": "cp949", "windows-949": "cp949", "uhc": "cp949",
    "iso-ir-149": "cp949", "iso-2022-kr": "iso2022_kr", "johab": "johab",
    "koi8-r": "koi8_r", "koi": "koi8_r", "koi8": "koi8_r", "cskoi8r": "koi8_r", "koi8-ru": "koi8_u",
    "koi8-u": "koi8_u", "koi8_r": "koi8_r", "cyrillic": "iso8859_5", "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "x-mac-cyrillic": "mac_cyrillic", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "mac": "mac_roman",
    "x-macroman": "mac_roman", "x-mac-ce": "mac_latin2", "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish", "mac-roman": "mac_roman",
    "ibm850": "cp850", "ibm437": "cp437", "ibm852": "cp852", "ibm866": "cp866", "dos-866": "cp866",
    "windows-874": "cp874", "viscii": "cp1258", "x-viet-vps": "cp1258", "tcvn": "cp1258",
    "iso-8859-2": "iso8859_2", "latin2": "iso8859_2", "iso-8859-15": "iso8859_15", "latin9": "iso8859_15",
}  # fmt: skip
_NUMBERED: Final = re.compile(
    r"(?:x-)?(?:cp|windows|win|ibm|iso-?(?:8859)?|8859|latin)[-_ ]?(?:8859[-_ ]?)?(\d{1,4})(?:[-:]\d+)?"
)
_ISO: Final = frozenset(range(1, 17)) - {12}
_CODE_PAGES: Final = frozenset(
    (437, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874, 932, 949,
     950, 1006, *range(1250, 1259))
)  # fmt: skip
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNSEEN: Final = dict.fromkeys((*range(32), *range(127, 160), *range(55296, 57344), 65279)) | {
    9: "\t", 10: "\n", 11: "\n", 12: "\n", 0x85: "\n",
}  # fmt: skip
_BEYOND_ASCII: Final = bytes(range(0x80, 0x100))
_WIDE: Final = frozenset(
    ("gb18030", "cp950", "big5hkscs", "cp932", "euc_jp", "jis", "cp949", "johab", "hz", "iso2022_kr")
)
_LETTERS: Final = 5
"""Letters of UTF-8 that no text in a charset of the Far East has by chance."""
_FEW: Final = 0.1
"""Of the bytes beyond ASCII, how many may be broken in a text that is in its charset all the same."""
WESTERN: Final = "connectors.email.western"
"""Names the way to read single broken bytes."""


class Decoded(NamedTuple):
    """A text, and what was wrong with its charset (empty: nothing)."""

    text: str
    defect: str = ""


def codec_of(charset: str) -> str | None:
    """Return the codec for what a mail calls its charset; None: nobody knows such a one."""
    name = charset.strip().strip("\"'").lower().replace(" ", "")
    name = re.split(r"[;,\s\"]", name, maxsplit=1)[0][:60]
    if found := _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")):
        return found
    if (numbered := _NUMBERED.fullmatch(name)) is None:
        return None
    number = int(numbered[1])
    if number == 65001:  # noqa: PLR2004  (the code page's number for UTF-8)
        return "utf-8"
    if number in _ISO and number > 1:
        return f"iso8859_{number}"
    return "cp1252" if number == 1 else f"cp{number}" if number in _CODE_PAGES else None


def clean(text: str) -> str:
    """Return a text with LF alone between lines, and without NUL, control characters and halves of pairs."""
    if not text.isascii() or not text.isprintable():
        return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNSEEN)
    return text


def decode(raw: bytes, charset: str = "", hint: str = "") -> Decoded:
    """Return bytes as clean text. `charset` is what is said of them, `hint` what their neighbours are in."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Decoded(clean(raw.decode(name, "replace" if name == "utf-8" else "ignore")))
    codec = codec_of(charset)
    if codec is not None and _is_rather_utf8(raw, codec):
        defect = "" if raw.isascii() else f"the charset {charset[:40]!r} is not that of the text"
        return Decoded(clean(raw.decode("utf-8")), defect)
    if codec is not None and (text := _strictly(raw, codec)) is not None:
        if codec == "utf-8" and b"\x1b$" in raw and raw.isascii():
            return Decoded(clean(from_jis(raw) or text))
        return Decoded(clean(text))
    said = f"the charset {charset[:40]!r} " + ("is unknown" if codec is None else "is not that of the text")
    return Decoded(clean(_by_sense(raw, codec, hint)), said if charset or not raw.isascii() else "")


def _is_rather_utf8(raw: bytes, codec: str) -> bool:
    """Return whether bytes are UTF-8, whatever is said: so many of its letters come together by no chance."""
    if codec.startswith(("utf-16", "utf-32")):
        return raw.isascii() and b"\0" not in raw
    if raw.isascii() or codec == "utf-8" or (text := _strictly(raw, "utf-8")) is None:
        return False
    letters = len(text) - len(text.encode("ascii", "ignore"))
    return letters >= (_LETTERS if codec in _WIDE else 2)


def _strictly(raw: bytes, codec: str) -> str | None:
    if codec == "jis":
        return from_jis(raw)
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _by_sense(raw: bytes, codec: str | None, hint: str) -> str:
    """Decode what is not in the charset that it is said to be in."""
    if codec != "utf-8" and (text := _strictly(raw, "utf-8")) is not None:
        return (from_jis(raw) or text) if b"\x1b$" in raw else text
    if (
        codec is not None
        and codec not in {"jis", "utf-7"}
        and (text := _with_few_errors(raw, codec)) is not None
    ):
        return text
    hinted = codec_of(hint) if hint else None
    if hinted not in {None, codec} and hinted is not None and (text := _strictly(raw, hinted)) is not None:
        return text
    guessed = detect(raw)
    return raw.decode(guessed, WESTERN)


def _with_few_errors(raw: bytes, codec: str) -> str | None:
    """Decode all but some broken bytes; None where they are too many for the charset to be the right one."""
    broken = raw.decode(codec, "replace").count("\ufffd")
    strange = len(raw) - len(raw.translate(None, _BEYOND_ASCII))
    return raw.decode(codec, WESTERN) if broken <= max(1, _FEW * strange) else None


def western(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that a codec stumbles over as Western ones (what is none there, is left out)."""
    assert isinstance(error, UnicodeDecodeError)
    end = max(error.end, error.start + 1)
    return error.object[error.start : end].decode("cp1252", "ignore"), end


codecs.register_error(WESTERN, western)
