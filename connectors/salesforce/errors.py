"""
What Salesforce says when it does not take a write: which field it is about, and what comes of it. Pure.

A row of a collection, a request of a composite call, a row of a bulk job and a single call all say it by
the same codes; `connectors.salesforce.refusals` reads their shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Literal, TypeAlias

import msgspec

from connectors.salesforce.ids import is_id
from connectors.salesforce.refusals import Refusal
from hub.operations import Outcome, Refused, Retryable, Stale, Unanswered

KEY_FIELD = "Support_Hub_Key__c"
"""Our key on a Case: text, unique, an external id, letter case counts."""

Code: TypeAlias = Literal["too_long", "too_large", "no_such", "forbidden", "invalid", "gone"]

_PERMISSIONS = "give the hub's user the package's permission set, or this right"
_LOCK = "UNABLE_TO_LOCK_ROW"
_BUSY = frozenset({
    _LOCK, "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION", "QUERY_TIMEOUT", "REQUEST_LIMIT_EXCEEDED",
    "PROCESSING_HALTED", "ALL_OR_NONE_OPERATION_ROLLED_BACK", "TXN_SECURITY_METERING_ERROR",
    "STORAGE_LIMIT_EXCEEDED", "ORG_LOCKED", "INVALID_SESSION_ID", "API_CURRENTLY_DISABLED",
})  # fmt: skip
"""Nothing was done, and the same may pass later without anybody changing the record."""
_GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})
_FORBIDDEN = frozenset({
    "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "API_DISABLED_FOR_ORG", "FUNCTIONALITY_NOT_ENABLED",
    "ENTITY_IS_LOCKED", "OPERATION_NOT_ALLOWED",
})  # fmt: skip
_REFERENCES = frozenset({
    "INVALID_CROSS_REFERENCE_KEY", "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    "TRANSFER_REQUIRES_READ", "INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD", "MALFORMED_ID", "ENTITY_IS_DELETED",
})  # fmt: skip
"""About a record that another field names, where the row has such fields."""
_TO_DO: Mapping[str, str] = {
    "STRING_TOO_LONG": "shorten it, or map it to a longer field",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "the picklist, or the record type, does not have this value: "
    "correct the mapping, or add the value in Salesforce",
    "INVALID_FIELD_FOR_INSERT_UPDATE": f"the field is read-only or hidden from us: {_PERMISSIONS}",
    "INVALID_FIELD": f"the field is not there, or hidden from us: deploy the package, or {_PERMISSIONS}",
    "REQUIRED_FIELD_MISSING": "Salesforce demands a value there: map one, or do not make the field required",
    "ENTITY_IS_DELETED": "the record that it names, or the one that it is on, was deleted",
    "MALFORMED_ID": "it is not the id of a record of the right kind: correct the mapping",
    "INVALID_CROSS_REFERENCE_KEY": "the record that it names is not there, or hidden from us",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": f"we may not use the record it names: {_PERMISSIONS}",
    "TRANSFER_REQUIRES_READ": "the new owner may not read Cases: give them the right, or choose another",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of your org says so: meet it, or exempt the "
    "hub's user from it",
    "DUPLICATES_DETECTED": "a duplicate rule of your org blocks it: merge the duplicates, or exempt the "
    "hub's user from the rule",
    "DUPLICATE_VALUE": "another record has this value, and it must be unique: look which of them is right",
    "DUPLICATE_EXTERNAL_ID": f"several Cases carry the same {KEY_FIELD}: keep it on one, and make the field "
    "unique as the package has it",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow of your org stops it: its owner must look",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow of your org failed on it: its owner must look",
    "ENTITY_IS_LOCKED": "it waits for an approval: give the hub's user the right to edit it meanwhile",
    "STORAGE_LIMIT_EXCEEDED": "the org has no storage left: free some, or buy more",
    "JSON_PARSER_ERROR": "the value is not of the field's type: correct the mapping",
}
_COLUMN = re.compile(r"No such column '([\w.]+)'")
_BULK_COLUMN = re.compile(r"(?:Field name not found|Unable to find field|No such column)\s*:?\s*'?(\w+)")
_LISTED = re.compile(r"(?:fields are missing|create/update fields): \[?([\w, ]+)\]?")
_DUPLICATE = re.compile(r"duplicate value found: (\w+) duplicates value on record with id: (\w+)")
_ROW = re.compile(r"(?P<code>[A-Z][A-Z_0-9]+):(?P<message>.*?):?(?P<fields>[\w, ]*)\s*--\s*$", re.DOTALL)
_VALUE = re.compile(r"(?:from VALUE_\w+ value|value of incorrect type:|wrong type:) *(?P<value>.+?)"
                    r"(?: or request may be missing| at \[line|$)")  # fmt: skip
_CODES: Mapping[str, Code] = {
    "STRING_TOO_LONG": "too_long",
    "NUMBER_OUTSIDE_VALID_RANGE": "too_long",
    "INVALID_CROSS_REFERENCE_KEY": "no_such",
    "MALFORMED_ID": "no_such",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "forbidden",
    "FILE_SIZE_LIMIT_EXCEEDED": "too_large",
    "FILE_EXTENSION_NOT_ALLOWED": "forbidden",
}
_BY_STATUS: Mapping[int, Code] = {
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "gone",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}
_MOST_WORDS = 300


def from_job(text: str) -> Refusal:
    """Read what a bulk job says of a row: `CODE:message:field, field --`."""
    found = _ROW.match(text.strip())
    if not found:
        return Refusal(message=text.strip())
    names = tuple(name.strip() for name in found["fields"].split(",") if name.strip())
    return Refusal(found["code"], found["message"].strip(": "), names)


def column_of_job(text: str) -> str:
    """Return the column that a whole bulk job failed about, or nothing."""
    found = _BULK_COLUMN.search(text)
    return found[1] if found else ""


def is_locked(refusals: Iterable[Refusal]) -> bool:
    """Whether another transaction held the row; a trigger's failure may wrap that."""
    return any(r.code == _LOCK or _LOCK in r.message for r in refusals)


