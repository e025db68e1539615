"""Many issues at once, and what hangs on them: links and properties."""

from __future__ import annotations

from typing import Any

from tests.sandbox.jira.asking import Asker, asker

ISSUE = "/rest/api/3/issue"


def fields(ask: Asker, key: str) -> dict[str, Any]:
    return ask.ok("GET", f"{ISSUE}/{key}")["fields"]


class TestBulk:
    """Calls for many issues fail in part, and say where."""

    def good(self, summary: str) -> dict[str, Any]:
        return {"fields": {"project": {"key": "SUP"}, "issuetype": {"name": "Bug"},
                           "summary": summary}}

    def test_create_in_part(self) -> None:
        """The failed are numbered; the made keep their order and leave the failed out."""
        ask = asker()
        updates = [self.good("one"), {"fields": {}}, self.good("two"), self.good("bad\n")]
        reply = ask("POST", f"{ISSUE}/bulk", {"issueUpdates": updates})
        assert reply.status == 201
        assert [issue["key"] for issue in reply.body["issues"]] == ["SUP-1", "SUP-2"]
        assert [e["failedElementNumber"] for e in reply.body["errors"]] == [1, 3]
        assert "project" in reply.body["errors"][0]["elementErrors"]["errors"]
        nothing = ask("POST", f"{ISSUE}/bulk", {"issueUpdates": [{"fields": {}}]})
        assert nothing.status == 400

    def test_create_too_many(self) -> None:
        """Fifty is the most."""
        ask = asker()
        assert ask("POST", f"{ISSUE}/bulk", {"issueUpdates": [self.good("x")] * 51}).status == 400

    def test_fetch(self) -> None:
        """Issues come by ascending id; what cannot be seen is silently absent."""
        ask = asker("demo")
        ask.jira.person("revoke", permission="BROWSE_PROJECTS", project="OPS")
        wanted = ["SUP-3", "OPS-1", "SUP-999", "sup-1", "10000"]
        body = ask.ok("POST", f"{ISSUE}/bulkfetch", {"issueIdsOrKeys": wanted})
        assert [issue["key"] for issue in body["issues"]] == ["SUP-1", "SUP-3"]
        assert "comment" not in body["issues"][0]["fields"]
        too_many = {"issueIdsOrKeys": [str(n) for n in range(101)]}
        assert ask("POST", f"{ISSUE}/bulkfetch", too_many).status == 400

    def test_edit_many(self) -> None:
        """A bulk edit is a task that tells what it did and what it could not."""
        ask = asker("demo")
        body = {
            "selectedIssueIdsOrKeys": ["SUP-1", "SUP-2", "SUP-999"],
            "selectedActions": ["labels"],
            "editedFieldsInput": {"labelsFields": [
                {"fieldId": "labels", "bulkEditMultiSelectFieldOption": "ADD",
                 "labels": [{"name": "swept"}]}]},
        }
        task = ask.ok("POST", "/rest/api/3/bulk/issues/fields", body)["taskId"]
        done = ask.ok("GET", f"/rest/api/3/bulk/queue/{task}")
        assert (done["status"], done["invalidOrInaccessibleIssueCount"]) == ("COMPLETE", 1)
        assert "swept" in fields(ask, "SUP-2")["labels"]


LINK: dict[str, Any] = {
    "globalId": "system=zendesk&id=1",
    "relationship": "support ticket",
    "object": {"url": "https://a.example/1", "title": "one"},
}


class TestLinks:
    """The remote link is the one upsert there is."""

    def test_upsert(self) -> None:
        """The same globalId replaces, and what is left out is gone; without one each adds."""
        ask = asker()
        where = f"{ISSUE}/{ask.create()['key']}/remotelink"
        first = ask("POST", where, LINK)
        again = {"globalId": LINK["globalId"],
                 "object": {"url": "https://a.example/2", "title": "two"}}
        second = ask("POST", where, again)
        assert (first.status, second.status) == (201, 200)
        assert first.body["id"] == second.body["id"]
        shown = ask.ok("GET", f"{where}?globalId=system%3Dzendesk%26id%3D1")
        assert shown["object"]["title"] == "two"
        assert "relationship" not in shown
        for _ in range(2):
            ask.ok("POST", where, {"object": LINK["object"]})
        assert len(ask.ok("GET", where)) == 3
        assert ask("DELETE", f"{where}?globalId=system%3Dzendesk%26id%3D1").status == 415

    def test_issue_link_twice_is_once(self) -> None:
        """A link has no id in the answer, and a second one is no second link."""
        ask = asker()
        one, two = ask.create()["key"], ask.create()["key"]
        body = {"type": {"name": "Relates"}, "inwardIssue": {"key": one},
                "outwardIssue": {"key": two}}
        for _ in range(2):
            reply = ask("POST", "/rest/api/3/issueLink", body)
            assert (reply.status, reply.response.body) == (201, b"")
        assert len(fields(ask, one)["issuelinks"]) == 1
        assert fields(ask, two)["issuelinks"][0]["inwardIssue"]["key"] == one


def test_properties() -> None:
    """A property is set as a whole: 201 when new, 200 after; too long is refused."""
    ask = asker()
    where = f"{ISSUE}/{ask.create()['key']}/properties"
    assert ask("PUT", f"{where}/hub", {"a": 1}).status == 201
    assert ask("PUT", f"{where}/hub", {"b": 2}).status == 200
    assert ask.ok("GET", f"{where}/hub")["value"] == {"b": 2}
    assert ask("PUT", f"{where}/hub", "x" * 32768).status == 400
    assert ask("GET", f"{where}/other").status == 404
