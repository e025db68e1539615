"""What the lenses share: naming a raw value in a message, taking the word out of it, cutting text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from hub.model import Json, Value

ELLIPSIS = "…"
_NAMES = ("value", "name", "key", "id")


def shown(value: Json) -> str:
    """Return a short form of a value for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}…"'  # noqa: PLR2004


def words(raw: Json) -> tuple[str, ...]:
    """Return the words that can name an option: one, or each name of an option shown as an object."""
    if isinstance(raw, Mapping):
        option = cast("Mapping[str, Json]", raw)
        return tuple(str(option[name]) for name in _NAMES if option.get(name) is not None)
    if isinstance(raw, bool) or raw is None:
        return () if raw is None else (str(raw).lower(),)
    return (str(raw),) if raw != "" else ()


def items(raw: Json) -> tuple[Json, ...]:
    """Return the members of a raw list; a lone value counts as a list of one, nothing as none."""
    if raw is None or raw == "":
        return ()
    return tuple(cast("list[Json]", raw)) if isinstance(raw, (list, tuple)) else (raw,)


def units(text: str) -> int:
    """Return the length as the systems count it: UTF-16 units, of which an emoji takes two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int | None) -> str:
    """Return the text, shortened to `limit` units and visibly so where it was longer."""
    if limit is None or len(text) * 2 <= limit or units(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    kept = text[: max(room, 0)]
    while units(kept) > room:
        kept = kept[:-1]
    return kept.rstrip() + ELLIPSIS


def spoken(value: Value) -> str:
    """Return any canonical value as text, for fields that can hold nothing better."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)
