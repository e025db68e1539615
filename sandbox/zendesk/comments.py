"""Comments and audits: reading a ticket's conversation, and taking back what was said."""

from __future__ import annotations

import re
from typing import Any

from sandbox.web import Response, Router
from sandbox.zendesk import changes, errors, render, text
from sandbox.zendesk.call import Call, ok
from sandbox.zendesk.paging import counted, listing
from sandbox.zendesk.records import Attachment, Audit, Comment, Event, Json, Ticket, User
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account, as_id, found

BLOCK = "▇"


def routes(router: Router) -> None:
    """Serve comments and audits."""
    _reading(router)
    _audits(router)
    _taking_back(router)


def _reading(router: Router) -> None:
    @router.route("GET", "/api/v2/tickets/{key}/comments")
    def _list(call: Call, key: str) -> Response:
        call.agents_only()
        rows = list(call.account.ticket(key).comments)
        sort = call.request.arg("sort") or call.request.arg("sort_order")
        if sort in ("desc", "-created_at"):
            rows.reverse()
        inline = call.request.arg("include_inline_images") == "true"

        def show(page: Any) -> Json:
            body: Json = {"comments": [render.listed_comment(it, call.base, inline=inline) for it in page]}
            if "users" in call.includes():
                keys = sorted({it.author_id for it in page})
                users = [call.account.users[one] for one in keys]
                body["users"] = [render.user(it, call.base) for it in users]
            return body

        return listing(call, rows, show, order="created_at,id", key=lambda it: (it.created, it.id))

    @router.route("GET", "/api/v2/tickets/{key}/comments/count")
    def _count(call: Call, key: str) -> Response:
        call.agents_only()
        return counted(len(call.account.ticket(key).comments), stamp(call.account.now()))


def _audits(router: Router) -> None:
    def page(call: Call, rows: list[Audit]) -> Response:
        return listing(
            call,
            rows,
            lambda part: {"audits": [render.audit(it, call.base) for it in part]},
            order="created_at,id",
            key=lambda it: (it.created, it.id),
        )

    @router.route("GET", "/api/v2/tickets/{key}/audits")
    def _list(call: Call, key: str) -> Response:
        call.agents_only()
        return page(call, call.account.ticket(key).audits)

    @router.route("GET", "/api/v2/tickets/{key}/audits/count")
    def _count(call: Call, key: str) -> Response:
        call.agents_only()
        return counted(len(call.account.ticket(key).audits), stamp(call.account.now()))

    @router.route("GET", "/api/v2/tickets/{key}/audits/{audit_id}")
    def _show(call: Call, key: str, audit_id: str) -> Response:
        call.agents_only()
        audit = found(call.account.audits, audit_id)
        if audit.ticket_id != call.account.ticket(key).id:
            raise errors.not_found()
        return ok({"audit": render.audit(audit, call.base)})

    @router.route("PUT", "/api/v2/tickets/{key}/audits/{audit_id}/make_private")
    def _private(call: Call, key: str, audit_id: str) -> Response:
        audit = found(call.account.audits, audit_id)
        ticket = call.account.ticket(key)
        for event in audit.events:
            if isinstance(event.value, Comment):
                make_private(call.account, ticket, event.value, call.agent)
        return ok({})

    @router.route("GET", "/api/v2/ticket_audits")
    def _all(call: Call) -> Response:
        call.admins_only()
        account = call.account
        rows = [account.audits[key] for _, key in account.ordered_log()]
        gone = {it.id for it in account.tickets.values() if it.archived or it.deleted}
        rows = [row for row in rows if row.ticket_id not in gone]
        return page(call, rows)


def _taking_back(router: Router) -> None:
    @router.route("PUT", "/api/v2/tickets/{key}/comments/{comment_id}/make_private")
    def _private(call: Call, key: str, comment_id: str) -> Response:
        ticket, comment = comment_of(call.account, comment_id)
        if ticket is not call.account.ticket(key):
            raise errors.not_found()
        if ticket.status == "closed":
            raise errors.closed()
        make_private(call.account, ticket, comment, call.agent)
        return ok({})

    @router.route("PUT", "/api/v2/tickets/{key}/comments/{comment_id}/redact")
    def _redact_text(call: Call, key: str, comment_id: str) -> Response:
        ticket, comment = comment_of(call.account, comment_id)
        if ticket is not call.account.ticket(key):
            raise errors.not_found()
        if ticket.status == "closed":
            raise errors.closed()
        redact_text(call.account, ticket, comment, str(call.body().get("text") or ""), call.agent)
        return ok({"comment": render.comment(comment, call.base)})

    _redacting(router)


