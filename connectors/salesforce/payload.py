"""Salesforce's records as observations. Pure translation, tested on recorded answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from typing import Any

from connectors.salesforce.errors import KEY_FIELD
from connectors.salesforce.fields import Change, changes, instant, lines, names_person
from connectors.salesforce.shapes import FieldShape
from hub.model import SALESFORCE, AttachmentId, CommentId, Json, Person, RemoteId, TicketId
from hub.replica import Gone, Observation, RemoteAttachment, RemoteComment

Record = Mapping[str, Any]
CASE_PARENTS = ("Contact.Name", "Contact.Email", "Owner.Name", "Owner.Email")
"""What a Case shows of records beside it."""
_USER, _QUEUE = "005", "00G"
_MARKER = re.compile(r"(?:\n|^)\s*\[hub:([^\]\s]{1,200})\]\s*$")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d|/tr)\b[^>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<\s*(style|script|head)\b.*?<\s*/\s*\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BLANK = re.compile(r"\n{3,}")


class Spelling:
    """How an object's records are spelt as raw fields, worked out once for many."""

    def __init__(self, fields: Sequence[FieldShape]) -> None:
        self._changes: Mapping[str, Change] = changes(fields)
        self._people = {str(f.name): str(f.relationship_name) for f in fields if names_person(f)}
        self._names = {field.name for field in fields}
        self._beside = ["attributes", *(str(f.relationship_name) for f in fields if f.relationship_name)]

    def raw(self, record: Record) -> dict[str, Json]:
        """Return a record's raw fields; whatever else came along with it is left out."""
        raw = dict(record)
        for name in self._beside:
            _ = raw.pop(name, None)
        if not raw.keys() <= self._names:
            raw = {name: value for name, value in raw.items() if name in self._names}
        for name, change in self._changes.items():
            value = raw.get(name)
            if value is not None:
                raw[name] = change(value)
        for name, relation in self._people.items():
            if raw.get(name):
                raw[name] = person_raw(raw[name], record.get(relation))
        return raw


def person_raw(user_id: str, shown: Record | None) -> dict[str, Json]:
    """Return a user as raw fields show people."""
    who = shown or {}
    return {"id": user_id, "name": who.get("Name") or "", "email": address(who.get("Email"))}


def address(email: str | None) -> str | None:
    """Return an e-mail address as the hub compares them."""
    return email.strip().lower() or None if email else None


# -- cases -----------------------------------------------------------------------------------------


def case_raw(record: Record, spelling: Spelling) -> dict[str, Json]:
    """Return a Case's raw fields, with whom it is from and whose it is."""
    raw = spelling.raw(record)
    raw["requester"] = requester(record)
    owner = str(record.get("OwnerId") or "")
    shown: Record = record.get("Owner") or {}
    raw["owner"] = person_raw(owner, shown) if owner.startswith(_USER) else None
    raw["queue"] = shown.get("Name") if owner.startswith(_QUEUE) else None
    return raw


def requester(record: Record) -> dict[str, Json] | None:
    """Return the contact, or else who the Case itself says that it is from."""
    contact: Record = record.get("Contact") or {}
    if contact.get("Email") or contact.get("Name"):
        return {"email": address(contact.get("Email")), "name": contact.get("Name") or ""}
    email, name = address(record.get("SuppliedEmail")), record.get("SuppliedName") or ""
    return {"email": email, "name": name} if email or name else None


def gone(record: Record) -> Gone | None:
    """Return why a record that a query over all rows showed is not there any more, if so."""
    if not record.get("IsDeleted"):
        return None
    into = record.get("MasterRecordId")
    return Gone("merged", RemoteId(str(into))) if into else Gone("deleted")


def case_url(site: str, case_id: str) -> str:
    """Where people look at a Case."""
    return f"{site}/lightning/r/Case/{case_id}/view"


def observation(
    record: Record, spelling: Spelling, *, site: str, beside: Beside | None = None
) -> Observation:
    """Return a Case as an observation, with what was read beside it."""
    case_id = str(record["Id"])
    ended = gone(record)
    stamp = instant(str(record.get("SystemModstamp") or "")) if record.get("SystemModstamp") else ""
    key = record.get(KEY_FIELD)
    return Observation(
        system=SALESFORCE,
        remote_id=RemoteId(case_id),
        version=stamp,
        label=str(record.get("CaseNumber") or ""),
        url=case_url(site, case_id),
        key=TicketId(str(key)) if key else None,
        raw=case_raw(record, spelling) if ended is None else None,
        comments=tuple(beside.comments) if beside else (),
        comments_complete=beside.comments_complete if beside else False,
        comment_count=len(beside.comments) if beside and beside.comments_complete else None,
        attachments=tuple(beside.attachments) if beside else (),
        attachments_complete=beside.attachments_complete if beside else False,
        references=(),
        gone=ended,
        at=stamp,
    )


class Beside:
    """What is said on a Case and what hangs on it, as far as our user may read it."""

    def __init__(self) -> None:
        self.comments: list[RemoteComment] = []
        self.attachments: list[RemoteAttachment] = []
        self.comments_complete = True
        self.attachments_complete = True


