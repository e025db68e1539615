"""
Whom Zendesk would mail: the triggers that every account begins with.

They run on every update, also by the API, and never on imports. None of them listens to fields such as
a priority or a custom field.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.mails import Mails
from sandbox.zendesk.records import Audit, Comment, Ticket
from sandbox.zendesk.state import Account


class Mailing:
    """Watches an account's tickets, and notes what its triggers would have mailed."""

    def __init__(self, account: Account, mails: Mails) -> None:
        self._account = account
        self._mails = mails

    def happened(self, what: str, ticket: Ticket, audit: Audit | None) -> None:
        """Run the triggers on an update."""
        if audit is None or what not in ("created", "updated"):
            return
        for user_id, why in self._told(what, ticket, audit):
            user = self._account.users.get(user_id) if user_id else None
            if user is not None and user.id != audit.author_id and user.email:
                self._mails.send(user.email, f"#{ticket.id}", why)

    def _told(self, what: str, ticket: Ticket, audit: Audit) -> Iterator[tuple[int | None, str]]:
        comments = [event.value for event in audit.events if event.kind == "Comment"]
        public = any(isinstance(said, Comment) and said.public for said in comments)
        if what == "created":
            yield ticket.requester_id, "Notify requester of received request"
        elif public:
            yield ticket.requester_id, "Notify requester of comment update"
        if what == "updated" and comments:
            yield ticket.assignee_id, "Notify assignee of comment update"
        for event in audit.events:
            if event.kind == "Change" and event.name == "assignee_id":
                yield ticket.assignee_id, "Notify assignee of assignment"
            if event.kind == "Change" and event.name == "status" and event.previous == "solved":
                yield ticket.assignee_id, "Notify assignee of reopened ticket"