def _redacting(router: Router) -> None:
    @router.route("PUT", "/api/v2/comment_redactions/{comment_id}")
    def _redact(call: Call, comment_id: str) -> Response:
        body = call.body()
        ticket, comment = comment_of(call.account, comment_id)
        if as_id(body.get("ticket_id")) != ticket.id:
            raise errors.not_found()
        html = body.get("html_body")
        urls = [str(one) for one in body.get("external_attachment_urls") or []]
        if isinstance(html, str):
            redact_html(call.account, ticket, comment, html, call.agent)
        for file in list(comment.attachments):
            if any(file.token in one for one in urls):
                redact_file(call.account, ticket, comment, file, call.agent)
        return ok({"comment": render.comment(comment, call.base)})

    @router.route("PUT", "/api/v2/tickets/{key}/comments/{comment_id}/attachments/{file_id}/redact")
    def _redact_file(call: Call, key: str, comment_id: str, file_id: str) -> Response:
        ticket, comment = comment_of(call.account, comment_id)
        file = found({it.id: it for it in comment.attachments}, file_id)
        if ticket is not call.account.ticket(key):
            raise errors.not_found()
        redact_file(call.account, ticket, comment, file, call.agent)
        return ok({"attachment": render.attachment(file, call.base)})


def comment_of(account: Account, key: Any) -> tuple[Ticket, Comment]:
    """Return a comment with its ticket. Answers 404 if either is gone."""
    pair = account.comments.get(as_id(key))
    if pair is None or pair[0].deleted is not None:
        raise errors.not_found()
    return pair


def make_private(account: Account, ticket: Ticket, comment: Comment, actor: User) -> None:
    """Turn a public comment into an internal note; there is no way back."""
    if not comment.public:
        return
    comment.public = False
    ticket.is_public = any(one.public for one in ticket.comments)
    told = {"comment_id": comment.id, "public": False}
    changes.record(account, ticket, actor, [Event("CommentPrivacyChange", "comment", told)])
    account.tell("comment_made_private", ticket, ticket.audits[-1])


def redact_text(account: Account, ticket: Ticket, comment: Comment, words: str, actor: User) -> None:
    """Blot a string out of a comment, wherever it stands."""
    shown = text.body_of_html(comment.html) if comment.source is None else comment.source
    if not words or (words not in shown and words not in comment.html):
        raise errors.invalid_field("text", "Text: is not in the comment", "InvalidValue")
    blot = BLOCK * len(words)
    redact_html(account, ticket, comment, comment.html.replace(words, blot), actor, ready=True)
    if comment.source is not None:
        comment.source = shown.replace(words, blot)
    if ticket.comments[0] is comment:
        ticket.description = ticket.description.replace(words, blot)


def redact_html(
    account: Account,
    ticket: Ticket,
    comment: Comment,
    html: str,
    actor: User,
    *,
    ready: bool = False,
) -> None:
    """Put other HTML in the place of a comment's; what `<redact>` marks is blotted out."""
    marked = _REDACT.sub(lambda match: BLOCK * len(match[1]), html)
    comment.html = marked if ready else text.clean(marked)
    if not ready:
        comment.source = None
        if ticket.comments[0] is comment:
            ticket.description = text.body_of_html(comment.html)
    told = {"comment_id": comment.id}
    changes.record(account, ticket, actor, [Event("CommentRedactionEvent", "comment", told)])
    account.tell("comment_redacted", ticket, ticket.audits[-1])


def redact_file(account: Account, ticket: Ticket, comment: Comment, file: Attachment, actor: User) -> None:
    """Put an empty `redacted.txt` in the place of a file."""
    file.name, file.content_type, file.data, file.deleted = "redacted.txt", "text/plain", b"", True
    told = {"attachment_id": file.id, "comment_id": comment.id}
    changes.record(account, ticket, actor, [Event("AttachmentRedactionEvent", "attachment", told)])
    account.tell("attachment_redacted", ticket, ticket.audits[-1])


_REDACT = re.compile(r"<redact>(.*?)</redact>", re.DOTALL)
