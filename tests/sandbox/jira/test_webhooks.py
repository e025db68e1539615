"""Webhooks tell what happened, signed, in the shapes of version 2."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import msgspec

from sandbox.jira.webhooks import Webhooks
from sandbox.outbox import Delivery, Outbox
from tests.sandbox.jira.asking import Asker, asker, text


def listening(*events: str, jql: str = "", secret: str = "s3") -> tuple[Asker, list[Delivery]]:
    """Return a caller, and what is delivered to an administrator's webhook for `events`."""
    ask = asker()
    sent: list[Delivery] = []
    context = ask.jira.context
    outbox = Outbox(ask.jira.settings, sent.append)
    context.listeners[:] = [Webhooks(context, outbox).happened]
    ask.ok("POST", "/rest/webhooks/1.0/webhook", {
        "name": "hub", "url": "http://127.0.0.1:9/hook", "events": list(events), "secret": secret,
        "filters": {"issue-related-events-section": jql},
    })
    return ask, sent


def told(delivery: Delivery) -> dict[str, Any]:
    return msgspec.json.decode(delivery.body)


def test_signature() -> None:
    """The signature is over the raw body, by the method it names; each delivery has its own id."""
    ask, sent = listening("jira:issue_created")
    ask.create()
    ask.create()
    headers = sent[0].headers
    method, _, digest = headers["X-Hub-Signature"].partition("=")
    assert method == "sha256"
    assert digest == hmac.new(b"s3", sent[0].body, hashlib.sha256).hexdigest()
    ids = {delivery.headers["X-Atlassian-Webhook-Identifier"] for delivery in sent}
    assert len(ids) == 2


def test_update_tells_the_change() -> None:
    """An update carries who, the issue as in version 2, and what changed."""
    ask, sent = listening("jira:issue_updated")
    key = ask.create()["key"]
    ask.ok("PUT", f"/rest/api/3/issue/{key}", {"fields": {"description": text("new words")}})
    body = told(sent[0])
    assert body["issue_event_type_name"] == "issue_updated"
    assert body["issue"]["fields"]["description"] == "new words"
    assert "/rest/api/2/" in body["issue"]["self"]
    assert body["changelog"]["items"][0]["fieldId"] == "description"
    assert "emailAddress" not in body["user"]


def test_comment_tells_little() -> None:
    """A comment's webhook has no user, and six fields of the issue."""
    ask, sent = listening("comment_created")
    key = ask.create()["key"]
    ask.ok("POST", f"/rest/api/3/issue/{key}/comment", {"body": text("hello")})
    body = told(sent[0])
    assert set(body) == {"timestamp", "webhookEvent", "comment", "issue"}
    assert len(body["issue"]["fields"]) == 6
    assert body["comment"]["body"] == "hello"


def test_filter_and_deletion() -> None:
    """Only issues that the filter fits are told of; a deletion is one event."""
    ask, sent = listening("jira:issue_deleted", jql="labels = watched")
    one, two = ask.create(labels=["watched"])["key"], ask.create()["key"]
    for key in (one, two):
        ask.ok("DELETE", f"/rest/api/3/issue/{key}")
    assert [told(delivery)["issue"]["key"] for delivery in sent] == [one]


def test_people_cannot_register_dynamic_webhooks() -> None:
    """Dynamic webhooks are for apps; an app has five, which lapse after thirty days."""
    ask, sent = listening("none")
    base = f"/ex/jira/{ask.jira.describe('', '')['cloud_id']}/rest/api/3/webhook"
    body = {"url": "http://127.0.0.1:9/app",
            "webhooks": [{"events": ["jira:issue_created"], "jqlFilter": "project = SUP"}] * 6}
    assert ask("POST", "/rest/api/3/webhook", body).status == 403
    app = Asker(ask.jira, ask.clock, "Bearer sandbox-jira-access-token")
    results = app.ok("POST", base, body)["webhookRegistrationResult"]
    assert ["errors" in result for result in results] == [False] * 5 + [True]
    ask.create()
    assert len(sent) == 5
    assert sent[0].headers["Authorization"].startswith("Bearer ey")
    ask.clock.advance(31 * 86400)
    ask.create()
    assert len(sent) == 5
