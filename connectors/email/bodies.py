"""
What a mail says, out of all its parts. Pure but for the source.

Nothing that a person could read is left out: of alternatives the richest is shown, and another one only
where it says what the first does not; a mail within is shown as a quote; what is no text is a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from connectors.email.calendar import read_event
from connectors.email.charsets import decode
from connectors.email.forwards import as_quote, name_for
from connectors.email.identity import message_ids
from connectors.email.model import FilePart
from connectors.email.node import Node
from connectors.email.parts import beginning, measured, place_of, within
from connectors.email.plain_text import to_markdown
from connectors.email.reading import Reading, Shown, beside, beyond, has_words, said, words
from connectors.email.reports import KINDS, read_report
from connectors.email.scan import scan
from connectors.email.signed import opened
from connectors.email.source import BytesSource
from connectors.email.texts import HTML, MOST, plain_text, show_text
from connectors.email.tnef import is_tnef, show_tnef

_MAX_MAILS: Final = 8
"""Mails within mails, whose text is shown; those further in are files."""
_HELD: Final = 16 * 1024 * 1024
"""Bytes of a mail within another encoding that is looked into."""
_FILES: Final = frozenset(
    ("text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/css", "text/rtf", "text/xml",
     "text/javascript", "text/x-amp-html", "text/x-watch-html", "text/tab-separated-values")
)  # fmt: skip
_ALTERNATIVES: Final = frozenset(("text/x-amp-html", "text/x-watch-html"))
_SMIME: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_ENCRYPTED: Final = (
    "(This mail is encrypted. What it says is in the file {name}: only its readers can open it.)"
)


def show(reading: Reading, node: Node) -> Shown:
    """Return what a part, with all within it, gives to the mail."""
    for defect in node.defects:
        reading.note(defect)
    if node.too_deep:
        reading.note("parts within parts, too deep or too many to look into, are kept as a file")
        return Shown(files=[measured(reading.source, place_of(node))])
    if node.is_mail:
        return _mail(reading, node)
    if node.type.startswith("multipart/") and node.children:
        return _multipart(reading, node)
    return _leaf(reading, node)


def _multipart(reading: Reading, node: Node) -> Shown:
    kind = node.type.removeprefix("multipart/")
    if kind == "alternative":
        return _alternative(reading, node)
    if kind == "encrypted":
        return _encrypted(reading, node.children[-1])
    if kind == "signed" and not reading.depth:
        reading.signed = True
    before = reading.in_report
    reading.in_report = before or kind == "report"
    shown = Shown()
    for child in node.children:
        shown.add(show(reading, child))
    reading.in_report = before
    return shown


def _alternative(reading: Reading, node: Node) -> Shown:
    """Show the one with HTML if it has words, else the last that has; and what the others say beyond it."""
    children = [child for child in node.children if child.type not in _ALTERNATIVES]
    each = [(child, show(reading, child)) for child in children]
    if len(each) == 1:
        return each[0][1]
    shown = Shown(files=[file for _, one in each for file in one.files])
    texts = [(child, one) for child, one in each if child.type != "text/calendar" and one.text]
    if texts:
        best = max(enumerate(texts), key=lambda it: (has_words(it[1][1].text), _has_html(it[1][0]), it[0]))
        shown.add_text(best[1][1])
    known = words(shown.text)
    for child, one in each:
        more = one if child.type == "text/calendar" else beyond(one, known)
        known |= words(more.text)
        shown.add_text(more)
    return shown


def _has_html(node: Node) -> bool:
    return node.type in HTML or (not node.is_mail and any(map(_has_html, node.children)))


def _encrypted(reading: Reading, node: Node) -> Shown:
    file = measured(reading.source, place_of(node))
    if not reading.depth:
        reading.encrypted = True
    shown = said(to_markdown(_ENCRYPTED.format(name=file.name)))
    shown.files.append(file)
    return shown


def _leaf(reading: Reading, node: Node) -> Shown:
    reader = _LEAVES.get(node.type)
    if reader is None and node.type.startswith("message/"):
        reader = _message
    if reader is None and is_tnef(node):
        reader = show_tnef
    if reader is not None:
        return reader(reading, node)
    is_text = node.type.startswith(("text/", "multipart/")) or node.type in HTML
    if is_text and node.type not in _FILES:
        if node.disposition != "attachment" and not node.filename:
            return show_text(reading, node)
        reading.unshown.append(node)
    return Shown(files=[measured(reading.source, place_of(node))])


def _report(reading: Reading, node: Node) -> Shown:
    raw, _ = beginning(reading.source, place_of(node), MOST)
    if reading.report is None and not reading.depth:
        reading.report = read_report(KINDS[node.type], raw)
    return _beside(reading, node)


def _beside(reading: Reading, node: Node) -> Shown:
    """Show what a machine wrote, apart from what a person did."""
    place = place_of(node)
    raw, whole = beginning(reading.source, place, MOST)
    shown = beside(to_markdown(plain_text(reading, node, raw)))
    if node.filename or not whole:
        shown.files.append(measured(reading.source, place))
    return shown


def _headers(reading: Reading, node: Node) -> Shown:
    """Show the header of a returned mail."""
    raw, _ = beginning(reading.source, place_of(node), MOST)
    _note_returned(reading, scan(BytesSource(raw)))
    return _beside(reading, node)


def _note_returned(reading: Reading, mail: Node) -> None:
    found = message_ids(mail.first("message-id") or b"")
    if reading.in_report and found and not reading.returned_id:
        reading.returned_id = found[0]


def _calendar(reading: Reading, node: Node) -> Shown:
    raw, _ = beginning(reading.source, place_of(node), MOST)
    event = read_event(decode(raw, node.charset, "utf-8").text, node.parameter("method"))
    if not reading.depth:
        reading.calendar = reading.calendar or event.method or "PUBLISH"
    shown = said(to_markdown(event.line))
    place = place_of(node)
    named = place if node.filename else replace(place, name="invite.ics")
    shown.files.append(measured(reading.source, named))
    return shown


def _partial(reading: Reading, node: Node) -> Shown:
    number, total = node.parameter("number"), node.parameter("total")
    what = f"part {number} of {total}" if number.isdigit() and total.isdigit() else "a part"
    reading.note("the mail is a part of one that was sent in pieces")
    shown = said(to_markdown(f"(This is {what} of a mail that was sent in pieces.)"))
    shown.add(show_text(reading, node))
    shown.files.append(measured(reading.source, place_of(node)))
    return shown


def _message(reading: Reading, node: Node) -> Shown:
    """Show a mail within another encoding, which is against the rules, and done."""
    place = measured(reading.source, place_of(node))
    raw, whole = beginning(reading.source, place, _HELD)
    if not whole or reading.depth >= _MAX_MAILS:
        return Shown(files=[place])
    source = BytesSource(raw)
    within_it = Reading(source, reading.hint, reading.depth, reading.room, reading.in_report)
    inner = scan(source)
    shown = _quoted_mail(within_it, inner, place)
    reading.room = within_it.room
    shown.files = [place, *(within(place, file) for file in shown.files[1:])]
    return shown


def _mail(reading: Reading, node: Node) -> Shown:
    place = place_of(node)
    name = name_for(node.children, node.filename and place.name, reading.hint)
    whole = measured(reading.source, replace(place, name=name))
    if reading.depth >= _MAX_MAILS or not node.children:
        reading.note("mails within mails, too deep to show, are kept as files")
        return Shown(files=[whole])
    return _quoted_mail(reading, node.children[0], whole)


def _quoted_mail(reading: Reading, mail: Node, whole: FilePart) -> Shown:
    """Show a mail as a quote: what someone forwards is what he says, what a machine returns is not."""
    if not reading.depth:
        _note_returned(reading, mail)
    reading.depth += 1
    inner = show(reading, mail)
    reading.depth -= 1
    quote = as_quote(mail, inner.text, reading.hint)
    shown = beside(quote) if reading.in_report else said(quote)
    shown.files = [whole, *inner.files]
    return shown


def _smime(reading: Reading, node: Node) -> Shown:
    """Show what is in a signed envelope; of an encrypted one, say that it is."""
    place = place_of(node)
    raw, whole = beginning(reading.source, place, _HELD)
    content = opened(raw) if whole and reading.depth < _MAX_MAILS else None
    if content is None:
        return _encrypted(reading, node)
    if not reading.depth:
        reading.signed = True
    source = BytesSource(content)
    inner = Reading(source, reading.hint, reading.depth + 1, reading.room, reading.in_report)
    shown = show(inner, scan(source))
    reading.room = inner.room
    for defect in inner.defects:
        reading.note(defect)
    # Its files are not ranges of the raw mail, since the envelope is cut into blocks: they stay in it.
    shown.files = [measured(reading.source, place)]
    return shown


_LEAVES: Final[Mapping[str, Callable[[Reading, Node], Shown]]] = {
    **dict.fromkeys(KINDS, _report),
    **dict.fromkeys(_SMIME, _smime),
    "text/calendar": _calendar,
    "text/rfc822-headers": _headers,
    "message/external-body": _beside,
    "message/partial": _partial,
}