def taken_by(refusals: Iterable[Refusal]) -> str:
    """Return the id (15 characters) of the record that carries our key already, or nothing."""
    for refusal in refusals:
        found = _DUPLICATE.search(refusal.message)
        if found and found[1] == KEY_FIELD:
            return found[2]
    return ""


# which field ------------------------------------------------------------------------------------


def blamed(refusals: Sequence[Refusal], sent: Mapping[str, object]) -> dict[str, Refusal]:
    """
    Return the fields of `sent` that were complained of, each with the complaint; empty if none can be told.

    One complaint that is about no field of ours makes it about the record, whatever the others say.
    """
    found: dict[str, Refusal] = {}
    for refusal in refusals:
        names = [] if is_locked([refusal]) else list(_named(refusal, sent))
        if not names:
            return {}
        for name in names:
            _ = found.setdefault(name, refusal)
    return found


def _named(refusal: Refusal, sent: Mapping[str, object]) -> Iterator[str]:
    known = {name.casefold(): name for name in sent}
    told = [*refusal.fields, *_in_words(refusal)]
    names = dict.fromkeys(known[name.casefold()] for name in told if name.casefold() in known)
    if refusal.code == "REQUIRED_FIELD_MISSING":  # only where it was we who emptied it
        yield from (name for name in names if sent[name] is None)
    elif names:
        yield from names
    elif refusal.code == "JSON_PARSER_ERROR":
        yield from _quoted(refusal, sent)
    elif refusal.code in _REFERENCES and not refusal.fields:
        # It does not say which: all that name other records, so that the rest can be written.
        yield from (name for name, value in sent.items() if name.endswith("Id") and _names_a_record(value))


def _names_a_record(value: object) -> bool:
    return isinstance(value, str) and is_id(value)


