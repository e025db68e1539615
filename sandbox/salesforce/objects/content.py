"""Files: a document, its versions, and the records that show it."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.objects.defs import (
    FieldDef,
    ObjectDef,
    area,
    audit,
    deleted,
    flag,
    moment,
    picklist,
    record_id,
    ref,
    text,
    whole,
)

_FIXED: dict[str, Any] = {"createable": False, "updateable": False, "system": True}
_HOLDERS = ("Account", "Case", "Contact", "Opportunity", "Contract", "EmailMessage", "User")


def objects() -> list[ObjectDef]:
    """Return the objects of files."""
    return [_version(), _document(), _link()]


def _version() -> ObjectDef:
    made = ObjectDef("ContentVersion", "Content Version", "068", "Content Versions", undeletable=False)
    made.deletable = False
    made.add(
        record_id("Content Version"),
        ref(
            "ContentDocumentId", "ContentDocument", children="ContentVersions", updateable=False,
            cascade=True, nillable=False, defaulted=True, system=True,
        ),
        flag("IsLatest", **_FIXED),
        text("VersionNumber", 20, **_FIXED),
        text("Title", 255, nillable=False, defaulted=True, name_field=True, system=True),
        area("Description", 1000, system=True),
        area("ReasonForChange", 1000, system=True),
        text("PathOnClient", 500, updateable=False, system=True),
        flag("IsDeleted", **_FIXED),
        *audit(),
        text("FileType", 20, nillable=False, **_FIXED),
        whole("ContentSize", label="Size", **_FIXED),
        text("FileExtension", 40, **_FIXED),
        text("Checksum", 50, **_FIXED),
        FieldDef("VersionData", "base64", "Version Data", updateable=True, system=True),
        picklist(
            "Origin", ("C", "H"), label="Content Origin", default="C", updateable=False, restricted=True
        ),
        ref("OwnerId", "User", nillable=False, defaulted=True, system=True),
        moment("ContentModifiedDate", updateable=False, system=True),
        ref("FirstPublishLocationId", *_HOLDERS, updateable=False, system=True),
    )  # fmt: skip
    return made


def _document() -> ObjectDef:
    made = ObjectDef("ContentDocument", "Content Document", "069", "Content Documents")
    made.createable = False
    made.add(
        record_id("ContentDocument"),
        ref("OwnerId", "User", nillable=False, defaulted=True, createable=False, system=True),
        text("Title", 255, nillable=False, createable=False, name_field=True, system=True),
        text("FileType", 20, **_FIXED),
        text("FileExtension", 40, **_FIXED),
        whole("ContentSize", label="Size", **_FIXED),
        ref("LatestPublishedVersionId", "ContentVersion", **_FIXED),
        ref("ParentId", "Account", relationship="Parent", **_FIXED),
        flag("IsArchived", createable=False, system=True),
        deleted(),
        *audit(),
    )
    return made


def _link() -> ObjectDef:
    made = ObjectDef("ContentDocumentLink", "Content Document Link", "06A", "Content Document Links")
    made.searchable = made.layoutable = made.undeletable = False
    made.requires_filter = ("ContentDocumentId", "LinkedEntityId")
    made.add(
        record_id("ContentDocumentLink"),
        ref(
            "LinkedEntityId", *_HOLDERS, children="ContentDocumentLinks", nillable=False, updateable=False,
            cascade=True, system=True,
        ),
        ref(
            "ContentDocumentId", "ContentDocument", children="ContentDocumentLinks", nillable=False,
            updateable=False, cascade=True, system=True,
        ),
        deleted(),
        moment("SystemModstamp", nillable=False, **_FIXED),
        picklist("ShareType", ("V", "C", "I"), restricted=True, nillable=True, system=True),
        picklist("Visibility", ("AllUsers", "InternalUsers", "SharedUsers"), restricted=True, system=True),
    )  # fmt: skip
    return made
