"""
One person's data, taken out of what the hub holds, so that nothing takes the removal for an edit. Pure.

What stays is an alias, the same for all that was theirs. Shadows keep digests in the place of the raw
values that named the person: a side that still shows the same is recognised, and nothing can be read
from a digest.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from hub.fingerprint import fingerprint, stand_in
from hub.model import EMAIL, Comment, Person, Ticket, Value
from hub.remarks import spoken
from hub.replica import Agreed, Link, Mark

Replace: TypeAlias = Callable[[str], str]
"""Returns a text without the person."""
T = TypeVar("T")

PLACEHOLDER = "(removed: this person's data was deleted on request)"
NAMELESS = "(forgotten)"
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
SHORTEST_LINE = 16
"""Characters of a line that is told from others' words by itself."""
_WORD = re.compile(r"\w[\w'\u2019.-]*")
_MARKUP = re.compile('[*_~`#<>\\[\\]()|\\r\\n\\t"\\\\\ue000-\ue002]+')
"""Between two of these stands what is the same in Markdown, HTML and JSON."""


class Someone(msgspec.Struct, frozen=True):
    """Whom to forget, by everything that the hub knows them by."""

    emails: tuple[str, ...]
    """Lower case."""
    names: tuple[str, ...] = ()
    """Whole names of at least two words, which nobody else has."""
    ids: tuple[str, ...] = ()
    """`<system>:<id>`."""
    shared: tuple[str, ...] = ()
    """Names that would take others with them: a single word, or somebody else's too. Left to a person."""

    @property
    def words(self) -> tuple[str, ...]:
        return (*self.emails, *self.names, *self.ids)

    def is_author(self, person: Person, system: str) -> bool:
        return (person.email or "").lower() in self.emails or f"{system}:{person.id}" in self.ids


def alias_of(salt: str, someone: Someone) -> str:
    """Return what stands where the person stood: an address that nobody can have."""
    first = min(someone.words)
    return f"forgotten-{marks(salt, [first])[0][:12]}@forgotten.invalid"


def marks(salt: str, words: Iterable[str]) -> list[str]:
    """Return salted digests by which these are recognised, and cannot be read."""
    key = salt.encode()
    plain = (folded(word).encode("utf-8", "replace") for word in words)
    return [hmac.new(key, text, hashlib.sha256).hexdigest()[:40] for text in plain]


def folded(word: str) -> str:
    return " ".join(unicodedata.normalize("NFC", word).casefold().split())


# texts ------------------------------------------------------------------------------------------


def named(someone: Someone, alias: str) -> Replace:
    """Return what replaces the person in any text, JSON and HTML included, by the words that name them."""
    parts: list[tuple[re.Pattern[str], str]] = []
    for word in sorted(someone.words, key=len, reverse=True):
        spelled = "|".join(_spelled(form) for form in sorted(_forms(word), key=len, reverse=True))
        instead = NAMELESS if word in someone.names else alias
        behind = r"(?![\w-]|\.\w)" if "@" in word else r"(?![\w-])"
        parts.append((re.compile(rf"(?<![\w.+-])(?:{spelled}){behind}", re.IGNORECASE), instead))

    def without(text: str) -> str:
        bare = _shielded(text)
        for pattern, instead in parts:
            bare = pattern.sub(instead, bare)
        return _unshielded(bare)

    return without


_ESCAPES = {"\\n": "\ue000", "\\t": "\ue001", "\\r": "\ue002"}
"""Of JSON: the letter in them is no letter of the word behind them."""


def _shielded(text: str) -> str:
    if any(instead in text for instead in _ESCAPES.values()):
        return text
    for escape, instead in _ESCAPES.items():
        text = text.replace(escape, instead)
    return text


def _unshielded(text: str) -> str:
    for escape, instead in _ESCAPES.items():
        text = text.replace(instead, escape) if instead in text else text
    return text


def _forms(word: str) -> set[str]:
    """Return how a word may stand in a text: composed or not, escaped for HTML, URLs, JSON (once, twice)."""
    forms = {word, unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)}
    forms |= {html.escape(form) for form in list(forms)}
    forms |= {quote(form, errors="replace") for form in list(forms)}
    for _ in range(2):
        forms |= {json.dumps(form)[1:-1] for form in list(forms)}
        forms |= {json.dumps(form, ensure_ascii=False)[1:-1] for form in list(forms)}
    return forms


def _spelled(form: str) -> str:
    return r"(?:[\s\ue000-\ue002]|&nbsp;)+".join(re.escape(part) for part in form.split())


def recognised(salt: str, known: Mapping[str, str]) -> Replace:
    """Return what replaces forgotten people in a text, where only salted digests of their words are left."""

    def of_address(found: re.Match[str]) -> str:
        alias = known.get(marks(salt, [found[0]])[0])
        return found[0] if alias is None else alias

    def without(text: str) -> str:
        text = ADDRESS.sub(of_address, _shielded(text))
        for name in dict.fromkeys(_name_like(text)):
            if marks(salt, [name])[0] in known:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", NAMELESS, text)
        for piece in own_pieces([text]):
            if marks(salt, [piece])[0] in known:
                text = text.replace(piece, NAMELESS)
        return _unshielded(text)

    return without