def _in_words(refusal: Refusal) -> Iterator[str]:
    """Field names that stand in the message only."""
    column = _COLUMN.search(refusal.message)
    if column:
        yield column[1]
    listed = _LISTED.search(refusal.message)
    if listed:
        yield from (name.strip() for name in listed[1].split(","))
    twice = _DUPLICATE.search(refusal.message)
    if twice:
        yield twice[1]


def _quoted(refusal: Refusal, sent: Mapping[str, object]) -> list[str]:
    """Return the one field whose value a parser's complaint quotes: it names none."""
    found = _VALUE.search(refusal.message)
    value = found["value"].strip(" \"'") if found else ""
    names = [name for name, held in sent.items() if value and str(held) == value]
    return names if len(names) == 1 else []


# what comes of it -------------------------------------------------------------------------------


def why(refusal: Refusal, field: str) -> str:
    """Return why a field was not taken, and what to do about it, for people."""
    text = f"Salesforce refused the field {field}: {words(refusal)}"
    to_do = _TO_DO.get(refusal.code)
    return f"{text}. {to_do[0].upper()}{to_do[1:]}" if to_do else text


def words(refusal: Refusal) -> str:
    """Return a refusal in one line."""
    said = " ".join(refusal.message.split()).rstrip(".") or "it gave no reason"
    if len(said) > _MOST_WORDS:  # it quotes the value; how long that may be comes last
        said = f"{said[: _MOST_WORDS - 101]}…{said[-100:]}"
    return f"{said} ({refusal.code})" if refusal.code else said


def outcome(refusals: Sequence[Refusal], doing: str, status: int = 0) -> Outcome:
    """Return what a refused write of one record means. `doing` says what was asked, for people."""
    first = _weightiest(refusals)
    text = f"Salesforce refused to {doing}: {'; '.join(words(r) for r in refusals) or f'status {status}'}"
    if status in {409, 412}:
        return Stale(f"{doing}: it changed after we saw it")
    if is_locked(refusals) or first.code in _BUSY:
        return Retryable(_advised(text, first))
    if taken_by(refusals):
        return Unanswered(f"{doing}: it is there already, as {taken_by(refusals)}")
    code = _code(first, status)
    if code == "gone":
        return Refused(f"{text}. It was deleted or merged, or our user may not see it", "gone")
    return Refused(_advised(text, first, _PERMISSIONS if code == "forbidden" else ""), code)


def _weightiest(refusals: Sequence[Refusal]) -> Refusal:
    """Of several, the one that decides: what passes by itself comes last."""
    lasting = [r for r in refusals if r.code not in _BUSY]
    return next(iter([*lasting, *refusals]), Refusal())


def unnamed(status: int) -> tuple[Refusal, ...]:
    """Return a refusal for an answer that gave none."""
    return (Refusal("", f"it gave no reason (status {status})" if status else "it gave no reason"),)


def missing(refusals: Sequence[Refusal], doing: str) -> Outcome:
    """Return what it means that an object, or our key's field, is not there for us at all."""
    said = "; ".join(words(r) for r in refusals) or "nothing is there"
    return Refused(
        f"could not {doing}: {said}. Deploy the hub's package to this org and {_PERMISSIONS}", "forbidden"
    )


class RowResult(msgspec.Struct, frozen=True):
    """What a collection answers about one row."""

    success: bool = False
    id: str | None = None
    created: bool | None = None
    errors: list[dict[str, object]] = []


def code_of(refusal: Refusal) -> Code:
    """Return the code for a record of which no field was taken, by the first complaint."""
    return _CODES.get(refusal.code, "forbidden" if refusal.code in _FORBIDDEN else "invalid")


def _code(refusal: Refusal, status: int) -> Code:
    if refusal.code in _GONE:
        return "gone"
    by_status = _BY_STATUS.get(status, "invalid")
    return by_status if by_status == "too_large" or not refusal.code else code_of(refusal)


def _advised(text: str, refusal: Refusal, instead: str = "") -> str:
    to_do = _TO_DO.get(refusal.code) or instead
    return f"{text}. {to_do[0].upper()}{to_do[1:]}" if to_do else text
