"""Addresses out of header fields, as people and programs write them: RFC 5322 and far beyond. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from connectors.email.headers import decode_phrase, unfold
from connectors.email.model import Address

_TOKEN: Final = re.compile(
    rb"""(?P<quoted>"(?:[^"\\]|\\.)*")"""
    rb"""|(?P<angle><[^<>]*>)"""
    rb"""|(?P<word>=\?[!->@-~]{1,60}\?[bBqQ]\?[^?]*\?=)"""
    rb"""|(?P<space>[ \t]+)"""
    rb"""|(?P<atom>[^"<>(),;:\s]+)"""
    rb"""|(?P<other>.)""",
    re.DOTALL,
)
_LOOKS_LIKE: Final = re.compile(r"(?<![^\s<>\"(),;:])[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")
_USUAL: Final = re.compile(
    rb"""\s*(?:"([^"\\\x00-\x1f\x7f-\xff=]{0,200})"\s*|([A-Za-z0-9 .'_-]{0,200}?)\s*)"""
    rb"""<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,200}@[A-Za-z0-9.-]{1,200})>\s*(?:,|\Z)"""
)
"""What nearly all mailboxes look like, with the comma behind."""
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_NESTED: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_COMMENT: Final = re.compile(rb"\([^()]*\)")
_LONGEST: Final = 1000
_MOST: Final = 50_000
_PIECES: Final = 20
"""Words that an address may be cut into."""


class _Token(NamedTuple):
    """A piece of an address list; `kind` is a group's name in `_TOKEN`, or `comment`."""

    kind: str
    raw: bytes


def read_addresses(raw: bytes, hint: str = "") -> tuple[Address, ...]:
    """Return the addresses of a field, in order. One without `@` is as it is; a bare name has no address."""
    line = unfold(raw)
    found: list[Address] = []
    here = 0
    while len(found) < _MOST and (usual := _USUAL.match(line, here)):
        quoted, name, email = usual.groups()
        found.append(Address(normalised(email.decode()), _shown((quoted or name or b"").decode())))
        here = usual.end()
    for mailbox in _mailboxes(_tokens(line[here:])):
        if len(found) < _MOST and mailbox:
            found += (one for one in _address(mailbox, hint) if one.email or one.name)
    return tuple(found)


def normalised(address: str) -> str:
    """Return an address in lower case, without brackets, white space and what mail programs put before it."""
    plain = "".join(address.split()).strip("<>'\"").lower()
    plain = plain.removeprefix("mailto:").removeprefix("smtp:")
    if plain.startswith("@") and ":" in plain:  # a route, as of old: <@relay:user@host>
        plain = plain.rpartition(":")[2]
    return plain[:_LONGEST]


def _tokens(raw: bytes) -> Iterator[_Token]:
    here = 0
    quotes = brackets = comments = True  # one without its end ends nothing: it is a character like others
    while here < len(raw):
        first = raw[here : here + 1]
        if first == b"(" and comments:
            end = _comment_end(raw, here)
            comments = end > 0
            if comments:
                yield _Token("comment", raw[here + 1 : end - 1])
                here = end
                continue
        unended = (first == b'"' and not quotes) or (first == b"<" and not brackets)
        found = None if unended else _TOKEN.match(raw, here)
        kind = "other" if found is None else str(found.lastgroup)
        quotes = quotes and not (first == b'"' and kind == "other")
        if first == b"<" and kind == "other":
            brackets = brackets and raw.find(b">", here) >= 0
        end = here + 1 if found is None else found.end()
        yield _Token(kind, raw[here:end])
        here = end


def _comment_end(raw: bytes, here: int) -> int:
    """Return where a comment, with those within it, ends; 0: nowhere."""
    depth = 0
    for found in _NESTED.finditer(raw, here):
        if found[0] == b"(":
            depth += 1
        elif found[0] == b")":
            depth -= 1
            if not depth:
                return found.end()
    return 0