def _name_like(text: str) -> Iterator[str]:
    """Yield two to four neighbouring words, as they stand: any of them may be a name."""
    found = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    for at in range(len(found)):
        for many in (2, 3, 4):
            span = found[at : at + many]
            if len(span) < many or span[-1][1] - span[0][0] > 80:  # noqa: PLR2004
                break
            piece = text[span[0][0] : span[-1][1]]
            yield piece
            yield piece.rstrip(".'\u2019-")


def own_pieces(texts: Iterable[str]) -> set[str]:
    """Return the pieces of somebody's texts by which they are recognised elsewhere."""
    pieces = (piece.strip() for text in texts for piece in _MARKUP.split(text))
    return {piece for piece in pieces if len(piece) >= SHORTEST_LINE}


def own_words(texts: Iterable[str]) -> Replace:
    """Return what takes out of a text whatever whole lines of these stand in it, in whatever dialect."""
    lines = {form for piece in own_pieces(texts) for form in _forms(piece)}
    if not lines:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(line) for line in sorted(lines, key=len, reverse=True)))
    return lambda text: pattern.sub(NAMELESS, text)


def as_text(value: object) -> str:
    """Return a value as JSON; half a character pair, which some systems hand out, becomes `?`."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def rewritten(value: T, without: Replace, kind: type[T]) -> T:
    """Return a value with every text in it replaced."""
    before = as_text(value)
    after = without(before)
    return value if after == before else msgspec.json.decode(after, type=kind)


# what the hub holds -----------------------------------------------------------------------------


def ticket_without(ticket: Ticket, someone: Someone, without: Replace) -> Ticket:
    """Return a ticket without the person: what they said is a placeholder, and they are an alias."""
    theirs = is_theirs(ticket, someone)
    bare = rewritten(replace(ticket, comments={}, attachments={}), without, Ticket)
    registers = dict(bare.registers)
    if theirs and registers.get("description"):
        registers["description"] = PLACEHOLDER
    said = {
        key: comment_without(c, without, by_them=someone.is_author(c.author, str(c.origin)))
        for key, c in ticket.comments.items()
    }
    files = {key: rewritten(file, without, type(file)) for key, file in ticket.attachments.items()}
    return replace(bare, registers=registers, comments=said, attachments=files)


def is_theirs(ticket: Ticket, someone: Someone) -> bool:
    return str(ticket.get("requester") or "").lower() in (*someone.emails, *someone.ids)


def comment_without(comment: Comment, without: Replace, *, by_them: bool) -> Comment:
    if not by_them:
        return rewritten(comment, without, Comment)
    author = Person(id="", name=NAMELESS, email=without(comment.author.email or "") or None)
    return replace(comment, body=PLACEHOLDER, author=author)


def link_without(link: Link, before: Ticket, after: Ticket, without: Replace) -> Link:
    """
    Return a link whose shadow knows the person no more, and yet finds nothing changed.

    `before` and `after`: its ticket. The mail side lies in the hub's own store: what it shows is
    replaced there, so its raw values are replaced here, too.
    """
    ours = link.system == EMAIL
    shadow = link.shadow
    registers = {n: _agreed(n, a, before, after, without, ours=ours) for n, a in shadow.registers.items()}
    asked = {n: _agreed(n, a, before, after, without, ours=ours) for n, a in shadow.asked.items()}
    comments: dict[Any, Mark] = {}
    for key, mark in shadow.comments.items():
        old, new = before.comments.get(_base(key)), after.comments.get(_base(key))
        again = old is not None and new is not None and mark.said == spoken(old)
        comments[key] = replace(mark, said=spoken(cast("Comment", new))) if again else mark
    kept = replace(shadow, registers=registers, asked=asked, comments=comments)
    return replace(link, shadow=kept, label=without(link.label), url=without(link.url))


def _base(key: str) -> Any:
    return key.partition("#")[0]


def _agreed(
    register: str, agreed: Agreed, before: Ticket, after: Ticket, without: Replace, *, ours: bool
) -> Agreed:
    raw, value = agreed.raw, agreed.value
    plain = as_text(raw)
    if without(plain) != plain:
        raw = fingerprint(msgspec.json.decode(without(plain))) if ours else stand_in(raw)
    old, new = before.get(register), after.get(register)
    if old != new and fingerprint(old) == fingerprint(value):
        if ours and isinstance(raw, str):
            raw = fingerprint(new)
        elif not ours:
            raw = stand_in(raw)
        return Agreed(raw, fingerprint(new) if isinstance(new, str) else new)
    return Agreed(raw, _value(value, without))


def _value(value: Value, without: Replace) -> Value:
    if isinstance(value, str):
        return without(value)
    return tuple(sorted(map(without, value))) if isinstance(value, tuple) else value
