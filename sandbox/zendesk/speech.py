"""Making comments: who speaks, to whom, in which form, with which files."""

from __future__ import annotations

from sandbox.zendesk import errors, text
from sandbox.zendesk.draft import Draft
from sandbox.zendesk.records import Attachment, Comment, Json, Ticket, User
from sandbox.zendesk.state import Account
from sandbox.zendesk.uploads import claim

MOST_COMMENTS = 5000

WEB_SERVICE: Json = {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


def speaker(account: Account, said: Json, actor: User) -> User:
    """Return the author of a comment: the one it names, else the one who writes."""
    named = said.get("author_id")
    if named in (None, ""):
        return actor
    author = account.users.get(int(named)) if str(named).isdigit() else None
    if author is None or not author.active:
        raise errors.invalid_field("author", "Author: is invalid", "InvalidValue")
    return author


def make(
    account: Account,
    ticket: Ticket | None,
    draft: Draft,
    actor: User,
    via: Json,
    at: int,
) -> Comment:
    """Return the comment that a draft asks for. Its id comes when its audit is made."""
    said = draft.comment or {}
    author = speaker(account, said, actor)
    if ticket is not None and len(ticket.comments) >= MOST_COMMENTS:
        raise errors.invalid_field("base", "Comments: a ticket can have at most 5000 comments")
    html, source = forms(said, markdown=author.role != "end-user")
    files = files_of(account, said)
    if not html and not files:
        raise errors.invalid({"base": [errors.detail("Comment: cannot be blank", "BlankValue")]})
    if not html:
        html, source = text.html_of_text("", markdown=False), ""
    spoken = Comment(
        id=0,
        author_id=author.id,
        public=audience(ticket, said, author, actor),
        html=html,
        source=source,
        created=at,
        via=via,
        audit_id=0,
        attachments=files,
    )
    if author.id != actor.id and ticket is not None and author.role == "end-user":
        known = {ticket.requester_id, *ticket.email_cc_ids, *ticket.collaborator_ids}
        if author.id not in known:
            spoken.flags = [2]
    return spoken


def audience(ticket: Ticket | None, said: Json, author: User, actor: User) -> bool:
    """Return whether a comment is public: as asked, else as the ticket began; customers always."""
    if author.role == "end-user" and actor.role == "end-user":
        return True
    asked = said.get("public")
    if asked is None:
        return ticket.comments[0].public if ticket is not None and ticket.comments else True
    return str(asked).lower() not in ("false", "0")


def forms(said: Json, *, markdown: bool) -> tuple[str, str | None]:
    """Return (html, source text) of what was said; both empty if nothing was."""
    rich = said.get("html_body")
    if isinstance(rich, str) and rich.strip():
        return text.clean(text.cut(rich)), None
    plain = said.get("body") or said.get("value")
    if not isinstance(plain, str) or not plain.strip():
        return "", None
    plain = text.collapse(text.cut(plain))
    return text.html_of_text(plain, markdown=markdown), plain


def files_of(account: Account, said: Json) -> list[Attachment]:
    """Return the uploaded files that a comment names by token."""
    tokens = said.get("uploads") or []
    tokens = [tokens] if isinstance(tokens, str) else tokens
    files = [file for token in tokens for file in claim(account, str(token))]
    for file in files:
        file.attached = True
    return files
