"""The small JSON objects that stand for a person, a status, a project, and so on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.jira.state import (
    CATEGORIES,
    Field,
    IssueType,
    LinkType,
    Named,
    Option,
    Project,
    Site,
    Status,
    User,
)

Json = dict[str, Any]

_SIZES = (("48x48", ""), ("24x24", "?size=small"), ("16x16", "?size=xsmall"),
          ("32x32", "?size=medium"))


class Refs:
    """References with links below one base. Made once for a call: what it made, it keeps."""

    def __init__(self, site: Site, root: str, version: int) -> None:
        self.site = site
        self.root = root
        self.base = f"{root}/rest/api/{version}"
        self._made: dict[tuple[str, str], Json] = {}

    def user(self, account: str | None) -> Json | None:
        """A person in brief; None for nobody, and a bare account for one that is gone."""
        if account is None:
            return None
        made = self._made.get(("user", account))
        if made is None:
            made = self._made["user", account] = self.whole_user(self.site.users.get(account), account)
        return made

    def whole_user(self, user: User | None, account: str) -> Json:
        link = f"{self.base}/user?accountId={quote(account, safe='')}"
        if user is None:
            user = User(account, "Former user", "", active=False, kind="unknown",
                        email_visible=False)
        made: Json = {"self": link, "accountId": account}
        if user.email_visible and user.email:
            made["emailAddress"] = user.email
        return {
            **made,
            "avatarUrls": {
                size: f"https://avatar.example/{user.account_id[-4:]}/{size[:2]}"
                for size, _ in _SIZES
            },
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.zone,
            "accountType": user.kind,
        }

    def status(self, status_id: str) -> Json:
        made = self._made.get(("status", status_id))
        if made is None:
            made = self._made["status", status_id] = self._status(self.site.statuses[status_id])
        return made

    def _status(self, status: Status) -> Json:
        return {
            "self": f"{self.base}/status/{status.id}",
            "description": "",
            "iconUrl": f"{self.root}/",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def category(self, key: str) -> Json:
        number, colour, name = CATEGORIES[key]
        return {
            "self": f"{self.base}/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }

    def project(self, project_id: str) -> Json:
        made = self._made.get(("project", project_id))
        if made is None:
            made = self._made["project", project_id] = self._project(
                self.site.projects[project_id]
            )
        return made

    def _project(self, project: Project) -> Json:
        return {
            "self": f"{self.base}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": False,
            "avatarUrls": self.avatars("project", "10424"),
        }

    def avatars(self, kind: str, number: str) -> Json:
        where = f"{self.base}/universal_avatar/view/type/{kind}/avatar/{number}"
        return {size: where + query for size, query in _SIZES}

    def issue_type(self, type_id: str) -> Json:
        made = self._made.get(("type", type_id))
        if made is None:
            made = self._made["type", type_id] = self._type(self.site.types[type_id])
        return made

    def _type(self, kind: IssueType) -> Json:
        return {
            "self": f"{self.base}/issuetype/{kind.id}",
            "id": kind.id,
            "description": kind.description,
            "iconUrl": f"{self.base}/universal_avatar/view/type/issuetype/avatar/10318"
            "?size=medium",
            "name": kind.name,
            "subtask": kind.subtask,
            "avatarId": 10318,
            "hierarchyLevel": -1 if kind.subtask else 0,
        }

    def priority(self, priority_id: str) -> Json:
        found = self.site.priorities[priority_id]
        return {
            "self": f"{self.base}/priority/{found.id}",
            "iconUrl": f"{self.root}/images/icons/priorities/{found.name.lower()}.svg",
            "name": found.name,
            "id": found.id,
        }

    def resolution(self, resolution_id: str) -> Json:
        found = self.site.resolutions[resolution_id]
        return {
            "self": f"{self.base}/resolution/{found.id}",
            "id": found.id,
            "description": found.description,
            "name": found.name,
        }

    def option(self, field: Field, option_id: str) -> Json | None:
        """An option; None where it was deleted."""
        found = next((o for o in field.options if o.id == option_id), None)
        return None if found is None else self.an_option(found)

    def an_option(self, option: Option) -> Json:
        return {
            "self": f"{self.base}/customFieldOption/{option.id}",
            "value": option.value,
            "id": option.id,
        }

    def pooled(self, kind: str, one: Named) -> Json:
        """A component or a version of a project."""
        made: Json = {"self": f"{self.base}/{kind}/{one.id}", "id": one.id, "name": one.name}
        if kind == "version":
            return {**made, "archived": False, "released": False}
        return {**made, "description": one.description}

    def link_type(self, kind: LinkType) -> Json:
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.base}/issueLinkType/{kind.id}",
        }
