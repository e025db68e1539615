"""How Jira fields are made of what a mapping file says: types, searchers, and what cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from connectors.auth import NoAuth
from connectors.http import Http
from connectors.jira.provisioning import JiraProvisioner
from hub.mapping import load
from hub.model import JIRA
from hub.provision import Provision
from hub.schema import Schema
from tests.worlds import MAPPINGS, jira_schema


class Unpaced:
    def take(self, endpoint: str, target: str = "") -> None: ...
    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None: ...


def _classic(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": "10010", "key": "SUP", "style": "classic"}, request=request)


def _plan(text: str, schema: Schema) -> Provision:
    http = Http(
        "http://jira.test", system="jira", auth=NoAuth(), budget=Unpaced(), transport=httpx.MockTransport(_classic)
    )
    return JiraProvisioner(http, load(text, "jira.yaml"), lambda: schema, "SUP").plan()


def _bare() -> Schema:
    fields = {name: it for name, it in jira_schema().fields.items() if not name.startswith("customfield_")}
    return Schema(JIRA, fields)


def test_a_bare_site_gets_the_demos_fields() -> None:
    """Types are those that the shipped mapping file was written for, each with a searcher that fits it."""
    plan = _plan((MAPPINGS / "jira.yaml").read_text("utf-8"), _bare())
    made: dict[str, tuple[str, str, Any]] = {}
    for step in plan.steps:
        body = step.asked["body"]
        kind, searcher = (body[key].rpartition(":")[2] for key in ("type", "searcherKey"))
        made[body["name"]] = kind, searcher, step.asked["options"]
    wanted = {
        "Affected users": ("float", "exactnumber", []),
        "Steps to reproduce": ("textarea", "textsearcher", []),
        "Product area": ("select", "multiselectsearcher", ["Checkout", "Billing", "API", "Mobile app", "Reporting"]),
        "Severity": ("select", "multiselectsearcher", ["S1", "S2", "S3", "S4"]),
        "Components affected": ("multiselect", "multiselectsearcher", ["Web", "Backend", "Mobile", "Data"]),
        "Accounts": ("labels", "labelsearcher", []),
        "Account tier": ("select", "multiselectsearcher", ["starter", "business", "enterprise"]),
        "Renewal date": ("datepicker", "daterange", []),
        "Customer SLA due": ("datetime", "datetimerange", []),
        "Score label": ("select", "multiselectsearcher", ["low", "normal", "high", "urgent"]),
    }
    assert made | wanted == made
    assert plan.by_hand == ()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("custom.x: {field: customfield_10999, as: text}", "an id cannot be chosen"),
        ("impact.workaround: {field: Workaround, as: long}", "write `as: markdown`"),
        ("impact.blocked: {field: Blocked, as: flag}", "add `write: {true: …, false: …}`"),
        ("custom.x: {field: Sort, as: choice}", "say what it holds in a `read` table"),
    ],
)
def test_what_cannot_be_made_is_said_with_what_to_do(rule: str, said: str) -> None:
    plan = _plan(f"system: jira\nfields:\n  {rule}\n", _bare())
    assert plan.steps == ()
    assert plan.by_hand[0].startswith("jira.yaml:3:") and said in plan.by_hand[0]


def test_a_flag_with_names_is_a_drop_down() -> None:
    rule = 'impact.blocked: {field: Blocked, as: flag, write: {"true": Blocked, "false": Working}}'
    [step] = _plan(f"system: jira\nfields:\n  {rule}\n", _bare()).steps
    assert step.asked["options"] == ["Blocked", "Working"]


def test_a_machine_copy_lives_in_a_property() -> None:
    plan = _plan("system: jira\nfields:\n  subject: {field: summary, as: text}\ncontext: {copy: Notes}\n", _bare())
    assert "write `copy: property:support-hub`" in plan.by_hand[0]


def test_a_complete_site_needs_nothing() -> None:
    assert _plan((MAPPINGS / "jira.yaml").read_text("utf-8"), jira_schema()).complete