def _mailboxes(tokens: Iterator[_Token]) -> Iterator[list[_Token]]:
    """Cut a list at its commas; a group gives its members, without its name."""
    mailbox: list[_Token] = []
    for token in tokens:
        if token.kind == "other" and token.raw in {b",", b";"}:
            yield mailbox
            mailbox = []
        elif token.kind == "other" and token.raw == b":" and not _is_scheme(mailbox):
            mailbox = []
        elif token.kind == "angle" and any(t.kind == "angle" for t in mailbox):
            yield mailbox  # the comma is missing
            mailbox = [token]
        else:
            mailbox.append(token)
    yield mailbox


def _is_scheme(tokens: list[_Token]) -> bool:
    """Return whether a colon stands within an address (`mailto:a@b`), not behind a group's name."""
    return bool(tokens) and tokens[-1].raw.lower() in {b"mailto", b"smtp"}


def _address(tokens: list[_Token], hint: str) -> list[Address]:
    """Return what a mailbox of a list is: one address, none, or some, where they were encoded as a whole."""
    angle = next((t.raw[1:-1] for t in tokens if t.kind == "angle"), None)
    return _without_angle(tokens, hint) if angle is None else _with_angle(tokens, angle, hint)


def _without_angle(tokens: list[_Token], hint: str) -> list[Address]:
    said = [t for t in tokens if t.kind != "comment"]
    words = [t for t in said if t.kind != "space"]
    comments = _text([t.raw for t in tokens if t.kind == "comment"], hint)
    if len(words) > 1 and all(_LOOKS_LIKE.fullmatch(t.raw.decode("latin-1")) for t in words):
        return [Address(normalised(_text([t.raw], hint))) for t in words]  # the commas are missing
    if bare := _spec(tokens):
        name = _name([t for t in said if t.raw not in bare], hint) or comments
        return [Address(normalised(_text([b"".join(bare)], hint)), _shown(name))]
    name = _name(said, hint)
    if inside := _LOOKS_LIKE.findall(name):
        if any(t.kind == "word" for t in words):
            return list(read_addresses(name.encode(), hint))  # a whole list in encoded words
        return [Address(normalised(inside[0]), _shown(name.replace(inside[0], "")))]
    if len(words) == 1 and words[0].kind == "atom":
        return [Address(normalised(name), _shown(comments))]
    return [Address("", _shown(name))] if name else []


def _with_angle(tokens: list[_Token], angle: bytes, hint: str) -> list[Address]:
    email = normalised(_text([_COMMENT.sub(b"", angle)], hint))
    name = _name([t for t in tokens if t.kind not in {"angle", "comment"}], hint)
    name = name or _text([t.raw for t in tokens if t.kind == "comment"], hint)
    if not email and (inside := _LOOKS_LIKE.search(name)):
        return [Address(normalised(inside[0]))]
    return [Address(email, _shown(name))] if email or name.strip() else []


def _spec(tokens: list[_Token]) -> list[bytes]:
    """Return the tokens of an address without brackets: `a@b`, `"a b"@c`, `a @ b . c`."""
    plain = [t.raw for t in tokens if t.kind in {"atom", "quoted"}]
    at = next((n for n, raw in enumerate(plain) if b"@" in raw and not raw.startswith(b'"')), None)
    if at is None:
        return []
    begin, end = at, at + 1
    if begin and plain[begin].startswith((b"@", b".")):
        begin -= 1
    while end < min(len(plain), at + _PIECES) and _joins(plain[end - 1], plain[end]):
        end += 1
    return plain[begin:end]


def _joins(before: bytes, after: bytes) -> bool:
    return before.endswith((b"@", b".")) or after.startswith(b".")


def _name(tokens: list[_Token], hint: str) -> str:
    """Return a display name: quotes undone, encoded words decoded (within quotes, too)."""
    shown = (t for t in tokens if t.kind != "other" or t.raw not in {b"<", b">"})
    pieces = [_ESCAPE.sub(rb"\1", t.raw[1:-1]) if t.kind == "quoted" else t.raw for t in shown]
    return _text([b"".join(pieces)], hint)


def _text(pieces: list[bytes], hint: str) -> str:
    return " ".join(decode_phrase(b" ".join(pieces), hint).split())


def _shown(name: str) -> str:
    plain = " ".join(name.split()).strip().strip('"').strip()
    if len(plain) > 1 and plain[0] == plain[-1] == "'":
        plain = plain[1:-1].strip()
    return plain[:_LONGEST]
