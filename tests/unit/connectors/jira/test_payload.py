"""Jira's records as observations: on bodies made here, and on recorded ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.jira import errors, payload
from connectors.jira.fields import label_changes, type_of, written
from connectors.jira.shapes import Comment, CommentPage, Field, Issue, Transitions
from connectors.jira.transitions import step_of
from hub.model import ZENDESK, TicketId
from hub.replica import Reference

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
RECORDED = SHARED / "jira"


def recorded(name: str, kind: Any) -> Any:
    """A recorded body, decoded as the client does."""
    file = RECORDED / name
    if not file.exists():
        pytest.skip(f"no shared/data/jira/{name} beside the repository (set SHARED_DATA)")
    return msgspec.json.decode(file.read_bytes(), type=kind)


def whole(found: dict[str, Any]) -> Issue:
    """A recorded issue; some recordings were trimmed of the id."""
    return msgspec.convert({"id": "1", **found}, Issue)


class TestRecorded:
    """Real answers of real sites."""

    @pytest.mark.parametrize(
        "name",
        ["responses-airbyte/issues.json", "responses-jira-cli/jira/testdata/search.json"],
    )
    def test_issues(self, name: str) -> None:
        """Every issue becomes an observation."""
        issues = [whole(found) for found in recorded(name, dict[str, Any])["issues"]]
        assert issues
        for issue in issues:
            seen = payload.observation(
                issue,
                site="https://x",
                me="",
                comments=(),
                comments_complete=False,
                linked=None,
            )
            assert seen.raw is not None
            assert seen.raw["status"]
            assert seen.label.partition("-")[2].isdigit()
            assert seen.at.endswith("Z") or not issue.fields.get("updated")
            _ = payload.ADF.to_markdown(seen.raw.get("description"))

    def test_single_issues_with_adf(self) -> None:
        """Descriptions of the API's version 3 and 2."""
        for name in ("issue.json", "issue-1.json", "issue-2.json"):
            issue = whole(recorded(f"responses-jira-cli/jira/testdata/{name}", dict[str, Any]))
            assert payload.raw_of(issue)["summary"]

    def test_comments(self) -> None:
        """Bodies come as Markdown, times in UTC."""
        page: CommentPage = recorded("responses-airbyte/issue_comments.json", CommentPage)
        for comment in page.comments:
            seen = payload.comment_of(comment, service_desk=False)
            assert seen.body
            assert seen.created_at.endswith("Z")
            assert seen.author.id
            assert not seen.public

    def test_transitions(self) -> None:
        """Steps with their targets."""
        found: Transitions = recorded("responses-go-jira/transitions.json", Transitions)
        assert all(step_of(one).to for one in found.transitions)

    def test_fields(self) -> None:
        """Every field of the catalogue has a type."""
        found: list[Field] = recorded("responses-airbyte/issue_fields.json", list[Field])
        assert {type_of(field) for field in found} >= {"choice", "instant"}

    def test_remote_links(self) -> None:
        """Links that are not tickets of ours are not references."""
        found = recorded("responses-airbyte/issue_remote_links.json", list[dict[str, Any]])
        assert payload.references(found, frozenset()) == ()


