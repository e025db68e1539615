"""
Jira Cloud's endpoints as functions: one call each, its answer decoded, no meaning given.

Every function returns the reply or a decoded struct; what a refusal means is `errors`' business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from connectors.http import Http, Reply
from connectors.jira.errors import unexpected
from connectors.jira.shapes import (
    PROPERTY,
    Comment,
    CommentList,
    CommentPage,
    Field,
    Issue,
    Issues,
    Property,
    Transition,
    Transitions,
    User,
)

API = "/rest/api/3"
MOST_FETCHED = 100
MOST_LISTED = 5000
MOST_COMMENTS = 100
MOST_COMMENT_IDS = 1000


class JiraClient:
    """Calls endpoints. Reads raise what `Http.request` raises, and `Unavailable` on a strange status."""

    def __init__(self, http: Http) -> None:
        self._http = http

    # --- reading ---------------------------------------------------------------------------------

    def search(
        self,
        jql: str,
        *,
        fields: Sequence[str],
        size: int,
        token: str = "",
        properties: Sequence[str] = (),
        reconcile: Sequence[int] = (),
    ) -> Reply:
        """One page of a search. A wrong query or token is an answer of status 400."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if token:
            body["nextPageToken"] = token
        if properties:
            body["properties"] = list(properties)
        if reconcile:
            body["reconcileIssues"] = list(reconcile)[:50]
        path = f"{API}/search/jql"
        return self._http.request("POST", path, endpoint=f"POST {path}", json=body, safe=True)

    def bulk_fetch(
        self, names: Sequence[str], fields: Sequence[str], *, changelog: bool = False
    ) -> list[Issue]:
        """Up to 100 issues by id or key, moved keys included; those not visible are left out."""
        body = {
            "issueIdsOrKeys": list(names),
            "fields": list(fields),
            "properties": [PROPERTY],
            "expand": ["changelog"] if changelog else [],
        }
        path = f"{API}/issue/bulkfetch"
        reply = self._http.request("POST", path, endpoint=f"POST {path}", json=body, safe=True)
        return self._read(reply, Issues).issues

    def issue(self, name: str, fields: Sequence[str]) -> Reply:
        """One issue by id or key; 404 if it is not there or not visible."""
        return self._http.request(
            "GET",
            f"{API}/issue/{quote(name, safe='')}",
            endpoint=f"GET {API}/issue/{{id}}",
            params={"fields": ",".join(fields), "properties": PROPERTY},
        )

    def comments(self, issue_id: str, start: int) -> CommentPage:
        """A page of an issue's comments, oldest first."""
        reply = self._http.request(
            "GET",
            f"{API}/issue/{issue_id}/comment",
            endpoint=f"GET {API}/issue/{{id}}/comment",
            params={"startAt": str(start), "maxResults": str(MOST_COMMENTS), "orderBy": "created"},
        )
        return self._read(reply, CommentPage)

    def comments_with_properties(self, ids: Sequence[str]) -> list[Property]:
        """Which of up to 1000 comments carry our property: pairs of comment id and its value."""
        path = f"{API}/comment/list"
        reply = self._http.request(
            "POST",
            path,
            endpoint=f"POST {path}",
            params={"expand": "properties"},
            json={"ids": [int(comment_id) for comment_id in ids]},
            safe=True,
        )
        found: list[Comment] = self._read(reply, CommentList).values
        return [
            Property(comment.id, prop.value)
            for comment in found
            for prop in comment.properties
            if prop.key == PROPERTY
        ]

    def remote_links(self, issue_id: str) -> Reply:
        """Every remote link of an issue."""
        return self._http.request(
            "GET",
            f"{API}/issue/{issue_id}/remotelink",
            endpoint=f"GET {API}/issue/{{id}}/remotelink",
        )

    def transitions(self, issue_id: str) -> list[Transition]:
        """The steps that an issue can take now, with the fields of their screens."""
        reply = self._http.request(
            "GET",
            f"{API}/issue/{issue_id}/transitions",
            endpoint=f"GET {API}/issue/{{id}}/transitions",
            params={"expand": "transitions.fields"},
        )
        return self._read(reply, Transitions).transitions

    def fields(self) -> list[Field]:
        """Every field of the site."""
        reply = self._http.request("GET", f"{API}/field", endpoint=f"GET {API}/field")
        return self._read(reply, list[Field])

    def users(self, query: str) -> list[User]:
        """People whose name or visible address begins with `query`."""
        reply = self._http.request(
            "GET",
            f"{API}/user/search",
            endpoint=f"GET {API}/user/search",
            params={"query": query, "maxResults": "50"},
        )
        return self._read(reply, list[User])

    def myself(self) -> User:
        """The account that we are signed in as."""
        reply = self._http.request("GET", f"{API}/myself", endpoint=f"GET {API}/myself")
        return self._read(reply, User)

    def may_browse(self, project: str) -> bool:
        """Whether we may see a project's issues at all."""
        reply = self._http.request(
            "GET",
            f"{API}/mypermissions",
            endpoint=f"GET {API}/mypermissions",
            params={"permissions": "BROWSE_PROJECTS", "projectKey": project},
        )
        if reply.status != HTTPStatus.OK:
            return False
        held = reply.json().get("permissions", {}).get("BROWSE_PROJECTS", {})
        return bool(held.get("havePermission"))

    def attachment_limit(self) -> int:
        """The site's limit for one file, in bytes; 0 if files are switched off."""
        path = f"{API}/attachment/meta"
        known = self._read(self._http.request("GET", path, endpoint=f"GET {path}"), dict[str, Any])
        return int(known.get("uploadLimit") or 0) if known.get("enabled", True) else 0

    # --- writing: the reply as it is, for `errors` to read ---------------------------------------

    def create_bulk(self, updates: Sequence[Mapping[str, Any]]) -> Reply:
        """Create up to 50 issues."""
        path = f"{API}/issue/bulk"
        return self._write("POST", path, f"POST {path}", json={"issueUpdates": list(updates)})

    def edit(self, issue_id: str, body: Mapping[str, Any], *, quiet: bool) -> Reply:
        """Edit an issue, and be told what it then shows."""
        params = {"returnIssue": "true"} | ({"notifyUsers": "false"} if quiet else {})
        path, endpoint = f"{API}/issue/{issue_id}", f"PUT {API}/issue/{{id}}"
        return self._write("PUT", path, endpoint, issue_id, params=params, json=body)

    def delete(self, issue_id: str) -> Reply:
        """Delete an issue that has no subtasks."""
        return self._delete(f"{API}/issue/{issue_id}", f"DELETE {API}/issue/{{id}}", issue_id)

    def transition(self, issue_id: str, body: Mapping[str, Any]) -> Reply:
        """Take a step of the workflow."""
        path = f"{API}/issue/{issue_id}/transitions"
        endpoint = f"POST {API}/issue/{{id}}/transitions"
        return self._write("POST", path, endpoint, issue_id, json=body)

    def add_comment(self, issue_id: str, body: Mapping[str, Any]) -> Reply:
        """Add a comment."""
        path = f"{API}/issue/{issue_id}/comment"
        endpoint = f"POST {API}/issue/{{id}}/comment"
        return self._write("POST", path, endpoint, issue_id, json=body)

    def edit_comment(self, issue_id: str, comment: str, body: Mapping[str, Any]) -> Reply:
        """Replace a comment."""
        path = f"{API}/issue/{issue_id}/comment/{comment}"
        endpoint = f"PUT {API}/issue/{{id}}/comment/{{id}}"
        return self._write("PUT", path, endpoint, issue_id, json=body)

    def delete_comment(self, issue_id: str, comment: str) -> Reply:
        """Delete a comment."""
        path = f"{API}/issue/{issue_id}/comment/{comment}"
        return self._delete(path, f"DELETE {API}/issue/{{id}}/comment/{{id}}", issue_id)

    def set_remote_link(self, issue_id: str, body: Mapping[str, Any]) -> Reply:
        """Add a remote link, or change the one with this global id: as often as one likes."""
        path = f"{API}/issue/{issue_id}/remotelink"
        endpoint = f"POST {API}/issue/{{id}}/remotelink"
        return self._write("POST", path, endpoint, issue_id, json=body, safe=True)

    def delete_remote_link(self, issue_id: str, global_id: str) -> Reply:
        """Take a remote link away."""
        path = f"{API}/issue/{issue_id}/remotelink"
        endpoint = f"DELETE {API}/issue/{{id}}/remotelink"
        return self._delete(path, endpoint, issue_id, params={"globalId": global_id})

    def attach(self, issue_id: str, files: Any) -> Reply:
        """Put files on an issue."""
        return self._write(
            "POST",
            f"{API}/issue/{issue_id}/attachments",
            f"POST {API}/issue/{{id}}/attachments",
            issue_id,
            files=files,
            headers={"X-Atlassian-Token": "no-check"},
        )

    def _write(
        self, method: str, path: str, endpoint: str, target: str = "", **request: Any
    ) -> Reply:
        return self._http.request(method, path, endpoint=endpoint, target=target, **request)

    def _delete(self, path: str, endpoint: str, target: str, **request: Any) -> Reply:
        # Without a content type the edge answers 415 to a DELETE that has no body.
        headers = {"Content-Type": "application/json"}
        return self._write("DELETE", path, endpoint, target, headers=headers, **request)

    def _read(self, reply: Reply, type_: Any) -> Any:
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        return reply.decode(type_)
