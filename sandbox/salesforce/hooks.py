"""What the org does by itself when records of certain objects are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from sandbox.salesforce import people, rights
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.org import Row

Values = dict[str, Any]
_ASIDE = {"Case": ("Comments",), "ContentVersion": ()}
_KINDS = {
    "png": "PNG", "jpg": "JPG", "jpeg": "JPG", "gif": "GIF", "pdf": "PDF", "txt": "TEXT", "log": "UNKNOWN",
    "csv": "CSV", "json": "UNKNOWN", "zip": "ZIP", "html": "HTML", "xlsx": "EXCEL_X", "docx": "WORD_X",
    "mp4": "MP4",
}  # fmt: skip


def before_create(tx: Transaction, name: str, values: Values) -> None:
    """Fill in what the org fills in, before the rules look."""
    if name in _BEFORE_CREATE:
        _BEFORE_CREATE[name](tx, values)


def after_create(tx: Transaction, name: str, row: Row, aside: Values) -> None:
    """Do what follows from a new record."""
    if name in _AFTER_CREATE:
        _AFTER_CREATE[name](tx, row)
    _comment(tx, name, row, aside)


def before_update(tx: Transaction, name: str, row: Row, values: Values) -> None:
    """Fill in what a change brings along."""
    if name in _BEFORE_UPDATE:
        _BEFORE_UPDATE[name](tx, row, values)


def after_update(tx: Transaction, name: str, row: Row, aside: Values) -> None:
    """Do what follows from a change."""
    _comment(tx, name, row, aside)


def before_delete(tx: Transaction, name: str, row: Row) -> None:
    """Do what a deletion brings along."""
    if name in ("FieldPermissions", "PermissionSetAssignment"):
        rights.withdrawn(tx, name, row)


def taken_aside(name: str, values: Values) -> Values:
    """Take out of the values what the record itself does not keep."""
    return {it: values.pop(it) for it in _ASIDE.get(name, ()) if it in values}


def _comment(tx: Transaction, name: str, row: Row, aside: Values) -> None:
    """`Comments` of a Case is written into a comment of its own."""
    if name == "Case" and aside.get("Comments"):
        tx.insert("CaseComment", {"ParentId": row["Id"], "CommentBody": aside["Comments"]})


def _new_case(tx: Transaction, values: Values) -> None:
    org = tx.org
    if values.get("AccountId") is None and (contact := org.row("Contact", values.get("ContactId"))):
        values["AccountId"] = contact.get("AccountId")
    queue = people.queue(org, "Support")
    if tx.options.assign and tx.context.settings["assignment_rule"] and queue:
        values["OwnerId"] = queue
    if values.get("Status") in org.closed_statuses:
        values["ClosedDate"] = org.stamp()


def _changed_case(tx: Transaction, row: Row, values: Values) -> None:
    org = tx.org
    queue = people.queue(org, "Support")
    if tx.options.assign_updates and tx.context.settings["assignment_rule"] and queue:
        values["OwnerId"] = queue
    if "Status" not in values:
        return
    if values["Status"] is None:
        values["Status"] = row.get("Status")
    was, now = row.get("Status") in org.closed_statuses, values["Status"] in org.closed_statuses
    if was != now:
        values["ClosedDate"] = org.stamp() if now else None


def _new_opportunity(_: Transaction, values: Values) -> None:
    values.setdefault("ForecastCategoryName", "Pipeline")


def _new_version(tx: Transaction, values: Values) -> None:
    """A version without a document begins one; its size, kind and checksum are the org's to find."""
    data = values.get("VersionData")
    path = values.get("PathOnClient") or values.get("Title")
    if data is None or not path:
        missing = [it for it in ("VersionData", "PathOnClient") if not values.get(it)]
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise Refusal("REQUIRED_FIELD_MISSING", message, missing)
    name = PurePosixPath(path.replace("\\", "/"))
    ending = name.suffix.removeprefix(".").lower()
    values.setdefault("PathOnClient", str(path))
    if not values.get("Title"):
        values["Title"] = name.stem
    values |= {
        "ContentSize": len(data), "Checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "FileExtension": ending or None, "FileType": _KINDS.get(ending, "UNKNOWN"),
        "ContentModifiedDate": tx.org.stamp(),
    }  # fmt: skip
    versions = tx.org.find("ContentVersion", "ContentDocumentId", values.get("ContentDocumentId"))
    values["VersionNumber"] = str(1 + (len(versions) if values.get("ContentDocumentId") else 0))


def _version_made(tx: Transaction, row: Row) -> None:
    shown = {name: row.get(name) for name in ("Title", "FileType", "FileExtension", "ContentSize")}
    document = tx.org.row("ContentDocument", row.get("ContentDocumentId"))
    latest = {**shown, "LatestPublishedVersionId": row["Id"]}
    if document is not None:
        tx.update("ContentDocument", document, latest)
        return
    document = tx.insert("ContentDocument", latest)
    row["ContentDocumentId"] = document["Id"]
    tx.org.put("ContentVersion", row)
    _link(tx, document["Id"], tx.user, "I")
    if row.get("FirstPublishLocationId"):
        _link(tx, document["Id"], row["FirstPublishLocationId"], "V")


def _link(tx: Transaction, document: str, holder: str, share: str) -> None:
    tx.insert(
        "ContentDocumentLink",
        {"ContentDocumentId": document, "LinkedEntityId": holder, "ShareType": share,
         "Visibility": "AllUsers"},
    )  # fmt: skip


def _new_link(tx: Transaction, values: Values) -> None:
    values["ShareType"] = values.get("ShareType") or "V"
    values["Visibility"] = values.get("Visibility") or "AllUsers"
    held = tx.org.find("ContentDocumentLink", "ContentDocumentId", values.get("ContentDocumentId"))
    if any(it.get("LinkedEntityId") == values.get("LinkedEntityId") for it in held):
        message = "Document with ID: {} is already linked with the entity with ID: {}".format(
            values["ContentDocumentId"][:15], values["LinkedEntityId"][:15]
        )
        raise Refusal("DUPLICATE_VALUE", message, [])


def _new_email(tx: Transaction, values: Values) -> None:
    if values.get("MessageDate") is None:
        values["MessageDate"] = tx.org.stamp()
    if values.get("RelatedToId") is None:
        values["RelatedToId"] = values.get("ParentId")


def _new_post(tx: Transaction, values: Values) -> None:
    values["Type"] = values.get("Type") or "TextPost"
    if values["Type"] == "TextPost" and not values.get("Body"):
        raise Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [Body]", ["Body"])
    values["InsertedById"] = tx.user
    # What staff posts on a Case by API stays inside unless it says otherwise.
    values["Visibility"] = values.get("Visibility") or "InternalUsers"


_BEFORE_CREATE: dict[str, Callable[[Transaction, Values], None]] = {
    "Case": _new_case,
    "ContentVersion": _new_version,
    "ContentDocumentLink": _new_link,
    "EmailMessage": _new_email,
    "FeedItem": _new_post,
    "FieldPermissions": rights.before_grant,
    "PermissionSetAssignment": rights.before_assignment,
    "Opportunity": _new_opportunity,
}
_AFTER_CREATE: dict[str, Callable[[Transaction, Row], None]] = {"ContentVersion": _version_made}
_BEFORE_UPDATE: dict[str, Callable[[Transaction, Row, Values], None]] = {"Case": _changed_case}
