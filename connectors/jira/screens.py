"""
The screens of one project's issues, and the contexts of its custom fields, as Jira's administrators see them.

A custom field can be set on a project's issues only if it stands on the project's screens; a select's options
belong to a context of the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from connectors.http import Http, InDoubt, NotDone, Reply
from connectors.jira.client import API
from connectors.reply import NOT_JSON
from hub.errors import Forbidden, Misconfigured, Unavailable

_CONTEXTS = f"{API}/field/{{id}}/context"
_OPTIONS = f"{_CONTEXTS}/{{id}}/option"
_FIELDS = f"{API}/screens/{{id}}/tabs/{{id}}/fields"
_PAGE = 100


class Tab(NamedTuple):
    """The first tab of a screen, and the fields on any tab of it."""

    screen: str
    id: str
    fields: frozenset[str]


class FieldAdmin:
    """What only administrators may ask. Raises `Forbidden`, `Misconfigured` and `Unavailable`."""

    def __init__(self, http: Http, project: str) -> None:
        self._http = http
        self._project = project
        self._project_shown: dict[str, Any] = {}
        self._tabs: list[Tab] | None = None

    def team_managed(self) -> bool:
        """Whether the project's fields are its own, out of reach of this API."""
        found = self._about()
        return found.get("style") == "next-gen" or bool(found.get("simplified"))

    def _about(self) -> dict[str, Any]:
        if not self._project_shown:
            self._project_shown = self._get(f"{API}/project/{self._project}", f"{API}/project/{{id}}")
        return self._project_shown

    def _number(self) -> str:
        return str(self._about()["id"])

    def tabs(self) -> list[Tab]:
        """Return where on each screen of the project's issues a field goes."""
        if self._tabs is None:
            self._tabs = [self._tab(screen) for screen in sorted(self._screens())]
        return list(self._tabs)

    def look_again(self) -> None:
        """Forget what the screens showed."""
        self._tabs = None

    def _screens(self) -> set[str]:
        number = self._number()
        schemes = self._pages("/issuetypescreenscheme/project", {"projectId": number})
        ids = [str(row["issueTypeScreenScheme"]["id"]) for row in schemes if number in row["projectIds"]]
        used = {
            str(row["screenSchemeId"])
            for scheme in ids
            for row in self._pages("/issuetypescreenscheme/mapping", {"issueTypeScreenSchemeId": scheme})
        }
        return {
            str(screen)
            for scheme in sorted(used)
            for row in self._pages("/screenscheme", {"id": scheme})
            for screen in row["screens"].values()
        }

    def _tab(self, screen: str) -> Tab:
        tabs: Any = self._get(f"{API}/screens/{screen}/tabs", f"{API}/screens/{{id}}/tabs")
        on = {
            str(row["id"])
            for tab in tabs
            for row in self._get(f"{API}/screens/{screen}/tabs/{tab['id']}/fields", _FIELDS)
        }
        return Tab(screen, str(tabs[0]["id"]), frozenset(on))

    def add_to(self, tab: Tab, field: str) -> None:
        """Put a field on a screen."""
        self._tabs = [t._replace(fields=t.fields | {field}) if t == tab else t for t in self._tabs or ()]
        path = f"{API}/screens/{tab.screen}/tabs/{tab.id}/fields"
        _ = self._send("POST", path, f"POST {_FIELDS}", {"fieldId": field})

    def create(self, body: Mapping[str, str]) -> str:
        """Make a custom field; return its id."""
        return str(self._send("POST", f"{API}/field", f"POST {API}/field", dict(body)).json()["id"])

    def context(self, field: str) -> str:
        """Return the context of a field that holds for the project: its own, or else the global one."""
        rows = list(self._pages(f"/field/{field}/context/projectmapping", {}, f"{_CONTEXTS}/projectmapping"))
        own = [row for row in rows if str(row.get("projectId")) == self._number()]
        found = own or [row for row in rows if row.get("isGlobalContext")]
        if not found:
            raise Misconfigured(
                f"Jira's field {field} has no context for {self._project}; give it one in Settings → Issues "
                "→ Custom fields"
            )
        return str(found[0]["contextId"])

    def options(self, field: str, context: str) -> frozenset[str]:
        """Return the values of a select."""
        rows = self._pages(f"/field/{field}/context/{context}/option", {}, _OPTIONS)
        return frozenset(str(row["value"]) for row in rows)

    def add_options(self, field: str, context: str, values: Sequence[str]) -> None:
        path = f"{API}/field/{field}/context/{context}/option"
        _ = self._send("POST", path, f"POST {_OPTIONS}", {"options": [{"value": v} for v in values]})

    def _pages(self, path: str, params: Mapping[str, str], template: str = "") -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            asked = {**params, "startAt": str(start), "maxResults": str(_PAGE)}
            page = self._get(f"{API}{path}", template or f"{API}{path}", asked)
            rows: list[dict[str, Any]] = page.get("values") or []
            yield from rows
            start += len(rows)
            if not rows or page.get("isLast", True):
                return

    def _get(self, path: str, template: str, params: Mapping[str, str] | None = None) -> Any:
        return self._send("GET", path, f"GET {template}", None, params).json()

    def _send(
        self, method: str, path: str, endpoint: str, body: Any, params: Mapping[str, str] | None = None
    ) -> Reply:
        try:
            reply = self._http.request(method, path, endpoint=endpoint, json=body, params=params)
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"{endpoint}: {error}") from error
        if reply.status == HTTPStatus.FORBIDDEN:
            raise Forbidden(
                f"Jira refused {endpoint}: fields and screens are made by administrators only. Give the "
                "hub's account the global permission Administer Jira for as long as this takes; an OAuth "
                "token also needs the scopes manage:jira-configuration and manage:jira-project"
            )
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise Misconfigured(f"Jira answered {reply.status} to {endpoint}: {_said(reply)}")
        return reply


class _Refusal(msgspec.Struct, rename={"messages": "errorMessages"}):
    messages: list[str] = []
    errors: dict[str, str] = {}


def _said(reply: Reply) -> str:
    """Return Jira's own reasons, on one line."""
    try:
        found: _Refusal = msgspec.json.decode(reply.content, type=_Refusal)
    except NOT_JSON:
        return "not with reasons"
    return "; ".join([*found.messages, *found.errors.values()])
