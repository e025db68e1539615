"""
What people do in Zendesk's own pages, for tests and the demo.

Every action names its ticket by number and its person by e-mail (`actor`; default: the assignee,
else the owner). What the vendor would refuse raises ValueError, what does not exist LookupError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.zendesk import (
    changes,
    comments,
    deleted,
    draft,
    errors,
    merging,
)
from sandbox.zendesk.person_admin import Administrators
from sandbox.zendesk.records import Json
from sandbox.zendesk.render import via


class Persons(Administrators):
    """The people at their screens."""

    def __init__(self, vendor: Any) -> None:
        super().__init__(vendor)
        self._actions: Mapping[str, Callable[..., Mapping[str, Any]]] = {
            "create": self.create,
            "set": self.set,
            "comment": self.comment,
            "reply": self.reply,
            "attach": self.attach,
            "redact": self.redact,
            "make_private": self.make_private,
            "merge": self.merge,
            "solve": self.solve,
            "close": self.close,
            "archive": self.archive,
            "delete": self.delete,
            "restore": self.restore,
            "delete_forever": self.delete_forever,
            "touch": self.touch,
            "set_organization": self.set_organization,
            "delete_field": self.delete_field,
            "deactivate_field": self.deactivate_field,
            "rename_field": self.rename_field,
            "retype_field": self.retype_field,
            "require_field": self.require_field,
            "rename_option": self.rename_option,
            "delete_option": self.delete_option,
            "change_address": self.change_address,
            "merge_users": self.merge_users,
            "deactivate_user": self.deactivate_user,
            "set_role": self.set_role,
            "revoke_api_token": self.revoke_api_token,
            "revoke_oauth": self.revoke_oauth,
            "scopes": self.scopes,
            "show": self.show,
        }

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of all actions."""
        return tuple(self._actions)

    def do(self, action: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do one action."""
        method = self._actions.get(action)
        if method is None:
            raise ValueError(f"no action {action!r}; there are {', '.join(self._actions)}")
        try:
            return method(**params)
        except errors.ApiError as problem:
            if problem.status == 404:
                raise LookupError(problem.text) from None
            raise ValueError(problem.text) from None

    # Tickets

    def create(
        self, subject: str, body: str = "", requester: str = "", actor: str = "", **fields: Any
    ) -> Mapping[str, Any]:
        """Make a ticket, as the requester would by mail, or an agent on their behalf."""
        person = self._person(requester) if requester else self._owner()
        by = self._person(actor) if actor else person
        values = self._fields({"subject": subject, "requester_id": person.id} | fields)
        values.setdefault("comment", {"body": body or subject, "public": True})
        channel = "email" if by.role == "end-user" else "web"
        wanted = draft.read(self._account, values)
        ticket, _ = changes.create(self._account, wanted, by, via(channel))
        return {"ticket": ticket.id}

    def set(self, ticket: int, actor: str = "", **fields: Any) -> Mapping[str, Any]:
        """Set fields: system fields by API name, custom ones by title, choices by name or tag."""
        it = self._account.ticket(ticket)
        wanted = draft.read(self._account, self._fields(fields))
        changes.update(self._account, it, wanted, self._agent(it, actor), via("web"))
        return {"ticket": it.id, "status": it.status}

    def comment(
        self,
        ticket: int,
        body: str = "",
        html_body: str = "",
        public: bool = True,
        author: str = "",
        files: list[Json] | None = None,
        **fields: Any,
    ) -> Mapping[str, Any]:
        """Comment as an agent (`author`, by e-mail) or, if the author is one, as a customer."""
        it = self._account.ticket(ticket)
        actor = self._agent(it, author)
        said: Json = {"html_body": html_body} if html_body else {"body": body}
        said["public"] = public
        if files:
            said["uploads"] = [self._upload(files)]
        values = self._fields({**fields, "comment": said})
        channel = "email" if actor.role == "end-user" else "web"
        wanted = draft.read(self._account, values)
        changes.update(self._account, it, wanted, actor, via(channel))
        return {"ticket": it.id, "comment": it.comments[-1].id, "status": it.status}

    def reply(self, ticket: int, body: str, author: str = "") -> Mapping[str, Any]:
        """Answer as the requester. An answer to a closed ticket makes a follow-up."""
        it = self._account.ticket(ticket)
        person = self._person(author) if author else self._account.users[it.requester_id]
        if it.status != "closed":
            return self.comment(ticket, body, author=person.email or str(person.id))
        values = {"subject": f"Re: {it.subject}", "comment": {"body": body, "public": True},
                  "requester_id": person.id, "via_followup_source_id": it.id}  # fmt: skip
        made, _ = changes.create(self._account, draft.read(self._account, values), person, via("email"))
        return {"ticket": made.id, "comment": made.comments[0].id, "status": made.status}

    def attach(
        self,
        ticket: int,
        name: str,
        data: str | bytes,
        content_type: str = "application/octet-stream",
        body: str = "See attachment.",
        public: bool = True,
        author: str = "",
    ) -> Mapping[str, Any]:
        """Comment with a file. `data` is bytes, or text in base64."""
        file = {"name": name, "data": data, "content_type": content_type}
        return self.comment(ticket, body, public=public, author=author, files=[file])

    def redact(self, comment: int, text: str = "", actor: str = "") -> Mapping[str, Any]:
        """Blot `text` out of a comment, or without it everything."""
        ticket, it = comments.comment_of(self._account, comment)
        by = self._agent(ticket, actor)
        if text:
            comments.redact_text(self._account, ticket, it, text, by)
        else:
            comments.redact_html(self._account, ticket, it, f"<p>{comments.BLOCK * 3}</p>", by)
        return {"ticket": ticket.id, "comment": it.id}

    def make_private(self, comment: int, actor: str = "") -> Mapping[str, Any]:
        """Turn a public comment into an internal note."""
        ticket, it = comments.comment_of(self._account, comment)
        comments.make_private(self._account, ticket, it, self._agent(ticket, actor))
        return {"ticket": ticket.id, "comment": it.id}

    def merge(
        self, target: int, sources: list[int], actor: str = "", public: bool = False
    ) -> Mapping[str, Any]:
        """Merge tickets into `target`."""
        it = self._account.ticket(target)
        rows = merging.check(self._account, it, [int(one) for one in sources])
        note = {"public": public}
        merging.apply(self._account, it, rows, self._agent(it, actor), note, note)
        return {"ticket": it.id, "closed": [row.id for row in rows]}

    def solve(self, ticket: int, actor: str = "") -> Mapping[str, Any]:
        """Solve a ticket; one without an assignee is taken on first."""
        it = self._account.ticket(ticket)
        by = self._agent(it, actor)
        fields: Json = {"status": "solved"}
        if it.assignee_id is None:
            fields["assignee_id"] = by.id
        return self.set(ticket, by.email or "", **fields)

    def close(self, ticket: int) -> Mapping[str, Any]:
        """Close a ticket, as the vendor's automation does some days after it was solved."""
        it = self._account.ticket(ticket)
        if it.status not in ("solved", "closed"):
            self.solve(ticket)
        wanted = draft.read(self._account, {"status": "closed"})
        changes.update(self._account, it, wanted, self._owner(), via("rule"))
        return {"ticket": it.id, "status": it.status}

    def archive(self, ticket: int) -> Mapping[str, Any]:
        """Let a closed ticket leave the lists, as the vendor does 120 days after it was closed."""
        it = self._account.ticket(ticket)
        if it.status != "closed":
            raise ValueError(f"ticket #{it.id} is not closed")
        it.archived = True
        return {"ticket": it.id}

    def delete(self, ticket: int, actor: str = "") -> Mapping[str, Any]:
        """Put a ticket into the bin."""
        it = self._account.ticket(ticket)
        it.deleted, it.deleted_by = self._account.now(), self._agent(it, actor).id
        self._account.touch(it)
        self._account.tell("deleted", it, None)
        return {"ticket": it.id}

    def restore(self, ticket: int) -> Mapping[str, Any]:
        """Take a ticket out of the bin."""
        deleted.restore(self._account, deleted.in_bin(self._account, ticket))
        return {"ticket": ticket}

    def delete_forever(self, ticket: int) -> Mapping[str, Any]:
        """Empty the bin of one ticket."""
        if self._account.tickets[ticket].deleted is None:
            self.delete(ticket)
        deleted.scrub(self._account, deleted.in_bin(self._account, ticket))
        return {"ticket": ticket}

    def touch(self, ticket: int) -> Mapping[str, Any]:
        """Let a system update move the ticket in the export without changing it."""
        self._account.touch(self._account.ticket(ticket), updated=False)
        return {"ticket": ticket}

    def show(self, ticket: int) -> Mapping[str, Any]:
        """Return what a person sees of a ticket, custom fields by title."""
        it = self._account.ticket(ticket)
        titles = {one.id: one.title for one in self._account.ticket_fields.values()}
        return {
            "id": it.id,
            "subject": it.subject,
            "status": it.status,
            "priority": it.priority,
            "type": it.type,
            "tags": list(it.tags),
            "requester": self._account.users[it.requester_id].email,
            "assignee": self._account.users[it.assignee_id].email if it.assignee_id else None,
            "group": self._account.groups[it.group_id].name if it.group_id else None,
            "fields": {titles[key]: value for key, value in it.values.items() if key in titles},
            "comments": [
                {
                    "id": one.id,
                    "author": self._account.users[one.author_id].email,
                    "public": one.public,
                    "body": one.source if one.source is not None else one.html,
                    "files": [file.name for file in one.attachments],
                }
                for one in it.comments
            ],
        }
