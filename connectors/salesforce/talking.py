"""Comments on Cases, two hundred in one call: added, changed and taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from connectors.http import InDoubt, NotDone
from connectors.salesforce import speech
from connectors.salesforce.collections import Collections
from connectors.salesforce.payload import case_comment
from connectors.salesforce.rows import Row, Taken
from connectors.salesforce.uploads import Uploads
from hub.errors import HubError
from hub.model import Person
from hub.operations import AddComment, Done, EditComment, Outcome, Refused, RemoveComment
from hub.replica import RemoteComment

COMMENT = "CaseComment"
_PREFIX = "00a"
_POSTS = "the hub changes and takes back only comments of its own; this is a post or a mail"


class Talker:
    """Writes comments, with their files."""

    def __init__(self, collections: Collections, uploads: Uploads, me: Callable[[], str]) -> None:
        self._collections = collections
        self._uploads = uploads
        self._me = me

    # --- adding ----------------------------------------------------------------------------------

    def add(self, numbered: Sequence[tuple[int, AddComment]]) -> Iterator[tuple[int, Outcome]]:
        """Add comments, each with our mark on its last line, and their files."""
        asked: dict[int, tuple[AddComment, speech.Said]] = {}
        rows: list[Row] = []
        for index, operation in numbered:
            said = speech.body_of(operation.body, operation.key, _whole_text_of(operation.key))
            asked[index] = operation, said
            rows.append(_new(index, operation, said.text))
        for row, came in self._collections.insert(rows):
            operation, said = asked[row.index]
            if isinstance(came, Taken):
                yield row.index, self._added(operation, said, came.id)
            else:
                yield row.index, came

    def _added(self, operation: AddComment, said: speech.Said, comment: str) -> Outcome:
        shown = self._shown(comment, said.text, public=operation.public, at=operation.created_at)
        done = Done(
            remote_id=operation.remote_id, comment=shown, cut={"comment": said.lost} if said.lost else {}
        )
        return self._with_files(done, operation, said)

    def _with_files(self, done: Done, operation: AddComment, said: speech.Said) -> Done:
        """Add a comment's files. It stands by now: whatever becomes of them must not ask for it again."""
        hashes, refused = dict(done.attachments), dict(done.refused)
        for attachment in operation.attachments:
            came = _surely(lambda it=attachment: self._uploads.copy(operation.remote_id, it))
            if isinstance(came, Done):
                hashes |= came.attachments
            else:
                refused[f"attachment:{attachment.id}"] = came.reason
        if said.lost:
            refused |= self._whole_text(operation.remote_id, operation, public=operation.public)
        return replace(done, attachments=hashes, refused=refused)

    def _whole_text(
        self, case_id: str, operation: AddComment | EditComment, *, public: bool
    ) -> dict[str, str]:
        name = _file_of(operation.key)
        came = _surely(lambda: self._uploads.text(case_id, name, operation.body, public=public))
        return {} if isinstance(came, Done) else {f"attachment:{name}": came.reason}

    # --- changing --------------------------------------------------------------------------------

    def edit(self, numbered: Sequence[tuple[int, EditComment]]) -> Iterator[tuple[int, Outcome]]:
        """Replace comments' bodies."""
        asked: dict[int, tuple[EditComment, speech.Said]] = {}
        rows: list[Row] = []
        for index, operation in numbered:
            if not operation.comment.startswith(_PREFIX):
                yield index, Refused(f"could not change {operation.comment}: {_POSTS}")
                continue
            said = speech.body_of(operation.body, operation.key, _whole_text_of(operation.key))
            asked[index] = operation, said
            audience = {} if operation.public is None else {"IsPublished": operation.public}
            rows.append(_change(index, operation, CommentBody=said.text, **audience))
        for row, came in self._collections.update(rows):
            operation, said = asked[row.index]
            if not isinstance(came, Taken):
                yield row.index, _advised(came)
                continue
            refused = self._whole_text(operation.remote_id, operation, public=False) if said.lost else {}
            yield (
                row.index,
                Done(
                    remote_id=operation.remote_id,
                    comment=self._shown(operation.comment, said.text, public=False, at=""),
                    refused=refused,
                    cut={"comment": said.lost} if said.lost else {},
                ),
            )

    # --- taking back -----------------------------------------------------------------------------

    def remove(self, numbered: Sequence[tuple[int, RemoveComment]]) -> Iterator[tuple[int, Outcome]]:
        """Delete comments; hide from customers what may not be deleted."""
        asked = dict(numbered)
        strange = [index for index, it in numbered if not it.comment.startswith(_PREFIX)]
        for index in strange:
            yield index, Refused(f"could not take {asked[index].comment} back: {_POSTS}")
        rows = [
            Row(index, COMMENT, f"delete comment {it.comment}", str(it.comment), group=str(it.remote_id))
            for index, it in numbered
            if index not in strange
        ]
        kept: list[Row] = []
        for row, came in self._collections.delete(rows):
            if isinstance(came, Taken) or (isinstance(came, Refused) and came.code == "gone"):
                yield row.index, Done(remote_id=asked[row.index].remote_id)
            elif isinstance(came, Refused):
                kept.append(_change(row.index, asked[row.index], IsPublished=False))
            else:
                yield row.index, came
        for row, came in self._collections.update(kept):
            yield row.index, self._hidden(asked[row.index], came)

    def _hidden(self, operation: RemoveComment, came: Taken | Outcome) -> Outcome:
        return Done(remote_id=operation.remote_id) if isinstance(came, Taken) else _advised(came)

    def _shown(self, comment: str, body: str, *, public: bool, at: str) -> RemoteComment:
        """Return a comment of ours as a look at it would show it."""
        record: dict[str, Any] = {
            "Id": comment, "CommentBody": body, "IsPublished": public, "CreatedById": self._me(),
        }  # fmt: skip
        return replace(case_comment(record, self._me()), author=Person(), created_at=at)


def _new(index: int, operation: AddComment, body: str) -> Row:
    case_id = str(operation.remote_id)
    return Row(
        index,
        COMMENT,
        f"comment on Case {case_id}",
        always={"ParentId": case_id, "CommentBody": body, "IsPublished": operation.public},
        group=case_id,
    )


def _change(index: int, operation: EditComment | RemoveComment, **always: Any) -> Row:
    return Row(
        index,
        COMMENT,
        f"change comment {operation.comment}",
        str(operation.comment),
        always=always,
        group=str(operation.remote_id),
    )


def _advised(came: Outcome) -> Outcome:
    """Add what Salesforce does not say: which right it takes to change a comment."""
    if isinstance(came, Refused) and came.code == "forbidden":
        return Refused(f"{came.reason}. To change or delete comments takes Modify All Data", came.code)
    return came


def _file_of(key: str) -> str:
    return f"comment-{hashlib.sha256(key.encode()).hexdigest()[:8]}-full-text.md"


def _whole_text_of(key: str) -> str:
    return f"the attached file {_file_of(key)}"


def _surely(copy: Callable[[], Outcome]) -> Outcome:
    """Return what came of copying a file, whatever happened: the comment that it belongs to stands."""
    try:
        return copy()
    except (NotDone, InDoubt, HubError) as error:
        return Refused(str(error))
