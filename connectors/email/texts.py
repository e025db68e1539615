"""A text part as Markdown: decoded, files in the open taken out, reply and quotes told apart. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from msgspec.structs import replace

from connectors.email.blocks import Block, find_blocks, without
from connectors.email.charsets import codec_of, decode
from connectors.email.flowed import unflow
from connectors.email.headers import decode_header
from connectors.email.html_reading import read_html
from connectors.email.model import FilePart
from connectors.email.node import Node
from connectors.email.parts import beginning, measured, name_of, place_of, within
from connectors.email.plain_text import to_markdown
from connectors.email.quoting import split
from connectors.email.reading import Reading, Shown, has_words, said, told_apart

MOST: Final = 1024 * 1024
"""Bytes of one text part that are shown; the whole of a longer one is a file, too."""
HTML: Final = frozenset(("text/html", "application/xhtml+xml"))
_HTML_BEGINS: Final = (b"<html", b"<!doctype html")
_SAMPLE: Final = 4096
_BETWEEN: Final = re.compile(rb"[^\s] [^\s]|[^A-Za-z0-9+/=\s]")
_META: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?[A-Za-z!][^<>\s/]{0,20})[^<>]*>")
_UNSEEN: Final = frozenset(("script", "style", "title"))
_RICH: Final = re.compile(r"<(?:param>[^<]{0,200}</param|/?[A-Za-z-]{1,40})>", re.IGNORECASE)
_PGP: Final = "-----BEGIN PGP MESSAGE-----"
_PGP_SIGNED: Final = "-----BEGIN PGP SIGNED MESSAGE-----"


def show_text(reading: Reading, node: Node) -> Shown:
    """Return a part that is a text, or is shown as one."""
    place = place_of(node)
    if place.encoding == "base64" and _is_none(reading, place):
        reading.note("a text is not in base64, as it says: it was read as it is")
        place = replace(place, encoding="")
    raw, whole = beginning(reading.source, place, MOST)
    shown = Shown()
    if not whole or len(raw) > reading.room:
        reading.note("there is more text than is shown: the whole of it is kept as a file")
        shown.files.append(measured(reading.source, place))
    if node.type in HTML or (not node.is_typed and raw[:100].lstrip().lower().startswith(_HTML_BEGINS)):
        shown.add(_html(reading, node, raw))
        return shown
    blocks = find_blocks(raw) if whole else []
    shown.files += [_block_file(reading, place, raw, block) for block in blocks]
    shown.add(show_plain(reading, plain_text(reading, node, without(raw, blocks))))
    return shown


def _is_none(reading: Reading, place: FilePart) -> bool:
    """Return whether what is said to be base64 has what base64 never has: words with spaces between."""
    sample = b"".join(reading.source.read(place.offset, min(place.length, _SAMPLE)))
    return len(_BETWEEN.findall(sample)) > len(sample) / 50


def plain_text(reading: Reading, node: Node, raw: bytes) -> str:
    """Return the bytes of a part that is no HTML as plain text, its lines whole."""
    decoded = decode(raw, node.charset, reading.hint)
    reading.note(decoded.defect)
    text = decoded.text
    if node.parameter("format").lower() == "flowed":
        text = unflow(text, delsp=node.parameter("delsp").lower() == "yes")
    if node.type == "text/enriched":
        return _RICH.sub("", text).replace("<<", "<")
    return unescape(_RICH.sub("", text)) if node.type == "text/richtext" else text


def show_plain(reading: Reading, text: str) -> Shown:
    """Return a plain text as Markdown, in its pieces."""
    if not text.strip():
        return Shown()
    text = _within_room(reading, text)
    if reading.depth:
        return said(to_markdown(text))  # it becomes a quote: nothing in it need be told apart
    reading.encrypted = reading.encrypted or text.lstrip().startswith(_PGP)
    reading.signed = reading.signed or _PGP_SIGNED in text
    pieces = split(text)
    return told_apart(to_markdown(text), *map(to_markdown, pieces))


def _html(reading: Reading, node: Node, raw: bytes) -> Shown:
    meta = _META.search(raw[:4096])
    charset = node.charset
    if meta is not None and codec_of(charset) is None:
        charset = meta[1].decode("latin-1")
    decoded = decode(raw, charset, reading.hint)
    reading.note(decoded.defect)
    if not decoded.text.strip():
        return Shown()
    read = read_html(_within_room(reading, decoded.text))
    if not has_words(read.text) and (hidden := _stripped(reading, decoded.text)).texts:
        return hidden
    return told_apart(read.text, *read.split)


def _stripped(reading: Reading, html: str) -> Shown:
    """Return the words of an HTML text of which nothing is to be seen: better those than nothing."""
    out: list[str] = []
    here, unseen = 0, ""
    for tag in _TAG.finditer(html):
        if not unseen:
            out.append(html[here : tag.start()])
        here = tag.end()
        name = tag[1].lower()
        if unseen:
            unseen = "" if name == f"/{unseen}" else unseen
        elif name in _UNSEEN:
            unseen = name
    text = unescape(" ".join([*out, "" if unseen else html[here:]]))
    return show_plain(reading, "\n".join(" ".join(line.split()) for line in text.split("\n")))


def _within_room(reading: Reading, text: str) -> str:
    text = text[: reading.room]
    reading.room -= len(text)
    return text


def _block_file(reading: Reading, place: FilePart, raw: bytes, block: Block) -> FilePart:
    name = name_of(decode_header(raw[block.begin : block.begin] + block.name, reading.hint), "")
    inner = FilePart(name, "application/octet-stream", block.begin, block.end - block.begin, block.encoding)
    return measured(reading.source, within(place, inner))
