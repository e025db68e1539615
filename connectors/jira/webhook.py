"""Webhooks of Jira Cloud: who sent this, and which issue it is about. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, cast

from connectors.jira.nodes import mapping_of
from connectors.webhook_body import decoded
from hub.model import JIRA, RemoteId
from hub.ports import Hint, Rejected, Webhook

_METHODS = frozenset({"sha256", "sha384", "sha512"})
_ID = re.compile("[0-9]{1,18}")
_ISSUE_IN_URL = re.compile(r"/issue/(\d+)(?:/|$)")


def verify(webhook: Webhook, secret: str) -> tuple[Hint, ...]:
    """
    Return the issues that a webhook is about, or raise `Rejected` if its signature does not hold.

    For webhooks that an administrator registered with a secret: `X-Hub-Signature: <method>=<hex>` over
    the body as it came. The delivery's identifier is the same when Jira delivers again.
    """
    _check_signature(webhook, secret)
    body = decoded(webhook.body, "the body is not JSON: is `excludeBody` set on this webhook?")
    if not isinstance(body, Mapping):
        raise Rejected("the body is not an event of Jira")
    delivery = webhook.headers.get("x-atlassian-webhook-identifier", "")
    if not delivery:
        delivery = hashlib.sha256(webhook.body).hexdigest()
    event = cast("Mapping[str, Any]", body)
    # each issue of a delivery is a hint of its own: what has the same name is stored once
    return tuple(
        Hint(JIRA, RemoteId(issue), f"{delivery}:{issue}" if at else delivery)
        for at, issue in enumerate(_issues(event))
    )


def _check_signature(webhook: Webhook, secret: str) -> None:
    given = webhook.headers.get("x-hub-signature", "")
    if not given:
        if webhook.headers.get("authorization", "").lower().startswith(("bearer ", "jwt ")):
            raise Rejected(
                "this webhook was registered by an app and is signed with a token (JWT), which the hub "
                "does not take: register one with a secret in Jira's settings, under System, WebHooks"
            )
        raise Rejected("no X-Hub-Signature: give the webhook in Jira the secret that hub.toml has")
    method, _, proof = given.partition("=")
    if method.lower() not in _METHODS:
        raise Rejected(f"the signature's method {method[:20]!r} is not one that we trust")
    if not secret:
        raise Rejected("hub.toml has no secret for Jira's webhooks, so none can be trusted")
    expected = hmac.new(secret.encode(), webhook.body, method.lower()).hexdigest()
    if not hmac.compare_digest(expected.encode(), proof.strip().lower().encode()):
        raise Rejected("the signature does not fit the body: is the secret in Jira the one in hub.toml?")


def _issues(body: Mapping[str, Any]) -> list[str]:
    """Return the ids of the issues that an event is about; for other events, none."""
    found = [str(mapping_of(body.get("issue")).get("id") or "")]
    if not any(found):
        # Some events name the issue only in the address of what hangs on it.
        comment = mapping_of(body.get("comment"))
        match = _ISSUE_IN_URL.search(str(comment.get("self") or ""))
        found = [match[1]] if match else []
    link = mapping_of(body.get("issueLink"))
    found += [str(link.get(name) or "") for name in ("sourceIssueId", "destinationIssueId")]
    return list(dict.fromkeys(issue for issue in found if _ID.fullmatch(issue)))
