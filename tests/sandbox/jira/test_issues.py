"""Issues are created, edited, moved and refused as at the vendor's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.asking import Asker, asker, text

ISSUE = "/rest/api/3/issue"


def fields(ask: Asker, key: str) -> dict[str, Any]:
    return ask.ok("GET", f"{ISSUE}/{key}")["fields"]


def errors(ask: Asker, method: str, target: str, body: Any) -> dict[str, str]:
    reply = ask(method, target, body)
    assert reply.status == 400, reply.body
    return reply.body["errors"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("summary", "a\nb", "contains newline characters"),
        ("summary", "x" * 256, "can't exceed 255"),
        ("summary", None, "You must specify a summary"),
        ("description", "plain", "Atlassian Document"),
        ("description", {"type": "doc", "version": 1, "content": [{"type": "nope"}]}, "INVALID"),
        ("description", text("x" * 32768), "limit of 32,767 characters"),
        ("labels", ["a b"], "The label 'a b' contains spaces which is invalid."),
        ("priority", {"name": "Urgent"}, "Priority name 'Urgent' is not valid"),
        ("customfield_10041", "3", "must be a number"),
        ("customfield_10042", {"value": "S9"}, "Option value 'S9' is not valid"),
        ("customfield_10049", "01/02/2026", "Error parsing date string"),
        ("customfield_10055", "not a url", "Not a valid URL"),
        ("assignee", {"accountId": "nobody"}, "cannot be assigned"),
        ("customfield_19999", "x", "It is not on the appropriate screen, or unknown."),
        ("status", {"name": "Done"}, "It is not on the appropriate screen, or unknown."),
    ],
)
def test_bad_values(field: str, value: Any, words: str) -> None:
    """A bad value is refused under its field's id, on create and on edit, with nothing done."""
    ask = asker()
    key = ask.create()["key"]
    assert words in errors(ask, "PUT", f"{ISSUE}/{key}", {"fields": {field: value}})[field]
    basic = {"project": {"key": "SUP"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    assert words in errors(ask, "POST", ISSUE, {"fields": {**basic, field: value}})[field]
    assert len(ask.jira.state.issues) == 1


def test_create_needs() -> None:
    """Project, type and summary are needed, each told by name."""
    ask = asker()
    assert set(errors(ask, "POST", ISSUE, {"fields": {}})) == {"project", "issuetype"}
    missing = {"project": {"key": "SUP"}, "summary": "x"}
    assert errors(ask, "POST", ISSUE, {"fields": missing}) == {"issuetype": "Specify an issue type"}


def test_edit_is_all_or_nothing() -> None:
    """One bad field leaves the good one unset."""
    ask = asker()
    key = ask.create(summary="before")["key"]
    ask("PUT", f"{ISSUE}/{key}", {"fields": {"summary": "after", "labels": ["a b"]}})
    assert fields(ask, key)["summary"] == "before"


def test_verbs_in_one_call() -> None:
    """Labels are added and removed in one edit; a field may not be in both halves."""
    ask = asker()
    key = ask.create(labels=["a", "b"])["key"]
    change = {"update": {"labels": [{"add": "c"}, {"remove": "a"}]}}
    ask.ok("PUT", f"{ISSUE}/{key}", change)
    assert fields(ask, key)["labels"] == ["b", "c"]
    both = {"fields": {"labels": []}, **change}
    assert "labels" in errors(ask, "PUT", f"{ISSUE}/{key}", both)


def test_edit_returns_the_issue_and_sets_properties() -> None:
    """`returnIssue` answers with what became; properties come along; a transition is ignored."""
    ask = asker()
    key = ask.create()["key"]
    body = {
        "fields": {"summary": "new"},
        "properties": [{"key": "hub", "value": {"ticket": 5}}],
        "transition": {"id": "11"},
    }
    shown = ask.ok("PUT", f"{ISSUE}/{key}?returnIssue=true", body)
    assert shown["fields"]["summary"] == "new"
    assert shown["fields"]["status"]["name"] == "To Do"
    assert ask.ok("GET", f"{ISSUE}/{key}/properties/hub")["value"] == {"ticket": 5}


def test_no_change_is_no_change() -> None:
    """An edit that sets what is there leaves the time of change alone; a property does too."""
    ask = asker()
    key = ask.create(summary="same")["key"]
    before = fields(ask, key)["updated"]
    ask.clock.advance(100)
    ask.ok("PUT", f"{ISSUE}/{key}", {"fields": {"summary": "same"}})
    ask.ok("PUT", f"{ISSUE}/{key}/properties/hub", 1)
    assert fields(ask, key)["updated"] == before
    ask.ok("PUT", f"{ISSUE}/{key}", {"fields": {"summary": "other"}})
    assert fields(ask, key)["updated"] > before


def test_changelog_tells_who_and_what() -> None:
    """Each edit is a history with ids and texts of both values, and the mark of its maker."""
    ask = asker()
    key = ask.create()["key"]
    ask.ok("PUT", f"{ISSUE}/{key}", {
        "fields": {"priority": {"name": "High"}, "customfield_10042": {"value": "S2"}},
        "historyMetadata": {"type": "hub", "extraData": {"run": "1"}},
    })
    [history] = ask.ok("GET", f"{ISSUE}/{key}/changelog")["values"]
    assert history["historyMetadata"]["extraData"] == {"run": "1"}
    items = {item["fieldId"]: item for item in history["items"]}
    assert (items["priority"]["fromString"], items["priority"]["toString"]) == ("Medium", "High")
    assert items["customfield_10042"]["fieldtype"] == "custom"


class TestWorkflow:
    """Only the steps of the workflow can be taken, with what their screens ask."""

    def test_path_to_done(self) -> None:
        """To Do to Done takes three steps, the last with a resolution."""
        ask = asker()
        key = ask.create()["key"]
        where = f"{ISSUE}/{key}/transitions"
        reply = ask("POST", where, {"transition": {"id": "31"}})
        assert reply.status == 400
        assert "not valid for this issue" in reply.body["errorMessages"][0]
        for step in ("11", "21"):
            ask.ok("POST", where, {"transition": {"id": step}})
        bare = errors(ask, "POST", where, {"transition": {"id": "31"}})
        assert bare == {"resolution": "Resolution is required."}
        done = {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}
        ask.ok("POST", where, done)
        shown = fields(ask, key)
        assert shown["status"]["statusCategory"]["key"] == "done"
        assert shown["resolutiondate"] == "2026-01-06T01:00:00.000-0800"
        ask.ok("POST", where, {"transition": {"id": "61"}})
        assert fields(ask, key)["resolution"] is None

    def test_screens(self) -> None:
        """A transition shows its screen's fields, and takes no others."""
        ask = asker()
        key = ask.create()["key"]
        where = f"{ISSUE}/{key}/transitions"
        names = [t["name"] for t in ask.ok("GET", where)["transitions"]]
        assert names == ["Start", "Block"]
        ask.ok("POST", where, {"transition": {"id": "11"}})
        extra = {"transition": {"id": "21"}, "fields": {"summary": "no"}}
        assert "appropriate screen" in errors(ask, "POST", where, extra)["summary"]
        ask.ok("POST", where, {"transition": {"id": "21"}})
        shown = ask.ok("GET", f"{where}?expand=transitions.fields")["transitions"]
        resolve = next(t for t in shown if t["name"] == "Resolve")
        assert resolve["hasScreen"] is True
        assert resolve["fields"]["resolution"]["required"] is True
        assert resolve["fields"]["resolution"]["allowedValues"][0]["name"] == "Done"

    def test_missing_identifier(self) -> None:
        """No id is told as such."""
        ask = asker()
        reply = ask("POST", f"{ISSUE}/{ask.create()['key']}/transitions", {})
        assert reply.body["errorMessages"] == ["Missing 'transition' identifier"]

    def test_changed_workflow(self) -> None:
        """A step that was taken out of the workflow is not offered any more."""
        ask = asker()
        key = ask.create()["key"]
        ask.jira.person("remove_transition", project="SUP", name="Start")
        ask.jira.person("add_transition", project="SUP", name="Begin", to="In Progress",
                        sources=["To Do"])
        shown = ask.ok("GET", f"{ISSUE}/{key}/transitions")["transitions"]
        assert {t["name"] for t in shown} == {"Block", "Begin"}


class TestPlaces:
    """Keys change, ids stay; what is gone or unseen looks the same."""

    def test_move(self) -> None:
        """A moved issue answers to its old key with its new one."""
        ask = asker()
        made = ask.create()
        moved = ask.jira.person("move", issue=made["key"], project="OPS")
        shown = ask.ok("GET", f"{ISSUE}/{made['key']}")
        assert (shown["id"], shown["key"]) == (made["id"], moved["key"])
        body = {"issueIdsOrKeys": [made["key"].lower()], "fields": ["summary"]}
        assert ask.ok("POST", f"{ISSUE}/bulkfetch", body)["issues"][0]["key"] == moved["key"]

    def test_delete(self) -> None:
        """A deleted issue is a 404 like one that never was."""
        ask = asker()
        key = ask.create()["key"]
        ask.ok("DELETE", f"{ISSUE}/{key}")
        gone, never = ask("GET", f"{ISSUE}/{key}"), ask("GET", f"{ISSUE}/SUP-99")
        assert gone.status == never.status == 404
        assert gone.body == never.body
        assert "do not have permission to see it" in gone.body["errorMessages"][0]

    def test_no_permission_to_edit(self) -> None:
        """Who may not edit is told that the field is not on the screen."""
        ask = asker()
        key = ask.create()["key"]
        ask.jira.person("revoke", permission="EDIT_ISSUES", project="SUP")
        told = errors(ask, "PUT", f"{ISSUE}/{key}", {"fields": {"summary": "x"}})
        assert "appropriate screen" in told["summary"]

    def test_deleted_field_and_option(self) -> None:
        """A deleted field is unknown; a deleted option is not valid and its values are gone."""
        ask = asker()
        key = ask.create(customfield_10041=3, customfield_10042={"value": "S1"})["key"]
        ask.jira.person("delete_option", field="Severity", option="S1")
        ask.jira.person("delete_field", field="Affected users")
        shown = fields(ask, key)
        assert "customfield_10041" not in shown
        assert shown["customfield_10042"] is None
        body = {"fields": {"customfield_10041": 1, "customfield_10042": {"value": "S1"}}}
        assert set(errors(ask, "PUT", f"{ISSUE}/{key}", body)) == set(body["fields"])
