"""Whatever is sent, the answer is an answer: no body makes the stand-in fall over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.jira.asking import Asker, asker

KEYS = st.sampled_from(
    [
        "fields",
        "update",
        "project",
        "id",
        "key",
        "issuetype",
        "name",
        "summary",
        "labels",
        "add",
        "set",
        "remove",
        "transition",
        "body",
        "value",
        "properties",
        "visibility",
        "type",
        "object",
        "url",
        "title",
        "globalId",
        "issueUpdates",
        "issueIdsOrKeys",
        "jql",
        "maxResults",
        "options",
        "accountId",
        "ids",
        "customfield_10042",
        "customfield_10044",
        "priority",
        "components",
        "assignee",
        "comment",
        "inwardIssue",
        "outwardIssue",
        "webhooks",
        "events",
        "filters",
        "selectedIssueIdsOrKeys",
        "editedFieldsInput",
        "labelsFields",
        "bulkTransitionInputs",
        "changelogIds",
        "queries",
        "jqls",
        "issueIds",
        "reconcileIssues",
        "fieldIds",
        "timeSpentSeconds",
        "started",
    ]
)
LEAVES = st.sampled_from([None, 0, 1, -1, True, 1.5, "", "SUP", "SUP-1", "Bug", "10000"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
V3 = "/rest/api/3"
TARGETS = [
    ("POST", f"{V3}/issue"),
    ("PUT", f"{V3}/issue/SUP-1"),
    ("PUT", f"{V3}/issue/SUP-1/assignee"),
    ("POST", f"{V3}/issue/SUP-1/transitions"),
    ("POST", f"{V3}/issue/SUP-1/comment"),
    ("POST", f"{V3}/issue/SUP-1/remotelink"),
    ("POST", f"{V3}/issue/SUP-1/watchers"),
    ("POST", f"{V3}/issue/SUP-1/worklog"),
    ("POST", f"{V3}/issue/bulk"),
    ("POST", f"{V3}/issue/bulkfetch"),
    ("POST", f"{V3}/issueLink"),
    ("POST", f"{V3}/search/jql"),
    ("POST", f"{V3}/jql/match"),
    ("POST", f"{V3}/changelog/bulkfetch"),
    ("POST", f"{V3}/comment/list"),
    ("POST", f"{V3}/bulk/issues/fields"),
    ("POST", f"{V3}/bulk/issues/transition"),
    ("POST", f"{V3}/field/customfield_10042/context/1/option"),
    ("POST", "/rest/webhooks/1.0/webhook"),
]


@pytest.fixture(scope="module")
def ask() -> Asker:
    return asker("demo")


@pytest.mark.parametrize(("method", "target"), TARGETS)
@settings(max_examples=40, deadline=None)
@given(body=st.dictionaries(KEYS, VALUES, max_size=4) | VALUES)
def test_odd_bodies(ask: Asker, method: str, target: str, body: Any) -> None:
    """A body of any shape is done or refused with a reason, never an accident."""
    reply = ask(method, target, body)
    assert reply.status < 500
    assert reply.status < 400 or reply.body


def test_ids_as_numbers() -> None:
    """Ids are taken as numbers as well as in text."""
    ask = asker("demo")
    body = {"issueIdsOrKeys": [10000, "10001"]}
    assert len(ask.ok("POST", f"{V3}/issue/bulkfetch", body)["issues"]) == 2
