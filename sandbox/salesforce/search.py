"""Search: words in the names, texts and addresses of records, by parameters or by SOSL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.salesforce import outputs
from sandbox.salesforce.bodies import mappings
from sandbox.salesforce.bodies import words as named
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.org import Row
from sandbox.salesforce.wire import Answer

MOST = 2000
_FIND = re.compile(
    r"\s*FIND\s*\{(?P<words>(?:[^{}\\]|\\.)*)\}\s*(?:IN\s+(?P<where>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS)?"
    r"\s*(?:RETURNING\s+(?P<what>.+?))?\s*(?:LIMIT\s+(?P<most>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_RETURNING = re.compile(r"(\w+)\s*(?:\(([^()]*)\))?")
_KINDS = {"EMAIL": ("email",), "PHONE": ("phone",), "ALL": ("string", "email", "phone", "url", "textarea")}


def by_parameters(call: Call) -> Answer:
    """Answer a search of parameters, or of a JSON body that says the same."""
    if call.request.method == "POST":
        body = call.object()
        words, kinds = str(body.get("q") or ""), mappings(body.get("sobjects"), "sobjects")
        shown = named(body.get("fields"), "fields") or ["Id"]
        wanted = {str(it.get("name")): named(it.get("fields"), "fields") or shown for it in kinds}
        where = str(body.get("in") or "ALL").upper()
    else:
        words, where = call.request.arg("q"), call.request.arg("in", "ALL").upper()
        wanted = {
            name: (call.request.arg(f"{name}.fields") or call.request.arg("fields") or "Id").split(",")
            for name in call.request.args("sobject")
        }
    return Answer(200, {"searchRecords": _found(call, words, where, wanted, MOST)})


def sosl(call: Call) -> Answer:
    """Answer a SOSL search."""
    asked = _FIND.fullmatch(call.request.arg("q"))
    if asked is None:
        message = "No search term found. The search term must be enclosed in braces."
        raise Refusal("MALFORMED_SEARCH", message)
    wanted = {
        name: [it.strip() for it in fields.split(",") if it.strip()] or ["Id"]
        for name, fields in _RETURNING.findall(asked["what"] or "Account, Contact, Case")
    }
    words = re.sub(r"\\(.)", r"\1", asked["words"])
    found = _found(call, words, (asked["where"] or "ALL").upper(), wanted, int(asked["most"] or MOST))
    return Answer(200, {"searchRecords": found})


def _found(call: Call, words: str, where: str, wanted: dict[str, list[str]], most: int) -> list[Json]:
    terms = [it.strip('"*').lower() for it in words.split() if it.strip('"*')]
    if not terms or len(words) < 2:
        raise Refusal("MALFORMED_SEARCH", "search term must be longer than one character: " + words)
    found: list[Json] = []
    for name, fields in wanted.items():
        definition = call.context.org.object(name)
        if definition is None or not definition.searchable:
            raise Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        shown = outputs.chosen(call, definition, [it.strip() for it in fields])
        rows = _matching(call, definition, terms, where)
        found += [outputs.record(call, definition, row, shown) for row in rows]
    return found[:most]


def _matching(call: Call, definition: ObjectDef, terms: list[str], where: str) -> Iterable[Row]:
    org = call.context.org
    kinds = _KINDS.get(where, ())
    fields = [
        it.name
        for it in org.visible(definition.name, call.user)
        if it.type in kinds or (where == "NAME" and it.name_field)
    ]
    for row in org.rows[definition.name].values():
        if row.get("IsDeleted"):
            continue
        text = "\n".join(str(org.value(definition.name, row, name) or "") for name in fields).lower()
        if all(term in text for term in terms):
            yield row
