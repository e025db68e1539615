"""
Everything that changed since a cursor, from a search that lags and forgets.

Jira's search is eventually consistent, and may show an issue late, or not for a while. So the feed
takes from the search only *which* issues changed, and reads them in bulk from where Jira's answer is
current. And it looks again at the last `LAG` of the feed on every run: an issue that the search
shows late is still found, as long as it is not later than that (`docs/limits.md`). The
window closes once a run has looked, `LAG` after the newest change was first seen.

Times go into JQL as epoch milliseconds, floored to the minute: JQL has no finer grain, and any
other form would be read in the zone of our account's profile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus

import msgspec

from connectors.http import Reply
from connectors.jira import payload
from connectors.jira.client import MOST_FETCHED, MOST_LISTED, JiraClient
from connectors.jira.errors import said, unexpected
from connectors.jira.reading import Reader, chunks
from connectors.jira.shapes import Issue, SearchPage
from hub.errors import Unavailable
from hub.replica import Cursor, Observation, Page

LAG = 5 * 60
"""Seconds by which the search may be late before we could miss a change."""
_MINUTE = 60_000


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cursor, spelt out."""

    since: int = 0
    """Newest change that the feed has shown, in epoch milliseconds by Jira's clock."""
    seen: Mapping[str, int] = {}
    """Issues shown in the window that is looked at again, with how long before `since` they changed."""
    reached: float = 0.0
    """When, by our clock, `since` was first reached."""
    drained: float = 0.0
    """When, by our clock, the feed was last read to its end."""
    token: str = ""
    """Of the page of the first reading, where that is not done; `since` is then where it began."""
    backfill: bool = False


def spell(place: Place) -> Cursor:
    """Write a place as a cursor."""
    return Cursor(msgspec.json.encode(place).decode())


def read(cursor: Cursor) -> Place:
    """Read a cursor. Raises `Unavailable` if it is not one of ours."""
    try:
        return msgspec.json.decode(cursor, type=Place)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Unavailable(
            "the stored place in Jira's feed cannot be read; run `hub backfill jira` to begin anew"
        ) from error


class Feed:
    """Pages of observations, oldest change first."""

    def __init__(
        self,
        client: JiraClient,
        reader: Reader,
        *,
        scope: str,
        now: Callable[[], float],
        recent: Callable[[], Sequence[int]],
        page_size: int,
    ) -> None:
        self._client = client
        self._reader = reader
        self._scope = scope
        self._now = now
        self._recent = recent
        self._size = page_size

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what changed since the cursor; see `hub.ports.Connector.changes`."""
        place = read(cursor) if cursor else Place(backfill=True)
        if place.backfill:
            yield from self._everything(place)
        else:
            yield from self._changed(place)

    # --- the first reading -----------------------------------------------------------------------

    def _everything(self, place: Place) -> Iterator[Page]:
        """
        Read all ids in big pages, then the issues by the hundred.

        What changes meanwhile is shown by the next run: it begins where this one began.
        """
        if not place.token:
            place = Place(since=self._newest(), backfill=True)
        jql = f"({self._scope}) ORDER BY updated ASC, id ASC"
        token = place.token
        while True:
            reply = self._search(jql, ["id"], MOST_LISTED, token, restart=True)
            if reply is None:
                token = ""  # it ran out after a week: begin anew, pages may repeat
                continue
            page: SearchPage = reply.decode(SearchPage)
            ids = [issue.id for issue in page.issues]
            for part in chunks(ids, MOST_FETCHED):
                here = spell(msgspec.structs.replace(place, token=token))
                yield Page(tuple(self._reader.look(part)), here)
            following = page.next_page_token or ""
            if not following or following == token or not ids:
                break
            token = following
        now = self._now()
        yield Page((), spell(Place(since=place.since, reached=now, drained=now)))

    def _newest(self) -> int:
        jql = f"({self._scope}) ORDER BY updated DESC"
        reply = self._search(jql, ["updated"], 1)
        page: SearchPage = reply.decode(SearchPage) if reply else SearchPage()
        return max((_changed_at(issue) for issue in page.issues), default=0)

    # --- every later one -------------------------------------------------------------------------

    def _changed(self, place: Place) -> Iterator[Page]:
        start = _start(place)
        jql = f"({self._scope}) AND updated >= {start} ORDER BY updated ASC, id ASC"
        seen = {name: place.since - before for name, before in place.seen.items()}
        newest, token = place.since, ""
        while True:
            reply = self._search(jql, ["updated"], self._size, token)
            page: SearchPage = reply.decode(SearchPage) if reply else SearchPage()
            listed = [(i.id, _changed_at(i)) for i in page.issues]
            fresh = [(name, at) for name, at in listed if seen.get(name) != at]
            for part in chunks(fresh, MOST_FETCHED):
                observed = self._look([name for name, _ in part], start)
                seen.update(part)
                newest = max(newest, part[-1][1])
                yield Page(observed, spell(self._place(newest, seen, place)))
            newest = max([newest, *(at for _, at in listed)])
            following = page.next_page_token or ""
            if not following or following == token or not listed:
                break
            token = following
        yield Page((), spell(self._place(newest, seen, place, drained=self._now())))

    def _look(self, ids: Sequence[str], start: int) -> tuple[Observation, ...]:
        return tuple(self._reader.look(ids, links_since=start))

    def _place(
        self, newest: int, seen: Mapping[str, int], before: Place, drained: float = 0.0
    ) -> Place:
        reached = before.reached if newest == before.since else self._now()
        drained = drained or reached
        since = _floor(newest - LAG * 1000)
        kept = {name: newest - at for name, at in seen.items() if at >= since}
        return Place(since=newest, seen=kept, reached=reached, drained=drained)

    def _search(
        self, jql: str, fields: Sequence[str], size: int, token: str = "", *, restart: bool = False
    ) -> Reply | None:
        """One page; None if the token ran out and the caller may begin anew."""
        reply = self._client.search(
            jql, fields=fields, size=size, token=token, reconcile=self._recent()
        )
        if reply.status == HTTPStatus.BAD_REQUEST:
            words = said(reply.content).text()
            if restart and token and "token" in words:
                return None
            raise Unavailable(
                f"Jira does not understand the scope {self._scope!r}: {words}. Check project and "
                f"scope in hub.toml and the mapping file."
            )
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        self._reader.check_signed_in(reply)
        return reply


def _start(place: Place) -> int:
    """
    Return from when on to search: `LAG` back, but not over what has been looked at for that long.

    Once nothing of the newest change's own minute can turn up any more, the search begins behind it.
    """
    settled = max(0.0, place.drained - place.reached)
    if settled * 1000 >= LAG * 1000 + _MINUTE:
        return _floor(place.since) + _MINUTE
    overlap = round(max(0.0, LAG - settled) * 1000)
    return max(_MINUTE, _floor(place.since - overlap))


def _changed_at(issue: Issue) -> int:
    return payload.milliseconds(str(issue.fields.get("updated") or ""))


def _floor(milliseconds: int) -> int:
    return milliseconds - milliseconds % _MINUTE
