"""The search language: words, `key:value`, `key<value`, negation, quotes, and a type."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.clock import parse_iso
from sandbox.zendesk.draft import PRIORITIES, STATUSES
from sandbox.zendesk.records import Group, Organization, Ticket, User
from sandbox.zendesk.state import Account

_TERM = re.compile(r'(?P<not>-)?(?:(?P<key>[A-Za-z_]\w*)(?P<op>:|>=|<=|>|<))?(?P<value>"[^"]*"|\S+)')
_SPAN = re.compile(r"(\d+)(hours?|minutes?|days?|weeks?|months?|years?)")
_TIMES = {"created": "created", "created_at": "created", "updated": "updated",
          "updated_at": "updated", "solved": "solved", "due_date": "due"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    key: str
    op: str
    value: str
    negated: bool


@dataclass(slots=True)
class Query:
    """A parsed query."""

    terms: list[Term] = field(default_factory=list)
    kind: str = ""
    order_by: str = ""
    sort: str = ""


def parse(text: str) -> Query:
    """Return the conditions of a query."""
    query = Query()
    for match in _TERM.finditer(text):
        key, value = (match["key"] or "").lower(), match["value"].strip('"')
        if key == "type" and match["op"] == ":":
            query.kind = value.lower()
        elif key == "order_by":
            query.order_by = value
        elif key == "sort":
            query.sort = value
        elif value not in ("*", "") or key:
            query.terms.append(Term(key, match["op"] or ":", value, bool(match["not"])))
    return query


def matches(account: Account, query: Query, it: Any) -> bool:
    """Tell whether a record fits every condition. Values of one key are alternatives."""
    by_key: dict[tuple[str, str, bool], list[Term]] = {}
    for term in query.terms:
        group = term.value if not term.key or term.op != ":" else ""
        by_key.setdefault((term.key, group, term.negated), []).append(term)
    for (_, _, negated), terms in by_key.items():
        if any(_hit(account, term, it) for term in terms) == negated:
            return False
    return True


def _hit(account: Account, term: Term, it: Any) -> bool:  # noqa: PLR0911  one line a type
    if not term.key:
        return term.value.lower().strip("*") in _words(it)
    if term.key in _TIMES:
        return _time_hit(account, term, getattr(it, _TIMES[term.key], None))
    if isinstance(it, Ticket):
        return _ticket_hit(account, term, it)
    if isinstance(it, User):
        return _user_hit(account, term, it)
    wanted = term.value.lower()
    if term.key == "name":
        return wanted.strip("*") in it.name.lower()
    if not isinstance(it, Organization):
        return False
    return wanted in {"tags": it.tags, "external_id": [(it.external_id or "").lower()]}.get(term.key, ())


def _words(it: Any) -> str:
    if isinstance(it, Ticket):
        said = " ".join(one.source or one.html for one in it.comments)
        return f"{it.id} {it.subject} {it.description} {said} {' '.join(it.tags)}".lower()
    if isinstance(it, User):
        return f"{it.name} {it.email} {' '.join(it.tags)}".lower()
    if isinstance(it, Organization | Group):
        return it.name.lower()
    return ""


def _user_hit(account: Account, term: Term, it: User) -> bool:
    wanted = term.value.lower()
    tests: dict[str, Callable[[], bool]] = {
        "email": lambda: wanted.strip("*") in (it.email or ""),
        "name": lambda: wanted.strip("*") in it.name.lower(),
        "role": lambda: wanted == it.role,
        "tags": lambda: wanted in it.tags,
        "external_id": lambda: wanted == (it.external_id or "").lower(),
        "organization": lambda: _organization(account, it.organization_id, wanted),
        "organization_id": lambda: wanted == str(it.organization_id),
        "user": lambda: wanted.strip("*") in f"{it.name} {it.email}".lower(),
    }
    test = tests.get(term.key)
    return test() if test else False


def _ticket_hit(account: Account, term: Term, it: Ticket) -> bool:
    wanted = term.value.lower()
    if term.key.startswith("custom_field_") and term.key[13:].isdigit():
        return _field_hit(it.values.get(int(term.key[13:])), wanted)
    if term.key in ("status", "priority"):
        scale = STATUSES if term.key == "status" else ("", *PRIORITIES)
        return _scale_hit(scale, getattr(it, term.key) or "", term.op, wanted)
    people = {"assignee": it.assignee_id, "requester": it.requester_id,
              "submitter": it.submitter_id}  # fmt: skip
    if term.key in people:
        return _person(account, people[term.key], wanted)
    tests: dict[str, Callable[[], bool]] = {
        "tags": lambda: wanted in it.tags,
        "subject": lambda: wanted.strip("*") in (it.subject or "").lower(),
        "description": lambda: wanted.strip("*") in it.description.lower(),
        "comment": lambda: wanted in _words(it),
        "external_id": lambda: wanted == (it.external_id or "").lower(),
        "ticket_type": lambda: wanted == it.type,
        "organization": lambda: _organization(account, it.organization_id, wanted),
        "organization_id": lambda: wanted == str(it.organization_id),
        "group": lambda: _group(account, it.group_id, wanted),
        "brand_id": lambda: wanted == str(it.brand_id),
        "form": lambda: wanted == str(it.form_id),
        "via": lambda: wanted == it.via["channel"],
        "id": lambda: wanted == str(it.id),
        "has_attachment": lambda: wanted == str(any(o.attachments for o in it.comments)).lower(),
        "custom_status_id": lambda: wanted == str(it.custom_status_id),
    }
    test = tests.get(term.key)
    return test() if test else False


def _field_hit(value: Any, wanted: str) -> bool:
    if wanted == "none":
        return not value
    if wanted == "*":
        return bool(value)
    if isinstance(value, list):
        return wanted in value
    return str(value).lower() == wanted


def _scale_hit(scale: tuple[str, ...], value: str, op: str, wanted: str) -> bool:
    wanted = "" if wanted == "none" else wanted
    if wanted not in scale:
        return False
    return _compare(scale.index(value), op, scale.index(wanted))


def _compare(left: float, op: str, right: float) -> bool:
    return {
        ":": left == right,
        ">": left > right,
        "<": left < right,
        ">=": left >= right,
        "<=": left <= right,
    }[op]


def _person(account: Account, key: int | None, wanted: str) -> bool:
    if wanted == "none":
        return key is None
    person = account.users.get(key) if key is not None else None
    if person is None:
        return False
    return wanted in (str(person.id), person.email) or wanted in person.name.lower()


def _organization(account: Account, key: int | None, wanted: str) -> bool:
    known = account.organizations.get(key) if key is not None else None
    if known is None:
        return wanted == "none"
    return wanted == str(known.id) or wanted in known.name.lower()


def _group(account: Account, key: int | None, wanted: str) -> bool:
    known = account.groups.get(key) if key is not None else None
    if known is None:
        return wanted == "none"
    return wanted == str(known.id) or wanted in known.name.lower()


def _time_hit(account: Account, term: Term, at: int | None) -> bool:
    if at is None:
        return False
    span = _SPAN.fullmatch(term.value)
    if span:
        unit = span[2].rstrip("s")
        hours = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 730, "year": 8760}
        edge = account.now() - int(span[1]) * hours[unit] * 3600
        # `created<4hours` is the last four hours... counted back from now, so after the edge.
        return _compare(at, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(term.op, ">="), edge)
    try:
        start = parse_iso(term.value)
    except ValueError:
        return False
    if len(term.value) > 10 or term.op in ("<", ">="):
        return _compare(at, term.op, start)
    end = (datetime.fromtimestamp(start, UTC) + timedelta(days=1)).timestamp()
    if term.op == ":":
        return start <= at < end
    return at >= end if term.op == ">" else at < end
