"""The doctor on Jira: who we are there, what we may in the project, its webhook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flows.doctor_findings import Finding, Part, asked, clock, json_of, listed
from flows.wiring import Assembly
from hub.model import JIRA

NEEDED = (
    *("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS"),
    *("EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS", "CREATE_ATTACHMENTS", "LINK_ISSUES", "ASSIGN_ISSUES"),
)
"""In the project; without one of them some of the hub's writes are refused and parked."""
USEFUL = {
    "DELETE_ISSUES": "`hub undo` cannot take back issues that it created",
    "ADMINISTER_PROJECTS": "writes without notifications are not quiet: Jira ignores the wish",
}
MORE = {"ADMINISTER": "administer the whole site"}
"""Rights that only `hub provision` needs, and only once."""
SCOPES = frozenset({"read:jira-work", "write:jira-work", "read:jira-user"})
_PATH = "/webhooks/jira"


def of_jira(assembly: Assembly) -> Iterator[Finding]:
    part, project = Part("jira"), assembly.settings.jira.project
    reply = asked(assembly, JIRA, "/rest/api/3/myself")
    if reply.status != HTTPStatus.OK:
        yield part.fail(f"Jira does not say who we are ({reply.status})", "check [jira] in hub.toml")
        return
    yield clock(part, reply, assembly.wires.wall())
    yield (
        part.ok("signed in")
        if json_of(reply).get("active", True)
        else part.fail("the hub's account is not active", "activate it at admin.atlassian.com")
    )
    yield from _permissions(part, assembly, project)
    yield from _scopes(part, assembly)
    yield from _webhooks(part, assembly)


def _permissions(part: Part, assembly: Assembly, project: str) -> Iterator[Finding]:
    wanted = ",".join((*NEEDED, *USEFUL, *MORE))
    params = {"permissions": wanted, "projectKey": project}
    reply = asked(assembly, JIRA, "/rest/api/3/mypermissions", params=params)
    if reply.status != HTTPStatus.OK:
        yield part.fail(
            f"project {project} is not to be seen", "check `project` under [jira]; let the hub's user in"
        )
        return
    told: Mapping[str, Mapping[str, Any]] = json_of(reply)["permissions"]
    has = {name for name, one in told.items() if one.get("havePermission")}
    missing = [name for name in NEEDED if name not in has]
    if missing:
        yield part.fail(
            f"in project {project} the hub may not: {listed(missing)}",
            "give its user a role that may, in the project's permission scheme",
        )
    else:
        yield part.ok(f"in project {project} the hub has the {len(NEEDED)} rights that it needs")
    for name, consequence in USEFUL.items():
        if name not in has:
            yield part.warn(
                f"without {name} in project {project}: {consequence}", "give it, or live with that"
            )
    for name, what in MORE.items():
        if name in has:
            yield part.warn(
                f"the hub may {what}, which its daily work does not need",
                "give it a user of its own with a role in the project; `hub provision` alone needs more",
            )


def _scopes(part: Part, assembly: Assembly) -> Iterator[Finding]:
    oauth = assembly.settings.jira.oauth
    if oauth is None or not oauth.scope:
        return
    scopes = {*oauth.scope.split()} - {"offline_access"}
    missing, more = SCOPES - scopes, {s for s in scopes if s.startswith("manage:")}
    if missing:
        yield part.fail(f"`scope` under [jira.oauth] lacks {listed(missing)}", "add them and sign in anew")
    elif more:
        yield part.warn(f"`scope` asks for more than the daily work needs: {listed(more)}", "leave them out")
    else:
        yield part.ok("its scopes are what the hub needs")


def _webhooks(part: Part, assembly: Assembly) -> Iterator[Finding]:
    settings = assembly.settings
    if settings.jira.webhook_secret is None:
        yield part.ok("no webhook is set up: changes are found by polling alone")
        return
    reply = asked(assembly, JIRA, "/rest/webhooks/1.0/webhook")
    if reply.status != HTTPStatus.OK:
        yield part.warn(
            "its webhooks cannot be seen: only administrators may look",
            "let an administrator look at Settings, System, WebHooks",
        )
        return
    public = settings.watch.public_url.rstrip("/")
    ours = [hook for hook in json_of(reply) if str(hook.get("url", "")).split("?")[0].endswith(_PATH)]
    here = [hook for hook in ours if not public or hook["url"].split("?")[0] == public + _PATH]
    if not ours:
        yield part.fail(
            f"no webhook points to {public or 'the hub'}{_PATH}", "make one, as docs/operations.md says"
        )
    elif not here:
        yield part.fail(
            "its webhook points to another address than `public_url` of [watch]", "correct one of them"
        )
    for hook in here:
        if not hook.get("enabled", True):
            yield part.fail("its webhook is disabled", "enable it in Settings, System, WebHooks")
        elif not hook.get("isSigned", True):
            yield part.fail(
                "its webhook has no secret: every delivery is refused", "give it `webhook_secret`"
            )
        else:
            yield part.ok("its webhook is enabled and signed")
