"""Briefs, similar tickets and incidents out of the store, as plain data for the CLI and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from flows.rule_files import has_rules, rule_file
from hub.brief import EVERYTHING, Brief, Reader, as_markdown, as_plain, brief, reader_by_file
from hub.errors import Misconfigured
from hub.mapping import load as load_mapping
from hub.mapping.models import ChoiceSpec, MappingSpec
from hub.model import ZENDESK
from hub.ports import Store
from hub.records import Held
from hub.registers import nearest
from hub.settings import Settings
from hub.suggest.incidents import Incident, incidents
from hub.suggest.rows import Near, Row, row_of
from hub.suggest.rules import RoutingRules, load_routing
from hub.suggest.suggesting import suggestions

if TYPE_CHECKING:
    from hub.suggest.likeness import Likeness

SIDES = ("zendesk", "jira", "salesforce", "email")
_PAGE = 500
_MOST = 10


def read_routing(settings: Settings) -> RoutingRules:
    """
    Return the rules of routing.yaml; those that the hub has by itself where there is no such file.

    Raises `FileRefused` with every place that does not fit.
    """
    if not has_rules(settings, "routing"):
        return RoutingRules()
    areas = {"product_area": _areas(settings)}
    return load_routing(*rule_file(settings, "routing"), areas, f"{ZENDESK}.yaml")


def _areas(settings: Settings) -> Sequence[str]:
    """Return the product areas that the helpdesk's mapping file lists; none where it lists none."""
    field = _spec(settings, ZENDESK).fields.get("product_area")
    return [*filter(None, (field.read or {}).values())] if isinstance(field, ChoiceSpec) else []


def _spec(settings: Settings, side: str) -> MappingSpec:
    file = settings.path(settings.mappings) / f"{side}.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file}: cannot be read ({error.strerror})") from None
    return load_mapping(text, str(file)).spec


def reader_for(settings: Settings, side: str) -> Reader:
    """Return what the people of a side may see, by its mapping file; without a side, everything."""
    if not side:
        return EVERYTHING
    if side not in SIDES:
        raise Misconfigured(f"There is no side {side!r}{nearest(side, SIDES)} Sides: {', '.join(SIDES)}.")
    return reader_by_file(_spec(settings, side))


def briefs(store: Store, name: str, reader: Reader) -> list[Brief]:
    """Return the brief of each ticket of that name. Raises `Misconfigured` if there is none."""
    return [brief(held.ticket, reader) for held in _named(store, name)]


def as_data(one: Brief) -> dict[str, Any]:
    return {
        "id": one.ticket,
        "title": one.title,
        "pieces": [msgspec.to_builtins(piece) for piece in one.pieces],
        "markdown": as_markdown(one),
        "text": as_plain(one),
    }


def similar(store: Store, name: str, rules: RoutingRules, most: int = _MOST) -> list[dict[str, Any]]:
    """Return, of each ticket of that name, the tickets that are most like it, and what they suggest."""
    from hub.suggest.likeness import Likeness  # noqa: PLC0415  numpy is not for every run

    asked = _named(store, name)
    index = Likeness.of(rows(store))
    found: list[dict[str, Any]] = []
    for held in asked:
        ticket = held.ticket
        row = row_of(ticket)
        near = index.nearest(row.text, most, wanted=lambda other, own=ticket.id: other.id != own)
        voting = voters(index, row, rules)
        found.append(
            {
                "id": ticket.id,
                "subject": ticket.get("subject") or "",
                "similar": [{"likeness": n.likeness, **msgspec.to_builtins(n.row)} for n in near],
                "suggested": suggestions(ticket, rules, voting).registers(),
            }
        )
    return found


def voters(index: Likeness, row: Row, rules: RoutingRules) -> tuple[Near, ...]:
    """Return the solved tickets that have a vote on this one; none where they are too few to decide."""
    asked = rules.neighbours
    if not row.text or not len(index):
        return ()
    near = index.nearest(
        row.text, asked.count, wanted=lambda other: other.done and other.id != row.id, least=asked.likeness
    )
    return tuple(near) if len(near) >= asked.votes else ()


def incident_list(store: Store, now: str, rules: RoutingRules) -> tuple[Incident, ...]:
    """Return the incidents among the tickets that came lately."""
    asked = rules.incidents
    since = f"{datetime.fromisoformat(now) - asked.usual - 2 * asked.window:%Y-%m-%dT%H:%M:%SZ}"
    return incidents((row for row in rows(store) if row.at >= since), now, asked)


def rows(store: Store) -> Iterator[Row]:
    """Yield every ticket's row, page by page."""
    after = ""
    while ids := store.ticket_ids(_PAGE, after):
        held = store.load(ids)
        yield from (row_of(held[ticket].ticket) for ticket in ids if ticket in held)
        after = ids[-1]


def _named(store: Store, name: str) -> Sequence[Held]:
    ids = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    return [*store.load(ids).values()]
