"""Looking at issues: in bulk, with their comments, files and links to tickets."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from connectors.http import Reply
from connectors.jira import payload
from connectors.jira.client import MOST_COMMENT_IDS, MOST_FETCHED, JiraClient
from connectors.jira.errors import unexpected
from connectors.jira.nodes import mapping_of
from connectors.jira.shapes import Comment, Issue
from hub.errors import SignInFailed
from hub.model import JIRA, RemoteId, TicketId
from hub.replica import Gone, Observation, Reference, RemoteComment
from hub.spans import within

T = TypeVar("T")
_LINK_FIELDS = frozenset({"RemoteIssueLink", "RemoteWorkItemLink"})
"""What Jira's history calls a change of remote links, by its older and newer name."""
_SAME_MOMENT = 2000
_FOUND_AT_ONCE = 100
_RECENT = "-60m"
_MOST_RECENT = 500


def chunks(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size`."""
    return (many[at : at + size] for at in range(0, len(many), size))


class Reader:
    """Reads issues and makes observations of them. Remembers who we are, and comments of ours."""

    def __init__(
        self,
        client: JiraClient,
        *,
        site: str,
        scope: str,
        project: str,
        fields: Sequence[str],
        ticket_hosts: Iterable[str],
        threads: int,
    ) -> None:
        self.client = client
        self._site = site.rstrip("/")
        self._scope = scope
        self._project = project
        self._fields = list(fields)
        self._hosts = frozenset(host.lower() for host in ticket_hosts)
        self._threads = threads
        self._me = ""
        self._comment_keys: dict[str, str] = {}
        self._lock = threading.Lock()

    # --- who we are ------------------------------------------------------------------------------

    def check_signed_in(self, reply: Reply) -> None:
        """
        Raise `SignInFailed` if Jira took us for nobody.

        With a token that ran out, a search is answered 200 and empty: as an anonymous caller's.
        """
        me = reply.headers.get("x-aaccountid", "")
        if me:
            self._me = me
        elif not self._me:
            self._me = self.client.myself().account_id
        if not self._me:
            raise SignInFailed("Jira takes us for nobody: check e-mail and API token in hub.toml")

    def me(self) -> str:
        """Return our account id."""
        if not self._me:
            self._me = self.client.myself().account_id
        return self._me

    # --- looking ---------------------------------------------------------------------------------

    def look(self, ids: Sequence[str], *, links_since: int = 0) -> list[Observation]:
        """
        Return observations of up to 100 issues, oldest change first.

        References are read where the history tells that somebody else changed remote links after
        `links_since` (epoch milliseconds), or where nothing else that was read explains the change.
        """
        issues = self.client.bulk_fetch(ids, self._fields, changelog=True)
        issues.sort(key=_updated)
        comments = self._comments(issues)
        asked = [i for i in issues if self._links_changed(i, links_since)]
        links = self._links(asked)
        return [self._observed(issue, comments[issue.id], links.get(issue.id)) for issue in issues]

    def fetch(self, names: Sequence[str], *, whole: bool) -> dict[str, Observation]:
        """Look at issues by id or key; see `hub.ports.Connector.fetch`."""
        wanted = list(dict.fromkeys(names))
        issues: dict[str, Issue] = {}
        for part in chunks(wanted, MOST_FETCHED):
            issues.update(self._named(part))
        found = list({issue.id: issue for issue in issues.values()}.values())
        comments = self._comments(found)
        links = self._links(found) if whole else {}
        seen = {i.id: self._observed(i, comments[i.id], links.get(i.id)) for i in found}
        out = {name: seen[issue.id] for name, issue in issues.items()}
        return {name: out.get(name) or self._absent(name) for name in wanted}

    def find(self, keys: Sequence[TicketId]) -> dict[TicketId, Observation]:
        """Return the issues that carry these keys, as far as the search sees them."""
        found: dict[TicketId, Observation] = {}
        for part in chunks(list(dict.fromkeys(keys)), _FOUND_AT_ONCE):
            labels = ", ".join(f'"{payload.label_of(key)}"' for key in part)
            self._collect(found, set(part), f"labels in ({labels})")
        missing = set(keys) - set(found)
        if missing:
            # The label may not be on the create screen; the property is there all the same.
            jql = f"({self._scope}) AND reporter = currentUser() AND created >= {_RECENT}"
            self._collect(found, missing, jql)
        return found

    def _collect(
        self, found: dict[TicketId, Observation], wanted: set[TicketId], jql: str
    ) -> None:
        reply = self.client.search(f"{jql} ORDER BY id DESC", fields=["id"], size=_MOST_RECENT)
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        self.check_signed_in(reply)
        ids = [str(issue["id"]) for issue in reply.json().get("issues") or ()]
        for part in chunks(ids, MOST_FETCHED):
            for seen in self.look(part):
                # Of several with one key (an old accident) the first made is the one.
                key = seen.key
                if key is None or key not in wanted:
                    continue
                if key not in found or int(seen.remote_id) < int(found[key].remote_id):
                    found[key] = seen

    # --- names -----------------------------------------------------------------------------------

    def _named(self, names: Sequence[str]) -> dict[str, Issue]:
        issues = self.client.bulk_fetch(names, self._fields)
        by_name = {issue.id: issue for issue in issues}
        by_name.update({issue.key.casefold(): issue for issue in issues})
        out = {n: by_name[n.casefold()] for n in names if n.casefold() in by_name}
        for name in names:
            if name not in out and (issue := self._read_again(name)):
                out[name] = issue
        return out

    def _read_again(self, name: str) -> Issue | None:
        """Read one issue that the bulk fetch left out or named anew (a moved issue's old key)."""
        reply = self.client.issue(name, self._fields)
        if reply.status in {404, 403}:
            return None
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        return reply.decode(Issue)

    def _absent(self, name: str) -> Observation:
        """Say why an issue is not there: gone for certain only where we may see its project."""
        project = name.partition("-")[0] if "-" in name else self._project
        _ = self.client.myself()  # raises if it is we who are not there any more
        how = "deleted" if self.client.may_browse(project) else "absent"
        is_id = name.isdigit()
        return Observation(
            system=JIRA,
            remote_id=RemoteId(name if is_id else ""),
            label="" if is_id else name,
            gone=Gone(how),
        )

    # --- comments --------------------------------------------------------------------------------

    def _comments(self, issues: Sequence[Issue]) -> dict[str, list[RemoteComment]]:
        """Return every comment of each issue; those that came cut short are read page by page."""
        raw = {issue.id: self._all_comments(issue) for issue in issues}
        self._learn_keys([c for found in raw.values() for c in found])
        return {
            issue.id: [
                payload.comment_of(
                    comment,
                    service_desk=payload.is_service_desk(issue),
                    key=self._comment_keys.get(comment.id, ""),
                )
                for comment in raw[issue.id]
            ]
            for issue in issues
        }

    def _all_comments(self, issue: Issue) -> list[Comment]:
        shown: Mapping[str, Any] = mapping_of(issue.fields.get("comment"))
        here = msgspec.convert(shown.get("comments") or [], list[Comment])
        if int(shown.get("total") or 0) <= len(here):
            return here
        found: dict[str, Comment] = {}
        while True:
            page = self.client.comments(issue.id, len(found))
            before = len(found)
            found.update({comment.id: comment for comment in page.comments})
            if len(found) >= page.total or len(found) == before:
                return list(found.values())

    def _learn_keys(self, comments: Sequence[Comment]) -> None:
        """Ask for the marks on comments that our account wrote, once each."""
        if not comments:
            return
        me = self.me()
        unknown = [
            c.id
            for c in comments
            if c.author and c.author.account_id == me and c.id not in self._comment_keys
        ]
        for part in chunks(unknown, MOST_COMMENT_IDS):
            marks = {
                prop.key: str(mapping_of(prop.value).get("key") or "")
                for prop in self.client.comments_with_properties(part)
            }
            with self._lock:
                self._comment_keys.update({comment: marks.get(comment, "") for comment in part})

    # --- links to tickets ------------------------------------------------------------------------

    def _links_changed(self, issue: Issue, since: int) -> bool:
        histories = issue.changelog.histories if issue.changelog else []
        for history in histories:
            ours = history.author is not None and history.author.account_id == self._me
            if ours or payload.milliseconds(history.created) < since:
                continue
            if any(item.field in _LINK_FIELDS for item in history.items):
                return True
        return not _explained(issue)

    def _links(self, issues: Sequence[Issue]) -> dict[str, tuple[Reference, ...] | None]:
        ids = [issue.id for issue in issues]
        if min(self._threads, len(ids)) <= 1:
            return {one: self.links_of(one) for one in ids}
        with ThreadPoolExecutor(self._threads) as pool:
            return dict(zip(ids, pool.map(within(self.links_of), ids), strict=True))

    def links_of(self, issue_id: str) -> tuple[Reference, ...] | None:
        """
        Return the tickets that an issue's remote links name, as they are now.

        None where they are not shown to us: that is not the same as there being none.
        """
        reply = self.client.remote_links(issue_id)
        if reply.status in {403, 404}:
            return None
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        return payload.references(reply.json(), self._hosts)

    def _observed(
        self,
        issue: Issue,
        comments: Sequence[RemoteComment],
        links: tuple[Reference, ...] | None,
    ) -> Observation:
        return payload.observation(
            issue,
            site=self._site,
            me=self._me,
            comments=comments,
            comments_complete="comment" in issue.fields,
            linked=links,
        )


def _updated(issue: Issue) -> int:
    return payload.milliseconds(str(issue.fields.get("updated") or ""))


def _explained(issue: Issue) -> bool:
    """Whether something that we read happened when the issue last changed."""
    updated = _updated(issue)
    stamps = [str(issue.fields.get("created") or "")]
    stamps += [history.created for history in (issue.changelog.histories if issue.changelog else ())]
    shown = mapping_of(issue.fields.get("comment"))
    for comment in shown.get("comments") or ():
        stamps += [str(comment.get("created") or ""), str(comment.get("updated") or "")]
    stamps += [str(one.get("created") or "") for one in issue.fields.get("attachment") or ()]
    return any(abs(payload.milliseconds(stamp) - updated) <= _SAME_MOMENT for stamp in stamps if stamp)
