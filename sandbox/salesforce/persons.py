"""What people do in the org's own pages, for tests and the demo: by their e-mail address."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce import merging, people, records
from sandbox.salesforce.changes import Options, Transaction
from sandbox.salesforce.context import Context, Late
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.org import Row

Done = dict[str, Any]
_REP = "dana@sales.example"
_LINES = ("\r\n", "\n")


class _Person:
    """A user at the screen: one action, one transaction, in the user's own name."""

    def __init__(self, context: Context, by: str | None) -> None:
        self.context = context
        user = people.by_email(context.org, by or _REP)
        self.tx = Transaction(context, user.id, Options(assign=False, allow_duplicates=True))

    def definition(self, name: str) -> ObjectDef:
        """Return an object. Raises LookupError."""
        found = self.context.org.object(name)
        if found is None:
            raise LookupError(f"the org has no object {name!r}")
        return found

    def record(self, key: str, *, deleted: bool = False) -> tuple[ObjectDef, Row]:
        """Return a record by its id, or a Case by its number. Raises LookupError."""
        org = self.context.org
        definition = org.object_of(key)
        row = org.row(definition.name, key) if definition else None
        if row is None and (found := org.find("Case", "CaseNumber", key, include_deleted=deleted)):
            definition, row = org.object("Case"), found[0]
        if definition is None or row is None or bool(row.get("IsDeleted")) != deleted:
            raise LookupError(f"no {'deleted ' if deleted else ''}record {key!r} in the org")
        return definition, row


def act(context: Context, action: str, params: Mapping[str, Any]) -> Done:
    """Do one of `ACTIONS`. Raises LookupError and ValueError."""
    if action not in ACTIONS:
        raise ValueError(f"no action {action!r}; there are {', '.join(ACTIONS)}")
    given = dict(params)
    person = _Person(context, given.pop("by", None))
    try:
        done = ACTIONS[action](person, **given)
    except TypeError as bad:
        raise ValueError(f"{action}: {bad}") from bad
    except Refusal as refused:
        person.tx.undo()
        raise ValueError(f"{action}: {refused}") from refused
    _commit(context, person.tx)
    return done


def _commit(context: Context, tx: Transaction) -> None:
    """Let an action stand; with `commit_lag`, others see it only that much after its stamp."""
    lag = context.settings["commit_lag"]
    if not lag:
        tx.commit()
        return
    images = tx.images()
    after = [(name, key, row) for name, key, _, row in images]
    late = Late(context.clock.now() + lag, context.org.stamp(), after, tx.release())
    context.withhold(late, [(name, key, before) for name, key, before, _ in images])


def _typed(value: Any) -> Any:
    """Return text as a browser's form sends it: lines end with CR LF."""
    if isinstance(value, str) and "\n" in value:
        return value.replace(*_LINES).replace("\n", "\r\n")
    return value


def create(person: _Person, object: str = "Case", **fields: Any) -> Done:  # noqa: A002
    """Make a record; of a Case the owner is whoever makes it, unless one is given."""
    given = {name: _typed(value) for name, value in fields.items()}
    row = records.create(person.tx, person.definition(object), given)
    return {"id": row["Id"], "number": row.get("CaseNumber")}


def set_fields(person: _Person, record: str, **fields: Any) -> Done:
    """Edit fields of a record."""
    definition, row = person.record(record)
    given = {name: _typed(value) for name, value in fields.items()}
    records.update(person.tx, definition, row, given)
    return {"id": row["Id"]}


def comment(person: _Person, record: str, body: str, kind: str = "CaseComment", **more: Any) -> Done:
    """Say something on a Case: a CaseComment (`public`), a FeedItem, or an EmailMessage."""
    _, row = person.record(record)
    public = bool(more.pop("public", False))
    text = _typed(body)
    given: dict[str, Any]
    if kind == "CaseComment":
        given = {"ParentId": row["Id"], "CommentBody": text, "IsPublished": public}
    elif kind == "FeedItem":
        seen = "AllUsers" if public else "InternalUsers"
        given = {"ParentId": row["Id"], "Body": text, "Type": "TextPost", "Visibility": seen}
    elif kind == "EmailMessage":
        given = {"ParentId": row["Id"], "TextBody": text, "Status": "3", "Subject": row.get("Subject")}
    else:
        raise ValueError(f"a comment is a CaseComment, FeedItem or EmailMessage; not {kind!r}")
    made = records.create(person.tx, person.definition(kind), {**given, **more})
    return {"id": made["Id"]}


