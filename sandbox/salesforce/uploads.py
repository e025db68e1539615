"""Files in and out: multipart inserts, and the bytes of a version."""

from __future__ import annotations

import msgspec

from sandbox.salesforce import errors
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json
from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.org import Row
from sandbox.salesforce.wire import Answer
from sandbox.web import BadForm

_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
          "pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv"}  # fmt: skip


def is_multipart(call: Call) -> bool:
    """Whether the body is a form of parts."""
    return call.header("content-type").lower().startswith("multipart/form-data")


def entity(call: Call) -> Json:
    """
    Return a record of a multipart body: one part of JSON, the others each a file field.

    The JSON part may have any name (`entity_content`, `entity_document`); a file's part is named
    after its field.
    """
    try:
        parts = call.request.parts()
    except BadForm as bad:
        raise errors.unreadable(f"Multipart message: {bad}") from bad
    body: Json = {}
    for part in parts:
        said = part.filename is None and part.content_type.startswith("application/json")
        if said or part.name.startswith("entity"):
            body |= _json(part.body)
        else:
            body[part.name] = part.body
    return body


def _json(raw: bytes) -> Json:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise errors.unreadable(f"Multipart message: {bad}") from bad
    if not isinstance(found, dict):
        raise errors.unreadable("Multipart message: the entity part is not an object")
    return found


def content(call: Call, definition: ObjectDef, row: Row, field: FieldDef) -> Answer:
    """Return a file field's bytes."""
    if not call.context.org.can_read(call.user, definition.name, field.name):
        raise errors.not_found()
    data = row.get(field.name)
    if data is None:
        raise errors.not_found()
    ending = str(row.get("FileExtension") or "")
    return Answer(200, raw=(_TYPES.get(ending, "application/octetstream"), bytes(data)))