# -- what is said ----------------------------------------------------------------------------------


def marker_of(body: str) -> tuple[str, CommentId | None]:
    """Return a comment's body without our mark on its last line, and the mark."""
    found = _MARKER.search(body)
    return (body[: found.start()].rstrip(), CommentId(found[1])) if found else (body, None)


def case_comment(record: Record, me: str) -> RemoteComment:
    """Return a CaseComment. A mark counts only on what our own user wrote: anybody can type one."""
    body = lines(str(record.get("CommentBody") or ""))
    shown, key = marker_of(body)
    ours = key is not None and record.get("CreatedById") == me
    return RemoteComment(
        id=RemoteId(str(record["Id"])),
        body=shown if ours else body,
        author=author(record),
        created_at=instant(str(record.get("CreatedDate") or "")),
        public=bool(record.get("IsPublished")),
        key=key if ours else None,
    )


def feed_item(record: Record) -> RemoteComment:
    """Return a post on a Case's feed."""
    body = lines(str(record.get("Body") or ""))
    rich = record.get("IsRichText") or (record.get("IsRichText") is None and _TAG.search(body))
    return RemoteComment(
        id=RemoteId(str(record["Id"])),
        body=plain(body) if rich else body,
        author=author(record),
        created_at=instant(str(record.get("CreatedDate") or "")),
        public=record.get("Visibility") == "AllUsers",
    )


def email_message(record: Record) -> RemoteComment:
    """Return a mail. Its customer wrote or received it: it is public."""
    text = lines(str(record.get("TextBody") or ""))
    sender = Person(
        "" if record.get("Incoming") else str(record.get("CreatedById") or ""),
        str(record.get("FromName") or record.get("FromAddress") or ""),
        address(record.get("FromAddress")),
    )
    return RemoteComment(
        id=RemoteId(str(record["Id"])),
        body=(text or plain(str(record.get("HtmlBody") or ""))).strip(),
        author=sender,
        created_at=instant(str(record.get("MessageDate") or record.get("CreatedDate") or "")),
        public=True,
    )


def author(record: Record) -> Person:
    """Return who made a record."""
    by: Record = record.get("CreatedBy") or {}
    return Person(str(record.get("CreatedById") or ""), str(by.get("Name") or ""), address(by.get("Email")))


def plain(html: str) -> str:
    """Return formatted text as plain text: lines stay lines, nothing else is kept."""
    text = _BREAK.sub("\n", _HIDDEN.sub("", html))
    lines = (" ".join(line.split()) for line in unescape(_TAG.sub("", text)).splitlines())
    return _BLANK.sub("\n\n", "\n".join(lines)).strip()


# -- what hangs on it ------------------------------------------------------------------------------


def attachment(link: Record, me: str, mail: str = "") -> RemoteAttachment | None:
    """
    Return a file that a link shows on a record; its id is the latest version's, which has the bytes.

    One on a `mail` is public as the mail is.
    """
    document: Record = link.get("ContentDocument") or {}
    version: Record = document.get("LatestPublishedVersion") or {}
    version_id = str(document.get("LatestPublishedVersionId") or "")
    if not version_id:
        return None
    title = str(version.get("Title") or document.get("Title") or "")
    kind = str(version.get("FileExtension") or document.get("FileExtension") or "")
    mark = _MARKER.search(str(version.get("Description") or ""))
    by_hub = bool(me) and version.get("CreatedById") == me
    suffix = f".{kind}" if kind and not title.lower().endswith(f".{kind.lower()}") else ""
    return RemoteAttachment(
        id=RemoteId(version_id),
        name=str(version.get("PathOnClient") or "") or f"{title}{suffix}",
        content_type=_CONTENT_TYPES.get(kind.lower(), "application/octet-stream"),
        size=int(version.get("ContentSize") or document.get("ContentSize") or 0),
        url="",
        public=bool(mail) or link.get("Visibility") == "AllUsers",
        comment=RemoteId(mail) if mail else None,
        key=AttachmentId(mark[1]) if mark and by_hub else None,
        by_hub=by_hub,
    )


_OFFICE = "application/vnd.openxmlformats-officedocument"
_CONTENT_TYPES = {
    "txt": "text/plain", "log": "text/plain", "csv": "text/csv", "html": "text/html", "md": "text/markdown",
    "json": "application/json", "har": "application/json", "xml": "application/xml", "pdf": "application/pdf",
    "zip": "application/zip", "gz": "application/gzip", "eml": "message/rfc822", "png": "image/png",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml",
    "webp": "image/webp", "mp4": "video/mp4", "mov": "video/quicktime", "doc": "application/msword",
    "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
    "docx": f"{_OFFICE}.wordprocessingml.document", "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
}  # fmt: skip


def ids_of(records: Iterable[Record], name: str = "Id") -> list[str]:
    """Return the ids that a field of these records holds, each once."""
    return list(dict.fromkeys(str(record[name]) for record in records if record.get(name)))
