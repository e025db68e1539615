"""
The search index: what a query can find, which is not always what is.

An issue's former states are kept for as long as the index has not caught up with a write, so a
query sees each issue as it was `search_lag` seconds ago. `revision` changes with every write.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from copy import copy

from sandbox.jira.state import Issue


class SearchIndex:
    """Issues by time of change, and the states that the index still shows of them."""

    def __init__(self) -> None:
        self.revision = 0
        self._by_update: list[tuple[int, int]] = []
        self._stale: dict[int, list[tuple[float, Issue | None]]] = {}

    def added(self, issue: Issue, now: float, lag: float) -> None:
        self.revision += 1
        if lag > 0:
            self._stale.setdefault(issue.id, []).append((now + lag, None))
        insort(self._by_update, (issue.updated, issue.id))

    def before(self, issue: Issue, now: float, lag: float) -> None:
        """Keep the state that a query shall see until the coming write is indexed."""
        if lag > 0:
            self._stale.setdefault(issue.id, []).append((now + lag, _picture(issue)))

    def moved(self, issue: Issue, was: int) -> None:
        """Note that an issue's time of change is no longer `was`."""
        place = bisect_left(self._by_update, (was, issue.id))
        del self._by_update[place]
        insort(self._by_update, (issue.updated, issue.id))

    def removed(self, issue: Issue, now: float, lag: float) -> None:
        self.revision += 1
        self.before(issue, now, lag)
        place = bisect_left(self._by_update, (issue.updated, issue.id))
        del self._by_update[place]

    def settle(self, now: float) -> None:
        """Drop the states that the index has caught up with."""
        for number, states in list(self._stale.items()):
            kept = [state for state in states if state[0] > now]
            if len(kept) == len(states):
                continue
            self.revision += 1
            if kept:
                self._stale[number] = kept
            else:
                del self._stale[number]

    def view(
        self, issues: dict[int, Issue], since: int | None, live: Iterable[int] = ()
    ) -> Iterator[Issue]:
        """
        Yield what a query can find, in no order; call `settle` first.

        `since`: only what changed at or after it. `live` issues are shown as they are now.
        """
        stale = {k: v for k, v in self._stale.items() if k not in set(live)}
        if since is None:
            yield from (issue for number, issue in issues.items() if number not in stale)
        else:
            for _, number in self._by_update[bisect_left(self._by_update, (since, -1)) :]:
                if number not in stale:
                    yield issues[number]
        for states in stale.values():
            seen = states[0][1]
            if seen is not None and (since is None or seen.updated >= since):
                yield seen


def _picture(issue: Issue) -> Issue:
    """Copy an issue so that later writes leave the copy alone: values are replaced, never edited."""
    seen = copy(issue)
    seen.values = dict(issue.values)
    seen.comments = [copy(comment) for comment in issue.comments]
    seen.properties = dict(issue.properties)
    seen.attachments = list(issue.attachments)
    seen.links = list(issue.links)
    seen.watchers = list(issue.watchers)
    return seen
