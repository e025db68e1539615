"""An unmodified third-party client does its ordinary work against the stand-in, over loopback."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import jira
import pytest
import requests

from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    sandbox = Sandbox(vendors=["jira"])
    sandbox.seed("demo")
    with serve(sandbox) as running:
        yield running


@pytest.fixture(params=["2", "3"])
def client(request: pytest.FixtureRequest, running: Running) -> Iterator[jira.JIRA]:
    line = running.line["jira"]
    with warnings.catch_warnings():
        # The library leaves its own probing connections open.
        warnings.simplefilter("ignore", ResourceWarning)
        made = jira.JIRA(
            line["url"],
            basic_auth=(line["email"], line["api_token"]),
            options={"rest_api_version": request.param},
            max_retries=0,
        )
    yield made
    made.close()


def body(client: jira.JIRA, words: str) -> Any:
    """Return a text as the client's version of the API wants it."""
    if client._options["rest_api_version"] == "2":
        return words
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return {"version": 1, "type": "doc", "content": [paragraph]}


class TestPycontribs:
    """The `jira` package, with either version of the API."""

    def test_sign_in(self, client: jira.JIRA) -> None:
        """It finds a cloud site, its projects and its fields."""
        assert client.myself()["displayName"] == "Support Hub"
        assert client.server_info()["deploymentType"] == "Cloud"
        assert {project.key for project in client.projects()} == {"SUP", "OPS"}
        assert "Severity" in {field["name"] for field in client.fields()}

    def test_search_with_paging(self, client: jira.JIRA) -> None:
        """It walks the pages by their tokens."""
        found = client.enhanced_search_issues("project in (SUP, OPS)", maxResults=0, fields="id")
        assert len({issue.id for issue in found}) >= 40
        first = client.enhanced_search_issues("project = SUP ORDER BY key", maxResults=5)
        assert [issue.key for issue in first] == ["SUP-1", "SUP-2", "SUP-3", "SUP-4", "SUP-5"]

    def test_work_on_an_issue(self, client: jira.JIRA) -> None:
        """It creates, edits, comments, attaches, links, transitions and deletes."""
        issue = client.create_issue(
            project="SUP", issuetype={"name": "Bug"}, summary="From a client",
            description=body(client, "words"), labels=["one"],
        )
        issue.update(summary="Changed", update={"labels": [{"add": "two"}]})
        comment = client.add_comment(issue, body(client, "hello"))
        comment.update(body=body(client, "hello again"))
        client.add_attachment(issue, io.BytesIO(b"bytes"), filename="note.txt")
        client.add_simple_link(issue, {"url": "https://a.example", "title": "elsewhere"})
        client.assign_issue(issue, "Ada Park")
        for step in ("Start", "Send to review"):
            client.transition_issue(issue, step)
        client.transition_issue(issue, "Resolve", fields={"resolution": {"name": "Done"}})
        seen = client.issue(issue.key)
        assert seen.fields.summary == "Changed"
        assert seen.fields.labels == ["one", "two"]
        assert seen.fields.status.name == "Done"
        assert seen.fields.assignee.displayName == "Ada Park"
        assert seen.fields.attachment[0].get() == b"bytes"
        assert len(client.comments(issue)) == 1
        assert len(client.remote_links(issue)) == 1
        issue.delete()
        with pytest.raises(jira.JIRAError, match="does not exist"):
            client.issue(issue.key)

    def test_refusal(self, client: jira.JIRA) -> None:
        """It reads a refusal's text."""
        with pytest.raises(jira.JIRAError, match="contains spaces"):
            client.issue("SUP-1").update(fields={"labels": ["a b"]})


def test_oauth_over_the_wire(running: Running) -> None:
    """A refresh token buys an access token that the gateway takes."""
    line = running.line["jira"]
    tokens = requests.post(
        f"{line['auth_url']}/oauth/token",
        json={"grant_type": "refresh_token", "client_id": line["client_id"],
              "client_secret": line["client_secret"], "refresh_token": line["refresh_token"]},
        timeout=10,
    ).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    mine = requests.get(f"{line['api_url']}/rest/api/3/myself", headers=headers, timeout=10)
    assert mine.json()["emailAddress"] == line["email"]
    refused = requests.get(f"{line['url']}/rest/api/3/myself", headers=headers, timeout=10)
    assert refused.status_code == 401
