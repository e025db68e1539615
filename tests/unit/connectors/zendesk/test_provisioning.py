"""How Zendesk fields are made of what a mapping file says: types, tags, and what cannot be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.zendesk.provisioning import planned
from hub.mapping import load
from hub.provision import Provision, compare
from hub.schema import Field, Option, Schema
from tests.worlds import MAPPINGS, zendesk_schema

TEXT = (MAPPINGS / "zendesk.yaml").read_text("utf-8")


def _bare() -> Schema:
    """An account with Zendesk's own fields only."""
    own = {"subject", "description", "status", "priority", "type", "tags", "requester", "assignee", "group"}
    own |= {"sla:next_breach_at", "organization.id", "organization.name"}
    schema = zendesk_schema()
    return replace(schema, fields={key: it for key, it in schema.fields.items() if key in own})


def _plan(schema: Schema, text: str = TEXT) -> Provision:
    file = load(text, "zendesk.yaml")
    return planned(file, schema, compare(file, schema))


def _bodies(plan: Provision) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for step in plan.steps:
        [body] = step.asked["body"].values()
        found[body.get("key") or body["title"]] = body
    return found


def _tags(body: Mapping[str, Any]) -> dict[str, str]:
    return {row["name"]: row["value"] for row in body["custom_field_options"]}


def test_a_bare_account_gets_the_demos_fields() -> None:
    """Types and tags are those that the shipped mapping file was written for."""
    bodies = _bodies(_plan(_bare()))
    kinds = {name: body["type"] for name, body in bodies.items()}
    assert kinds | {
        "Affected users": "integer", "Customer blocked": "checkbox", "Workaround": "textarea",
        "Environment": "text", "Revenue at risk": "decimal", "Product area": "tagger", "Severity": "tagger",
        "Components": "multiselect", "Go-live date": "date", "Jira issue": "text", "Engineer": "text",
        "Support score": "integer", "Escalation risk": "decimal", "Hub context": "textarea",
        "tier": "dropdown", "health": "dropdown", "arr": "decimal", "csm": "text", "renewal_date": "date",
    } == kinds  # fmt: skip
    assert _tags(bodies["Product area"]) == {
        "Checkout": "product_checkout", "Billing": "product_billing", "API": "product_api",
        "Mobile app": "product_mobile", "Reporting": "product_reporting",
    }  # fmt: skip
    assert _tags(bodies["Severity"]) == {
        "S1 - Down": "sev_1", "S2 - Degraded": "sev_2", "S3 - Minor": "sev_3", "S4 - Question": "sev_4",
    }  # fmt: skip
    assert _tags(bodies["Components"])["Backend"] == "comp_backend"
    assert _tags(bodies["tier"])["Enterprise"] == "tier_enterprise"
    assert _tags(bodies["health"]) == {"Green": "health_green", "Yellow": "health_yellow", "Red": "health_red"}
    assert bodies["Needs engineering"]["tag"] == "needs_engineering"


def test_tags_of_new_fields_are_kept_out_of_the_register_tags() -> None:
    """The shipped file does that for its drop-downs; one that does not is told what to add."""
    assert not [it for it in _plan(_bare()).advice if "_*" in it]
    bold = TEXT.replace('"sev_*", ', "").replace("customer_blocked, ", "")
    said = "\n".join(_plan(_bare(), bold).advice)
    assert '"severity_*"' in said and '"customer_blocked"' in said
    assert "zendesk.yaml:18" in said


def test_an_option_that_is_added_looks_like_its_neighbours() -> None:
    """The tags of a field's other options say how a new one begins."""
    schema = zendesk_schema()
    field = next(it for it in schema.fields.values() if it.name == "Severity")
    short = replace(field, id="cf:1", options=(Option("grade_1", "S1 - Down"),))
    others = {k: v for k, v in schema.fields.items() if v.name != "Severity"}
    [step] = _plan(replace(schema, fields={**others, "cf:1": short})).steps
    assert step.what == "add S2 - Degraded, S3 - Minor, S4 - Question to `Severity`"
    assert step.asked["path"] == "/api/v2/ticket_fields/1"
    assert [row["value"] for row in step.asked["options"]] == ["grade_s2", "grade_s3", "grade_s4"]


def test_a_moment_is_kept_in_a_text_field() -> None:
    """Zendesk has no field for date and time."""
    file = "system: zendesk\nfields:\n  sla.due: {field: Due, as: instant}\n"
    [step] = _plan(Schema(zendesk_schema().system, {}), file).steps
    assert step.what == "make the text field `Due`"


def test_options_of_zendesks_own_fields_cannot_be_added() -> None:
    schema = zendesk_schema()
    kind = replace(schema.fields["type"], options=(Option("question", "Question"),))
    plan = _plan(replace(schema, fields={**schema.fields, "type": kind}))
    assert plan.steps == ()
    assert "Zendesk's own field `Type` has no option `incident`, `problem`, `task`" in plan.by_hand[0]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('custom.x: {field: "cf:360", as: text}', "an id cannot be chosen"),
        ("custom.x: {field: Words, as: labels}", "say what it holds in a `read` table"),
        ("custom.x: {field: Sort, as: choice}", "say what it holds in a `read` table"),
        ("engineer: {field: Engineer, as: person}", "write `as: text`"),
        ("custom.x: {field: organization.Big-Key, as: text, direction: read}", "only a-z, 0-9 and _"),
    ],
)
def test_what_cannot_be_made_is_said_with_what_to_do(rule: str, said: str) -> None:
    plan = _plan(Schema(zendesk_schema().system, {}), f"system: zendesk\nfields:\n  {rule}\n")
    assert plan.steps == ()
    assert plan.by_hand[0].startswith("zendesk.yaml:3:") and said in plan.by_hand[0]


def test_a_field_that_is_there_is_left_alone() -> None:
    """Nothing is asked of a complete account."""
    assert _plan(zendesk_schema()).complete
    assert not _plan(replace(zendesk_schema(), fields={"x": Field("x", "X", "text")})).complete
