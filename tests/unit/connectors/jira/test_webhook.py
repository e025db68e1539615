"""Webhooks of Jira: only what is signed is believed, and it names its issue."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.jira.webhook import verify
from hub.ports import Rejected, Webhook

SECRET = "It's a Secret to Everybody"
SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
RECORDED = SHARED / "jira" / "webhooks-mattermost"


def webhook(body: bytes, **headers: str) -> Webhook:
    """A request with this body."""
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook("POST", "/hooks/jira", found, body, 0.0)


def signed(body: Any, **headers: str) -> Webhook:
    """A request as Jira signs it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    proof = hmac.new(SECRET.encode(), raw, "sha256").hexdigest()
    return webhook(raw, x_hub_signature=f"sha256={proof}", **headers)


def test_the_vendors_own_vector() -> None:
    """The documentation's key, body and signature fit."""
    proof = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    with pytest.raises(Rejected, match="not JSON"):  # past the signature
        _ = verify(webhook(b"Hello World!", x_hub_signature=f"sha256={proof}"), SECRET)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "no X-Hub-Signature"),
        ({"authorization": "Bearer ey.x.y"}, "JWT"),
        ({"x_hub_signature": "sha256=00"}, "does not fit"),
        ({"x_hub_signature": "md5=00"}, "not one that we trust"),
        ({"x_hub_signature": "sha256=é"}, "does not fit"),
    ],
)
def test_what_proves_nothing_is_rejected(headers: dict[str, str], words: str) -> None:
    """And the reason says what to do."""
    with pytest.raises(Rejected, match=words):
        _ = verify(webhook(b"{}", **headers), SECRET)


def test_without_a_secret_nothing_is_trusted() -> None:
    """An empty key would fit anybody's empty key."""
    proof = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    with pytest.raises(Rejected, match="no secret"):
        _ = verify(webhook(b"{}", x_hub_signature=f"sha256={proof}"), "")


def test_the_issue_is_named_by_what_there_is() -> None:
    """By the issue, a comment's address, or both ends of a link; other events name none."""
    by_issue = signed({"issue": {"id": "10001", "key": "SUP-1"}}, x_atlassian_webhook_identifier="d1")
    [hint] = verify(by_issue, SECRET)
    assert (hint.remote_id, hint.delivery) == ("10001", "d1")
    url = "https://acme.atlassian.net/rest/api/2/issue/10002/comment/7"
    assert [h.remote_id for h in verify(signed({"comment": {"self": url}}), SECRET)] == ["10002"]
    link = {"issueLink": {"sourceIssueId": 10003, "destinationIssueId": 10004}}
    assert [h.remote_id for h in verify(signed(link), SECRET)] == ["10003", "10004"]
    assert verify(signed({"webhookEvent": "user_created"}), SECRET) == ()


def test_a_delivery_is_the_same_when_it_comes_again() -> None:
    """Also where the identifier is missing."""
    body = {"issue": {"id": "1"}}
    assert verify(signed(body), SECRET) == verify(signed(body), SECRET)


def test_both_issues_of_a_link_are_hints_of_their_own() -> None:
    """What has one name is stored once: the second issue must not be lost behind the first."""
    link = signed({"issueLink": {"sourceIssueId": 10001, "destinationIssueId": 10002}}, x_atlassian_webhook_identifier="d1")
    assert [(h.remote_id, h.delivery) for h in verify(link, SECRET)] == [("10001", "d1"), ("10002", "d1:10002")]


def test_recorded_events_name_their_issue() -> None:
    """Real bodies of Cloud and Server."""
    files = sorted(RECORDED.glob("**/webhook-*issue*.json"))
    if not files:
        pytest.skip("no shared/data/jira/webhooks-mattermost beside the repository (set SHARED_DATA)")
    for file in files:
        assert verify(signed(file.read_bytes()), SECRET), file.name