def edit_comment(person: _Person, comment: str, body: str | None = None, public: bool | None = None) -> Done:
    """Change what was said, or who sees it."""
    definition, row = person.record(comment)
    field = {"CaseComment": "CommentBody", "FeedItem": "Body", "EmailMessage": "TextBody"}[definition.name]
    given: dict[str, Any] = {} if body is None else {field: _typed(body)}
    if public is not None and definition.name == "CaseComment":
        given["IsPublished"] = public
    elif public is not None and definition.name == "FeedItem":
        given["Visibility"] = "AllUsers" if public else "InternalUsers"
    records.update(person.tx, definition, row, given)
    return {"id": row["Id"]}


def attach(person: _Person, record: str, name: str, content: bytes | str) -> Done:
    """Upload a file to a record; `content` as bytes, or in base64."""
    _, row = person.record(record)
    raw = base64.b64decode(content) if isinstance(content, str) else content
    given = {"PathOnClient": name, "Title": name.rpartition(".")[0] or name, "VersionData": raw,
             "FirstPublishLocationId": row["Id"]}  # fmt: skip
    made = records.create(person.tx, person.definition("ContentVersion"), given)
    return {"id": made["Id"], "document": made["ContentDocumentId"]}


def close(person: _Person, record: str) -> Done:
    """Close a Case."""
    return set_fields(person, record, Status="Closed")


def delete(person: _Person, record: str) -> Done:
    """Put a record into the recycle bin."""
    definition, row = person.record(record)
    records.delete(person.tx, definition, row)
    return {"id": row["Id"]}


def undelete(person: _Person, record: str) -> Done:
    """Take a record out of the recycle bin."""
    definition, row = person.record(record, deleted=True)
    records.undelete(person.tx, definition, row)
    return {"id": row["Id"]}


def empty_bin(person: _Person) -> Done:
    """Forget for good whatever is in the recycle bin."""
    gone = 0
    for definition in list(person.context.org.objects.values()):
        rows = person.context.org.rows[definition.name]
        for row in [it for it in rows.values() if it.get("IsDeleted")]:
            person.tx.erase(definition.name, row)
            gone += 1
    return {"gone": gone}


def merge(person: _Person, into: str, others: list[str]) -> Done:
    """Merge records of one object; the others go, and name the one that is left."""
    definition, master = person.record(into)
    losers = [person.record(key)[1] for key in ([others] if isinstance(others, str) else others)]
    merging.merge(person.tx, definition, master, losers)
    return {"id": master["Id"]}


def reparent(person: _Person, record: str, parent: str) -> Done:
    """Move a Contact, a Case or an Account under another Account."""
    definition, row = person.record(record)
    field = "ParentId" if definition.name == "Account" else "AccountId"
    records.update(person.tx, definition, row, {field: parent})
    return {"id": row["Id"]}


def permit(person: _Person, user: str, object: str, field: str, access: str) -> Done:  # noqa: A002
    """Set what a user may do with a field: `none`, `read` or `edit`."""
    definition = person.definition(object)
    known = definition.field(field)
    if known is None:
        raise LookupError(f"{object} has no field {field!r}")
    key = people.by_email(person.context.org, user).id
    if access == "none":
        person.context.org.access(key).revoke(definition.name, known.name)
    elif access in ("read", "edit"):
        person.context.org.grant(key, definition.name, known.name, edit=access == "edit")
    else:
        raise ValueError(f"access is none, read or edit; not {access!r}")
    return {"field": f"{definition.name}.{known.name}"}


ACTIONS: Mapping[str, Callable[..., Done]] = {
    action.__name__: action
    for action in (
        create,
        set_fields,
        comment,
        edit_comment,
        attach,
        close,
        delete,
        undelete,
        empty_bin,
        merge,
        reparent,
        permit,
    )
}
