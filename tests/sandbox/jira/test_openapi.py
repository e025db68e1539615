"""Every answer that the vendor's own API description covers is as it says."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.sandbox.jira.asking import Asker, asker, files, text

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
SPEC = SHARED / "jira" / "openapi" / "jira-platform-swagger-v3.v3.json"
ADF = SHARED / "jira" / "adf-schema" / "full.json"

needs_spec = pytest.mark.skipif(
    not SPEC.exists(),
    reason=f"the vendor's OpenAPI document is not at {SPEC}; set SHARED_DATA to its folder",
)
needs_adf = pytest.mark.skipif(
    not ADF.exists(),
    reason=f"the vendor's document schema is not at {ADF}; set SHARED_DATA to its folder",
)

# Served by us and by the vendor, but not in its description of version 3.
UNDESCRIBED = ("/_edge/", "/oauth/", "/authorize", "/media/", "/rest/webhooks/", "/rest/api/2/")
# Where the description contradicts its own example, or the recorded answers.
EXCUSED: dict[str, tuple[str, ...]] = {
    "POST /rest/api/3/changelog/bulkfetch": ("created",),  # its example has milliseconds
    "GET /rest/api/3/bulk/queue/{taskId}": ("created", "started", "updated"),  # likewise
}


@cache
def spec() -> dict[str, Any]:
    return json.loads(SPEC.read_text(encoding="utf-8"))


@cache
def operations() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return each operation by method and path with unnamed parameters."""
    return {
        f"{method.upper()} {_bare(path)}": (path, operation)
        for path, item in spec()["paths"].items()
        for method, operation in item.items()
        if method in {"get", "post", "put", "delete"}
    }


