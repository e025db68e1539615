"""
What stands beside Cases, read in bulk: comments, feed posts, mails and the links to files.

An object that our user may not read is left out from then on, and said to be so; what was read without
it is then not called complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from connectors.salesforce import payload, soql
from connectors.salesforce.client import Answer, QueryPage, Record, SalesforceClient
from connectors.salesforce.columns import Fixed
from connectors.salesforce.keyset import Keyset, Spot
from connectors.salesforce.payload import Beside
from connectors.salesforce.refusals import QueryRefused

_BY = ("CreatedById", "CreatedBy.Name", "CreatedBy.Email", "CreatedDate")
_DRAFT = "5"
_FILE = "ContentDocument.LatestPublishedVersion"
MOST_CASES = 1000
"""Cases whose surroundings are asked for in one call."""
_MOST_POSTS = 1000
"""Of one query, for users who may not view all data."""


class Stream:
    """Records of one object that belong to Cases. `where` narrows them; `parent` names the Case."""

    def __init__(
        self, chosen: Fixed, *, parent: str = "ParentId", where: str = "", limit: int = 0
    ) -> None:
        self.chosen = chosen
        self.parent = parent
        self.where = where
        self.limit = limit

    @property
    def sobject(self) -> str:
        """The object's name."""
        return self.chosen.sobject

    def keyset(self, client: SalesforceClient, where: str = "", *, all_rows: bool) -> Keyset:
        """Return the read of those that `where` says."""
        narrowed = soql.all_of(self.where, where)
        return Keyset(client, self.chosen, where=narrowed, all_rows=all_rows, limit=self.limit)


def comments() -> Stream:
    """CaseComments."""
    names = ("Id", "ParentId", "CommentBody", "IsPublished", *_BY, "SystemModstamp", "IsDeleted")
    return Stream(Fixed("CaseComment", names, ("ParentId", "CommentBody", "IsPublished")))


def posts() -> Stream:
    """Text posts on a feed, of whichever record."""
    names = ("Id", "ParentId", "Body", "IsRichText", "Visibility", *_BY, "SystemModstamp", "IsDeleted")
    chosen = Fixed("FeedItem", names, ("ParentId", "Body", "Visibility"))
    return Stream(chosen, where="Type = 'TextPost'", limit=_MOST_POSTS)


def mails() -> Stream:
    """Mails, drafts included: they are left out where they are read."""
    names = (
        "Id", "ParentId", "FromAddress", "FromName", "TextBody", "HtmlBody", "Incoming", "Status",
        "MessageDate", "HasAttachment", *_BY, "SystemModstamp", "IsDeleted",
    )  # fmt: skip
    return Stream(Fixed("EmailMessage", names, ("ParentId", "TextBody", "Status")))


def links() -> Stream:
    """Which files are shown on which records."""
    names = (
        "Id", "LinkedEntityId", "Visibility", "SystemModstamp", "ContentDocument.LatestPublishedVersionId",
        f"{_FILE}.Title", f"{_FILE}.PathOnClient", f"{_FILE}.FileExtension", f"{_FILE}.ContentSize",
        f"{_FILE}.CreatedById", f"{_FILE}.Description",
    )  # fmt: skip
    essential = ("LinkedEntityId", "ContentDocument.LatestPublishedVersionId")
    return Stream(Fixed("ContentDocumentLink", names, essential), parent="LinkedEntityId")


class Surroundings:
    """Reads what stands beside Cases. `missing`: objects that our user may not read, and what was said."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self.comments, self.posts, self.mails, self.links = comments(), posts(), mails(), links()
        self.missing: dict[str, str] = {}
        self.never_there: frozenset[str] = frozenset()
        """Objects that were missing when everything was first read: without them we miss nothing."""

    def of(self, case_ids: Sequence[str]) -> Mapping[str, Beside]:
        """Return everything that is said on these Cases, and every file on them."""
        found = {case_id: Beside() for case_id in case_ids}
        for part in soql.chunks(list(found), MOST_CASES):
            self._read(part, found)
        lost = self.missing.keys() - self.never_there
        said = (self.comments, self.posts, self.mails)
        for beside in found.values():
            beside.comments_complete = not any(stream.sobject in lost for stream in said)
            beside.attachments_complete = self.links.sobject not in lost
            beside.comments.sort(key=lambda comment: (comment.created_at, comment.id))
            beside.attachments.sort(key=lambda file: file.id)
        return found

    def _read(self, part: Sequence[str], found: Mapping[str, Beside]) -> None:
        every = (self.comments, self.posts, self.mails, self.links)
        streams = [stream for stream in every if stream.sobject not in self.missing]
        if not streams:
            return
        reads = [
            stream.keyset(self._client, f"{stream.parent} IN {soql.ids(part)}", all_rows=False)
            for stream in streams
        ]
        answers = self._client.composite([read.address(Spot("")) for read in reads])
        mailed: dict[str, Beside] = {}
        for stream, read, answer in zip(streams, reads, answers, strict=True):
            for row in self._rows(stream, read, answer):
                beside = found.get(str(row.get(stream.parent) or ""))
                if beside is not None:
                    self._add(stream, row, beside)
                    if row.get("HasAttachment"):
                        mailed[str(row["Id"])] = beside
        if mailed and self.links.sobject not in self.missing:
            self._read_mailed(mailed)

    def _rows(self, stream: Stream, read: Keyset, answer: Answer) -> Iterator[Record]:
        try:
            first = self.first_of(read, answer)
            for page in read.rows(Spot(""), first=first):
                yield from page
        except QueryRefused as refused:
            self.miss(stream, refused)

    def first_of(self, read: Keyset, answer: Answer) -> QueryPage | None:
        """Return the first page that an answer holds; None if the read must begin on its own."""
        if answer.http_status_code == HTTPStatus.OK:
            return self._client.page_of(answer)
        error = self._client.refused(answer)
        if isinstance(error, QueryRefused) and (error.code == "QUERY_TIMEOUT" or read.lose(error)):
            return None
        raise error

    def miss(self, stream: Stream, refused: QueryRefused) -> None:
        """Go on without an object that is not there for us; raises what will pass by itself."""
        if refused.code in {"QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR"}:
            raise refused
        self.missing[stream.sobject] = str(refused)

    def _add(self, stream: Stream, row: Record, beside: Beside) -> None:
        if stream is self.comments:
            ours = payload.marker_of(str(row.get("CommentBody") or ""))[1] is not None
            beside.comments.append(payload.case_comment(row, self._client.me() if ours else ""))
        elif stream is self.posts:
            beside.comments.append(payload.feed_item(row))
        elif stream is self.mails:
            if row.get("Status") != _DRAFT:
                beside.comments.append(payload.email_message(row))
        else:
            file = payload.attachment(row, self._client.me())
            beside.attachments += [] if file is None else [file]

    def _read_mailed(self, mails: Mapping[str, Beside]) -> None:
        """Read the files that came with mails: they hang on the mail, not on its Case."""
        for part in soql.chunks(list(mails), MOST_CASES):
            where = f"{self.links.parent} IN {soql.ids(part)}"
            for page in self.links.keyset(self._client, where, all_rows=False).rows(Spot("")):
                for row in page:
                    mail = str(row.get(self.links.parent))
                    beside = mails[mail]
                    file = payload.attachment(row, self._client.me(), mail)
                    if file is not None:
                        kept = [one for one in beside.attachments if one.id != file.id]
                        beside.attachments = [*kept, file]
