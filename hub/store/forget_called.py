"""Where the person stands by a first name or a number beside what they did: who settled it, who said it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import Connection, select, update

from hub.forget import NAMELESS
from hub.model import TicketId
from hub.store.audit_tables import acts
from hub.store.codec import encode, to_json
from hub.store.score_tables import feedback
from hub.store.tables import conflicts, journal, parked

_TABLES = (conflicts, acts, feedback, journal, parked)
_JSON = ("body", "operation", "outcome")
_IN = " in "


def names_removed(
    connection: Connection, ticket: TicketId, names: Collection[str], alias: str
) -> dict[str, set[Any]]:
    """
    Take these names out of whatever says who did something on a ticket; return, by table, the rows changed.

    `names`: what the person alone was called there. In a sentence a first name may be anybody's: that is left
    to a person; in these places it is theirs.
    """
    found: dict[str, set[Any]] = {}
    for table in _TABLES:
        for given in connection.execute(select(table).where(table.c.ticket_id == ticket)).mappings().all():
            changed = {
                name: text
                for name in _JSON
                if given.get(name) and (text := _without(given[name], names, alias)) != given[name]
            }
            if given.get("actor") and (actor := _who(given["actor"], names)) != given["actor"]:
                changed["actor"] = actor
            if changed:
                connection.execute(update(table).where(table.c.id == given["id"]).values(changed))
                found.setdefault(table.name, set()).add(given["id"])
    return found


def _without(text: str, names: Collection[str], alias: str) -> str:
    before = to_json(text)
    after = _bare(before, names, alias)
    return text if after == before else encode(after)


def _bare(value: Any, names: Collection[str], alias: str) -> Any:
    if isinstance(value, dict):
        told = cast("dict[str, Any]", value)
        return {key: _part(key, part, names, alias) for key, part in told.items()}
    if isinstance(value, list):
        return [_bare(one, names, alias) for one in cast("list[Any]", value)]
    return value


def _part(key: str, value: Any, names: Collection[str], alias: str) -> Any:
    match key, value:
        case "by" | "actor", str():
            return _who(value, names)
        case "body", str() if (name := _headed(value)) in names:
            return f"**{NAMELESS}**{value[len(name) + 4 :]}"
        case "unheard", list():
            return [_who(str(one), names) for one in cast("list[Any]", value)]
        case "author", {"name": name} if name in names or name == NAMELESS:
            return {**value, "name": NAMELESS, "id": ""}
        case "author", {"email": email} if email == alias:
            return {**value, "id": ""}
        case _:
            return _bare(value, names, alias)


def _headed(body: str) -> str:
    """Return whose words a copy says that it holds, in its first line; "" if it does not."""
    begin, _, rest = body[:300].partition("**")
    name, end, _ = rest.partition("**")
    return name if end and not begin else ""


def _who(text: str, names: Collection[str]) -> str:
    """Return who did it without the person: `Ann`, or `Ann in Zendesk`."""
    name, within, side = text.rpartition(_IN)
    if text in names:
        return NAMELESS
    return f"{NAMELESS}{within}{side}" if name in names else text