def _bare(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@cache
def validator(endpoint: str, status: str) -> Validator | None:
    found = operations().get(_bare(endpoint))
    if found is None:
        return None
    answer = found[1]["responses"].get(status, {})
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    resource = Resource.from_contents(spec(), default_specification=DRAFT4)
    registry = Registry().with_resource("urn:jira", resource)
    return OAS30Validator(_absolute(schema), registry=registry)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            k: f"urn:jira{v}" if k == "$ref" else _absolute(v) for k, v in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema


def present(value: Any) -> Any:
    """Drop what is null: recorded answers hold nulls that the description does not foresee."""
    if isinstance(value, dict):
        return {k: present(v) for k, v in value.items() if v is not None}
    return [present(one) for one in value] if isinstance(value, list) else value


def wrong(ask: Asker) -> list[str]:
    """Return what is not as described in all that was answered."""
    found: list[str] = []
    for endpoint, _, reply in ask.seen:
        if any(part in endpoint for part in UNDESCRIBED) or not reply.response.body:
            continue
        check = validator(endpoint, str(reply.status))
        if check is None or reply.status >= 400:
            continue
        found += [
            f"{endpoint} {reply.status} {list(error.path)}: {error.message[:200]}"
            for error in check.iter_errors(present(reply.body))
            if not set(error.path) & set(EXCUSED.get(endpoint, ()))
        ]
    return found


def _work(ask: Asker) -> None:
    """Call every endpoint that is served, so that it answers with something in it."""
    for path in (
        "serverInfo", "myself", "project", "project/search", "project/SUP", "project/SUP/statuses",
        "project/SUP/components", "project/SUP/versions", "issuetype", "issuetype/10100", "field",
        "field/search", "priority", "priority/search", "priority/1", "resolution",
        "resolution/search", "resolution/10000", "status", "status/10000", "statuscategory",
        "label", "users", "users/search", "user/search?query=ada", "group/bulk", "groups/picker",
        "group/member?groupname=support-engineers", "issueLinkType",
        "mypermissions?permissions=BROWSE_PROJECTS,EDIT_ISSUES,ADMINISTER&projectKey=SUP",
        "issue/createmeta?projectKeys=SUP&expand=projects.issuetypes.fields",
        "issue/createmeta/SUP/issuetypes", "issue/createmeta/SUP/issuetypes/10100",
        "user/assignable/search?project=SUP", "attachment/meta",
        "user/assignable/multiProjectSearch?projectKeys=SUP",
        "field/customfield_10042/context",
    ):
        ask.ok("GET", f"/rest/api/3/{path}")
    _people(ask)
    _issue(ask)
    _bulk(ask)
    _schema(ask)


def _people(ask: Asker) -> None:
    account = ask.ok("GET", "/rest/api/3/myself")["accountId"]
    ask.ok("GET", f"/rest/api/3/user?accountId={account}")
    ask.ok("GET", f"/rest/api/3/user/bulk?accountId={account}")
    issue = "/rest/api/3/issue/SUP-1"
    ask.ok("POST", f"{issue}/watchers", account)
    ask.ok("GET", f"{issue}/watchers")
    ask.ok("DELETE", f"{issue}/watchers?accountId={account}")
    ask.ok("POST", f"{issue}/votes", {})
    ask.ok("GET", f"{issue}/votes")
    ask.ok("DELETE", f"{issue}/votes")


def _issue(ask: Asker) -> None:
    made = ask.create(
        description=text("what is wrong"), labels=["a", "b"], customfield_10042={"value": "S1"},
        customfield_10044=[{"value": "Web"}], customfield_10049="2026-02-01", duedate="2026-03-01",
        customfield_10050="2026-02-01T10:00:00.000+0000", customfield_10041=3,
        customfield_10055="https://acme.zendesk.com/agent/tickets/1",
    )
    issue = f"/rest/api/3/issue/{made['key']}"
    ask.ok("PUT", issue, {"update": {"labels": [{"add": "c"}, {"remove": "a"}]}})
    ask.ok("PUT", f"{issue}?returnIssue=true", {"fields": {"summary": "Another"}})
    ask.ok("PUT", f"{issue}/assignee", {"accountId": "-1"})
    ask.ok("GET", f"{issue}/editmeta")
    comment = ask.ok("POST", f"{issue}/comment", {"body": text("hello")})["id"]
    ask.ok("PUT", f"{issue}/comment/{comment}", {"body": text("hello again")})
    ask.ok("GET", f"{issue}/comment/{comment}?expand=renderedBody,properties")
    ask.ok("GET", f"{issue}/comment")
    ask.ok("POST", "/rest/api/3/comment/list", {"ids": [int(comment)]})
    ask.ok("PUT", f"/rest/api/3/comment/{comment}/properties/k", {"v": 1})
    ask.ok("GET", f"/rest/api/3/comment/{comment}/properties")
    ask.ok("GET", f"/rest/api/3/comment/{comment}/properties/k")
    ask.ok("DELETE", f"/rest/api/3/comment/{comment}/properties/k")
    ask.ok("POST", f"{issue}/worklog", {"timeSpentSeconds": 600, "comment": text("worked")})
    ask.ok("GET", f"{issue}/worklog")
    ask.ok("PUT", f"{issue}/properties/hub", {"ticket": 1})
    ask.ok("GET", f"{issue}/properties")
    ask.ok("GET", f"{issue}/properties/hub")
    link = {"globalId": "system=zendesk&id=1", "object": {"url": "https://a.example", "title": "1"}}
    number = ask.ok("POST", f"{issue}/remotelink", link)["id"]
    ask.ok("GET", f"{issue}/remotelink")
    ask.ok("GET", f"{issue}/remotelink/{number}")
    ask.ok(
        "POST", "/rest/api/3/issueLink",
        {"type": {"name": "Blocks"}, "inwardIssue": {"key": made["key"]},
         "outwardIssue": {"key": "SUP-1"}},
    )
    ask.ok("GET", f"{issue}/transitions?expand=transitions.fields")
    ask.ok("POST", f"{issue}/transitions", {"transition": {"id": "11"}})
    body, headers = files(("a.txt", b"one", "text/plain"), ("b.png", b"two", "image/png"))
    one = ask.ok("POST", f"{issue}/attachments", raw=body, headers=headers)[0]["id"]
    ask.ok("GET", f"/rest/api/3/attachment/{one}")
    shown = ask.ok("GET", f"{issue}?expand=changelog,names,schema,renderedFields,editmeta,transitions"
                          "&properties=*all")
    ask.ok("GET", f"/rest/api/3/issueLink/{shown['fields']['issuelinks'][0]['id']}")
    log = ask.ok("GET", f"{issue}/changelog")
    ask.ok("POST", f"{issue}/changelog/list", {"changelogIds": [int(log["values"][0]["id"])]})


def _bulk(ask: Asker) -> None:
    good = {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Task"}, "summary": "x"}}
    made = ask.ok("POST", "/rest/api/3/issue/bulk", {"issueUpdates": [good, {"fields": {}}, good]})
    ids = [issue["id"] for issue in made["issues"]]
    ask.ok("POST", "/rest/api/3/issue/bulkfetch",
           {"issueIdsOrKeys": ["SUP-1", *ids], "fields": ["*all"], "expand": ["changelog"]})
    ask.ok("POST", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["SUP-3", "SUP-4"]})
    jql = "project = SUP ORDER BY updated ASC"
    ask.ok("POST", "/rest/api/3/search/jql", {"jql": jql, "fields": ["*all"], "maxResults": 20})
    ask.ok("GET", f"/rest/api/3/search/jql?jql={jql.replace(' ', '+')}&expand=names,schema")
    ask.ok("POST", "/rest/api/3/search/approximate-count", {"jql": jql})
    ask.ok("POST", "/rest/api/3/jql/match", {"jqls": [jql], "issueIds": [10000, 10001]})
    ask.ok("POST", "/rest/api/3/jql/parse", {"queries": [jql]})
    task = ask.ok(
        "POST", "/rest/api/3/bulk/issues/transition",
        {"bulkTransitionInputs": [{"selectedIssueIdsOrKeys": ids, "transitionId": "11"}]},
    )["taskId"]
    ask.ok("GET", f"/rest/api/3/bulk/queue/{task}")


def _schema(ask: Asker) -> None:
    made = ask.ok(
        "POST", "/rest/api/3/field",
        {"name": "Region", "type": "com.atlassian.jira.plugin.system.customfieldtypes:select",
         "searcherKey": "com.atlassian.jira.plugin.system.customfieldtypes:multiselectsearcher"},
    )
    place = f"/rest/api/3/field/{made['id']}/context"
    context = ask.ok("GET", place)["values"][0]["id"]
    ask.ok("POST", f"{place}/{context}/option", {"options": [{"value": "EMEA"}]})
    ask.ok("GET", f"{place}/{context}/option")
    ask.ok("GET", f"{place}/projectmapping")
    _screens(ask, made["id"])


def _screens(ask: Asker, field: str) -> None:
    """A new field is on no screen; put there, people can set it."""
    base = "/rest/api/3"
    project = ask.ok("GET", f"{base}/project/SUP")["id"]
    used = ask.ok("GET", f"{base}/issuetypescreenscheme/project?projectId={project}")["values"][0]
    scheme = used["issueTypeScreenScheme"]["id"]
    mapped = ask.ok("GET", f"{base}/issuetypescreenscheme/mapping?issueTypeScreenSchemeId={scheme}")
    [row] = ask.ok("GET", f"{base}/screenscheme?id={mapped['values'][0]['screenSchemeId']}")["values"]
    screen = row["screens"]["default"]
    assert screen in [one["id"] for one in ask.ok("GET", f"{base}/screens")["values"]]
    [tab] = ask.ok("GET", f"{base}/screens/{screen}/tabs")
    place = f"{base}/screens/{screen}/tabs/{tab['id']}/fields"
    assert field not in [one["id"] for one in ask.ok("GET", place)]
    ask.ok("POST", place, {"fieldId": field})
    assert field in [one["id"] for one in ask.ok("GET", place)]


@needs_spec
def test_answers_are_as_the_vendor_describes_them() -> None:
    """A client written from the vendor's description can read all that we answer."""
    ask = asker("demo")
    _work(ask)
    assert wrong(ask) == []


@needs_spec
def test_dynamic_webhooks_are_as_described() -> None:
    """The webhooks of an OAuth app are registered, listed and renewed as described."""
    ask = asker("empty")
    ask.auth = "Bearer sandbox-jira-access-token"
    base = f"/ex/jira/{ask.jira.describe('', '')['cloud_id']}/rest/api/3/webhook"
    wanted = {"events": ["jira:issue_updated"], "jqlFilter": "project = SUP"}
    made = ask.ok("POST", base, {"url": "http://127.0.0.1:1/hook", "webhooks": [wanted]})
    number = made["webhookRegistrationResult"][0]["createdWebhookId"]
    ask.ok("GET", base)
    ask.ok("PUT", f"{base}/refresh", {"webhookIds": [number]})
    ask.ok("DELETE", base, {"webhookIds": [number]})
    assert wrong(ask) == []


@needs_spec
def test_every_served_endpoint_is_the_vendors() -> None:
    """No path of version 3 is served that the vendor does not have, the removed search aside."""
    ask = asker("demo")
    _work(ask)
    served = {endpoint for endpoint, _, _ in ask.seen if "/rest/api/3/" in endpoint}
    assert {endpoint for endpoint in served if _bare(endpoint) not in operations()} == set()


@cache
def adf_validator() -> Validator:
    return Draft4Validator(json.loads(ADF.read_text(encoding="utf-8")))


@needs_adf
def test_documents_of_the_demo_are_valid() -> None:
    """Every description and comment that the demo shows is a document by the vendor's schema."""
    ask = asker("demo")
    page = ask.ok("POST", "/rest/api/3/search/jql",
                  {"jql": "project in (SUP, OPS)", "fields": ["description", "comment"],
                   "maxResults": 100})
    documents = [issue["fields"]["description"] for issue in page["issues"]]
    documents += [c["body"] for i in page["issues"] for c in i["fields"]["comment"]["comments"]]
    kept = [document for document in documents if document is not None]
    assert len(kept) > 40
    assert [e.message for doc in kept for e in adf_validator().iter_errors(doc)] == []
