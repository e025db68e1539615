"""Where issues stand that are about to be moved: read in bulk, and only a little ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import islice

from connectors.jira.client import JiraClient
from connectors.jira.shapes import Issue

FIELDS = ("status", "project", "issuetype")
_AHEAD = 20
"""Issues read at once. Jira writes without conditions, so what was read must not grow old."""


class Standing:
    """
    The statuses of issues that one batch of operations will move, in the order of the batch.

    Safe to share between threads. Raises what `JiraClient.bulk_fetch` raises.
    """

    def __init__(self, client: JiraClient, issues: Iterable[str] = ()) -> None:
        self._client = client
        self._waiting = dict.fromkeys(issues)
        self._read: dict[str, Issue] = {}
        self._lock = threading.Lock()

    def take(self, issue_id: str) -> Issue | None:
        """Return an issue as it stood a moment ago; None if it must be asked for by itself."""
        with self._lock:
            if issue_id in self._waiting and len(self._waiting) > 1:
                self._read_on(issue_id)
            _ = self._waiting.pop(issue_id, None)
            return self._read.pop(issue_id, None)

    def _read_on(self, issue_id: str) -> None:
        del self._waiting[issue_id]
        ahead = [issue_id, *islice(self._waiting, _AHEAD - 1)]
        for name in ahead[1:]:
            del self._waiting[name]
        self._read |= {issue.id: issue for issue in self._client.bulk_fetch(ahead, FIELDS)}
