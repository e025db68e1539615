"""
Whom Jira would mail: the default notification scheme, for every event that is not made quietly.

Watchers, the assignee and the reporter hear of what others do; what one did oneself is not mailed. An
edit with `notifyUsers=false` by an administrator of the project tells nobody.
"""

from __future__ import annotations

from sandbox.jira.context import Context, Event
from sandbox.mails import Mails

_HEARD = frozenset(
    {"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated"}
)


class Mailing:
    """Turns events into mails."""

    def __init__(self, context: Context, mails: Mails) -> None:
        self._context = context
        self._mails = mails

    def happened(self, event: Event) -> None:
        """Mail all whom the scheme names."""
        if event.quiet or event.name not in _HEARD:
            return
        issue = event.issue
        named = {*issue.watchers, issue.values.get("assignee"), issue.values.get("reporter")}
        for account in sorted(str(one) for one in named - {None, event.author}):
            user = self._context.site.users.get(account)
            if user is not None and user.active and user.kind != "app":
                self._mails.send(user.email, issue.key, event.kind or event.name)