class TestValues:
    """Single values."""

    @pytest.mark.parametrize(
        ("stamp", "utc"),
        [
            ("2022-12-08T02:22:18.889-0800", "2022-12-08T10:22:18Z"),
            ("2022-12-08T02:22:18.000+0530", "2022-12-07T20:52:18Z"),
            ("2022-12-08T02:22:18.889Z", "2022-12-08T02:22:18Z"),
            ("", ""),
        ],
    )
    def test_instants(self, stamp: str, utc: str) -> None:
        """In the offset of whoever asks."""
        assert payload.instant(stamp) == utc

    @pytest.mark.parametrize(
        ("shown", "plain"),
        [
            ({"self": "u", "value": "S1", "id": "1"}, "S1"),
            ([{"value": "b"}, {"value": "a"}], ["a", "b"]),
            ({"accountId": "5b", "displayName": "Ann", "emailAddress": "ANN@x.y"},
             {"id": "5b", "name": "Ann", "email": "ann@x.y"}),
            (12.5, 12.5),
            (None, None),
            ("2026-01-01", "2026-01-01"),
        ],
    )  # fmt: skip
    def test_custom_fields(self, shown: Any, plain: Any) -> None:
        """As simply as they can be said."""
        assert payload.plain(shown) == plain

    def test_references_are_ours_only(self) -> None:
        """By global id anywhere; by address on our own host."""
        links = [
            {"globalId": "system=zendesk&id=7", "object": {"url": "https://x/1"}},
            {"object": {"url": "https://acme.zendesk.com/agent/tickets/12?tab=1"}},
            {"object": {"url": "https://other.zendesk.com/agent/tickets/13"}},
            {"object": {"url": "https://acme.zendesk.com/hc/articles/14"}},
        ]
        found = payload.references(links, frozenset({"acme.zendesk.com"}))
        assert found == (Reference(ZENDESK, "12"), Reference(ZENDESK, "7"))

    def test_marks_of_ours_are_not_peoples_labels(self) -> None:
        """They are neither shown nor taken away."""
        mine = payload.label_of(TicketId("t-1"))
        issue = Issue("1", "S-1", {"labels": [mine, "vip"]}, {"support-hub": {"key": "t-1"}})
        assert payload.raw_of(issue)["labels"] == ["vip"]
        assert payload.key_of(issue) == "t-1"
        assert label_changes(["new"], [mine, "vip"]) == [{"add": "new"}, {"remove": "vip"}]

    @pytest.mark.parametrize("head", ["#customer", "#public", "#Customer  "])
    def test_a_marker_line_is_taken_off(self, head: str) -> None:
        """Only where it is the whole first line."""
        body = payload.ADF.from_markdown(f"{head}\nFixed", None)
        seen = payload.comment_of(Comment("1", body), service_desk=False)
        assert (seen.body, seen.marked) == ("Fixed", True)
        other = payload.ADF.from_markdown("#customers are angry", None)
        assert not payload.comment_of(Comment("1", other), service_desk=False).marked

    def test_jira_calls_every_comment_public(self) -> None:
        """Only in a service project does it mean that."""
        comment = Comment("1", None, jsd_public=True)
        assert not payload.comment_of(comment, service_desk=False).public
        assert payload.comment_of(comment, service_desk=True).public

    def test_written(self) -> None:
        """By the type that the catalogue states."""
        def field(custom: str) -> Field:
            return Field(id="customfield_1", schema={"custom": f"com.atlassian:{custom}"})

        assert written(field("select"), "S1") == {"value": "S1"}
        assert written(field("multiselect"), ["a"]) == [{"value": "a"}]
        assert written(field("datetime"), "2026-01-01T00:00:00Z") == "2026-01-01T00:00:00.000+0000"
        assert written(field("userpicker"), {"id": "5b", "name": ""}) == {"accountId": "5b"}
        assert written(field("textfield"), "") is None
        assert written(Field(id="priority", schema={"system": "priority"}), "High") == {"name": "High"}


class TestRefusals:
    """Every shape of error gives its words."""

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b'{"errorMessages":["No."],"errors":{}}', "No"),
            (b'{"errorMessages":[],"errors":{"summary":"Too bad."}}', "summary: Too bad"),
            (b'{"errors":[{"message":"bulk"}]}', "bulk"),
            (b'{"errorMessage":"jsm","i18nErrorMessage":{}}', "jsm"),
            (b'{"timestamp":1,"status":404,"error":"Not Found","message":"No route","path":"/"}', "No route"),
            (b'{"error":"invalid_grant","error_description":"Unknown token."}', "Unknown token"),
            (b'{"message":"null for uri","status-code":404}', "null for uri"),
            (b"<html><title>Sign in</title></html>", "Sign in"),
            (b"", ""),
        ],
    )
    def test_shapes(self, body: bytes, words: str) -> None:
        """All that the fact sheets know of."""
        assert errors.said(body).text() == words

    def test_fields_are_found_by_key_and_by_sentence(self) -> None:
        """In `errors`, and in sentences that name a field."""
        sent = {"summary": "Summary", "customfield_1": "Severity", "labels": "Labels"}
        what = errors.Said(
            ("Field 'labels' cannot be set. It is not on the appropriate screen, or unknown.",),
            {"customfield_1": "Option value 'S9' is not valid"},
        )
        assert set(errors.fields_named(what, sent)) == {"labels", "customfield_1"}
        assert errors.fields_named(errors.Said(("Nope",)), {"summary": "Summary"}) == {"summary": "Nope"}
        assert errors.fields_named(errors.Said(("Nope",)), sent) == {}
