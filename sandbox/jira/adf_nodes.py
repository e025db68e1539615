"""The nodes and marks of the Atlassian Document Format, and what each may hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
Check = Callable[[Json], bool]


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _filled(value: Json) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _anything(_: Json) -> bool:
    return True


def _one_of(*values: str) -> Check:
    allowed = frozenset(values)
    return lambda value: isinstance(value, str) and value in allowed


def _between(low: float, high: float) -> Check:
    return lambda value: _number(value) and low <= value <= high


def _colour(*names: str) -> Check:
    plain = _one_of(*names)
    return lambda value: plain(value) or (
        isinstance(value, str)
        and len(value) == 7
        and value[0] == "#"
        and all(c in "0123456789abcdefABCDEF" for c in value[1:])
    )


@dataclass(frozen=True, slots=True)
class Node:
    """`holds`: node types of its content, None for no content. `needs`: required attributes."""

    holds: frozenset[str] | None = None
    least: int = 0
    attrs: Mapping[str, Check] | None = None
    needs: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_INLINE = _words(
    "text hardBreak mention emoji date status inlineCard mediaInline inlineExtension placeholder"
)
_COMMON = _words(
    "paragraph heading bulletList orderedList codeBlock blockquote panel rule mediaGroup "
    "mediaSingle taskList decisionList blockCard embedCard extension table"
)
_TOP = _COMMON | _words("expand bodiedExtension layoutSection syncBlock bodiedSyncBlock")
_CELL = (_COMMON - {"table"}) | {"nestedExpand"}
_LIST = _words(
    "paragraph bulletList orderedList codeBlock mediaSingle taskList extension"
)
_LOCAL: Mapping[str, Check] = {"localId": _text}
_CARD: Mapping[str, Check] = {
    "url": _text,
    "data": _anything,
    "datasource": _anything,
    "localId": _text,
    "layout": _text,
    "width": _number,
}
_MEDIA: Mapping[str, Check] = {
    "type": _one_of("file", "link", "external", "image"),
    "id": _text,
    "collection": _text,
    "url": _text,
    "alt": _text,
    "width": _number,
    "height": _number,
    "localId": _text,
    "occurrenceKey": _text,
    "data": _anything,
}
_EXTENSION: Mapping[str, Check] = {
    "extensionKey": _filled,
    "extensionType": _filled,
    "parameters": _anything,
    "text": _text,
    "layout": _text,
    "localId": _text,
}
_TABLE_CELL: Mapping[str, Check] = {
    "colspan": _number,
    "rowspan": _number,
    "colwidth": lambda value: isinstance(value, list),
    "background": _text,
    "localId": _text,
    "valign": _text,
}

NODES: Mapping[str, Node] = {
    "doc": Node(_TOP),
    "paragraph": Node(_INLINE, attrs=_LOCAL),
    "heading": Node(
        _INLINE, attrs={"level": _between(1, 6), "localId": _text}, needs=_words("level")
    ),
    "bulletList": Node(_words("listItem"), 1, _LOCAL),
    "orderedList": Node(_words("listItem"), 1, {"order": _between(0, 1e9), "localId": _text}),
    "listItem": Node(_LIST, 1, _LOCAL),
    "codeBlock": Node(
        _words("text"),
        attrs={
            "language": _text,
            "uniqueId": _text,
            "localId": _text,
            "wrap": _flag,
            "hideLineNumbers": _flag,
        },
    ),
    "blockquote": Node(
        _words("paragraph bulletList orderedList codeBlock mediaSingle mediaGroup extension"),
        1,
        _LOCAL,
    ),
    "panel": Node(
        _words(
            "paragraph heading bulletList orderedList blockCard mediaGroup mediaSingle "
            "codeBlock taskList rule decisionList extension"
        ),
        1,
        {
            "panelType": _one_of(
                "info", "note", "tip", "warning", "error", "success", "custom"
            ),
            "panelIcon": _text,
            "panelIconId": _text,
            "panelIconText": _text,
            "panelColor": _text,
            "localId": _text,
        },
        _words("panelType"),
    ),
    "rule": Node(attrs=_LOCAL),
    "mediaGroup": Node(_words("media"), 1),
    "mediaSingle": Node(
        _words("media caption"),
        1,
        {"layout": _text, "width": _number, "widthType": _text, "localId": _text},
    ),
    "media": Node(attrs=_MEDIA, needs=_words("type")),
    "caption": Node(_INLINE, attrs=_LOCAL),
    "taskList": Node(_words("taskItem taskList blockTaskItem"), 1, _LOCAL, _words("localId")),
    "taskItem": Node(
        _INLINE,
        attrs={"localId": _text, "state": _one_of("TODO", "DONE")},
        needs=_words("localId state"),
    ),
    "decisionList": Node(_words("decisionItem"), 1, _LOCAL, _words("localId")),
    "decisionItem": Node(
        _INLINE, attrs={"localId": _text, "state": _text}, needs=_words("localId state")
    ),
    "table": Node(
        _words("tableRow"),
        1,
        {
            "displayMode": _one_of("default", "fixed"),
            "isNumberColumnEnabled": _flag,
            "layout": _text,
            "localId": _text,
            "width": _number,
        },
    ),
    "tableRow": Node(_words("tableCell tableHeader"), attrs=_LOCAL),
    "tableCell": Node(_CELL, 1, _TABLE_CELL),
    "tableHeader": Node(_CELL, 1, _TABLE_CELL),
    "expand": Node(_COMMON | {"nestedExpand"}, 1, {"title": _text, "localId": _text}),
    "nestedExpand": Node(
        _words(
            "paragraph heading mediaSingle mediaGroup codeBlock bulletList orderedList "
            "taskList decisionList rule panel blockquote extension"
        ),
        1,
        {"title": _text, "localId": _text},
        frozenset({"attrs"}),
    ),
    "blockCard": Node(attrs=_CARD, needs=frozenset({"attrs"})),
    "embedCard": Node(
        attrs={**_CARD, "originalHeight": _number, "originalWidth": _number},
        needs=_words("url layout"),
    ),
    "layoutSection": Node(_words("layoutColumn"), 1, _LOCAL),
    "layoutColumn": Node(
        _COMMON | {"expand"}, 1, {"width": _between(0, 100), "localId": _text}, _words("width")
    ),
    "extension": Node(attrs=_EXTENSION, needs=_words("extensionKey extensionType")),
    "bodiedExtension": Node(_COMMON, 1, _EXTENSION, _words("extensionKey extensionType")),
    "inlineExtension": Node(attrs=_EXTENSION, needs=_words("extensionKey extensionType")),
    "hardBreak": Node(attrs={"text": _one_of("\n"), "localId": _text}),
    "mention": Node(
        attrs={
            "id": _text,
            "text": _text,
            "userType": _one_of("DEFAULT", "SPECIAL", "APP"),
            "accessLevel": _text,
            "localId": _text,
        },
        needs=_words("id"),
    ),
    "emoji": Node(
        attrs={"shortName": _text, "id": _text, "text": _text, "localId": _text},
        needs=_words("shortName"),
    ),
    "date": Node(attrs={"timestamp": _filled, "localId": _text}, needs=_words("timestamp")),
    "status": Node(
        attrs={
            "text": _filled,
            "color": _colour("neutral", "purple", "blue", "red", "yellow", "green"),
            "localId": _text,
            "style": _text,
        },
        needs=_words("text color"),
    ),
    "inlineCard": Node(attrs=_CARD, needs=frozenset({"attrs"})),
    "mediaInline": Node(attrs=_MEDIA, needs=_words("id collection")),
    "placeholder": Node(attrs={"text": _text, "localId": _text}, needs=_words("text")),
}

MARKS: Mapping[str, tuple[Mapping[str, Check], frozenset[str]]] = {
    "code": ({}, frozenset()),
    "em": ({}, frozenset()),
    "strike": ({}, frozenset()),
    "strong": ({}, frozenset()),
    "underline": ({}, frozenset()),
    "link": (
        {
            "href": _text,
            "title": _text,
            "id": _text,
            "collection": _text,
            "occurrenceKey": _text,
        },
        frozenset({"href"}),
    ),
    "subsup": ({"type": _one_of("sub", "sup")}, frozenset({"type"})),
    "textColor": ({"color": _colour()}, frozenset({"color"})),
    "backgroundColor": ({"color": _colour()}, frozenset({"color"})),
    "alignment": ({"align": _one_of("center", "end")}, frozenset({"align"})),
    "indentation": ({"level": _between(1, 6)}, frozenset({"level"})),
    "border": ({"size": _between(1, 3), "color": _text}, frozenset({"size", "color"})),
    "breakout": ({"mode": _text, "width": _number}, frozenset({"mode"})),
    "annotation": ({"id": _text, "annotationType": _text}, frozenset({"id", "annotationType"})),
    "fragment": ({"localId": _filled, "name": _text}, frozenset({"localId"})),
    "dataConsumer": ({"sources": _anything}, frozenset({"sources"})),
}
