"""
What Jira says when it says no, in all the shapes it uses, and what the caller does next. Pure.

Shapes read: `{errorMessages, errors: {field: text}}`, the bulk families' `{errors: [{message}]}`, JSM's
`{errorMessage}`, the gateway's `{message}`, OAuth's `{error, error_description}`, and HTML from the edge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import msgspec

from connectors.jira.nodes import mapping_of
from connectors.reply import NOT_JSON, Reply, first_words
from hub.errors import Forbidden, HubError, Unavailable
from hub.operations import Outcome, Refused, Retryable, Stale

_NAMED_FIELD = re.compile(r"[Ff]ield '([^']+)'|^([\w .-]+?) is required\.?$|^'([^']+)'")
_MOST_WORDS = 400


class Said(msgspec.Struct, frozen=True):
    """A refusal in Jira's words: about the whole call, and about single fields."""

    messages: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}

    def text(self) -> str:
        """Everything said, in one sentence fit to show to a person."""
        whole = [*self.messages, *(f"{name}: {why}" for name, why in self.fields.items())]
        text = "; ".join(part.strip().rstrip(".") for part in whole if part.strip())
        return text if len(text) <= _MOST_WORDS else text[:_MOST_WORDS] + "…"


def said(content: bytes) -> Said:
    """Read a refusal's body, whatever its shape."""
    try:
        body = msgspec.json.decode(content)
    except NOT_JSON:
        return Said((first_words(content),) if content.strip() else ())
    return said_in(body)


def said_in(body: Any) -> Said:
    """Read a decoded refusal (also an element of a bulk answer)."""
    if not isinstance(body, Mapping):
        return Said((str(body)[:_MOST_WORDS],) if body else ())
    body = mapping_of(cast("object", body))
    messages = [str(message) for message in body.get("errorMessages") or ()]
    errors: Any = body.get("errors")
    fields: dict[str, str] = {}
    if isinstance(errors, Mapping):
        fields = {name: str(why) for name, why in mapping_of(cast("object", errors)).items()}
    elif isinstance(errors, list):
        several = cast("list[object]", errors)
        messages += [str(mapping_of(e).get("message", "") or e) for e in several]
    for name in ("errorMessage", "error_description", "message", "error"):
        if not messages and not fields and body.get(name):
            messages.append(str(body[name]))
    return Said(tuple(messages), fields)


def fields_named(what: Said, sent: Mapping[str, str]) -> dict[str, str]:
    """
    Return the sent fields that a refusal is about, with the reason.

    `sent` maps each field id to its name; where one field only was sent, any refusal is about it.
    """
    by_name = {name.casefold(): field for field, name in sent.items()}
    found = {
        field: why
        for name, why in what.fields.items()
        if (field := name if name in sent else by_name.get(name.casefold(), ""))
    }
    for message in what.messages:
        for match in _NAMED_FIELD.finditer(message):
            name = next(group for group in match.groups() if group)
            field = name if name in sent else by_name.get(name.casefold(), "")
            if field:
                found.setdefault(field, message)
    if not found and len(sent) == 1:
        found = {next(iter(sent)): what.text() or "refused without a reason"}
    return found


def why(field: str, said: str) -> str:
    """Return why a field is not shown as it should be, and what to do about it, for people."""
    text = f"Jira refused the field {field}: {said.strip().rstrip('.')}"
    if "cannot be set" in said:  # also what it says to those who may not edit the issue at all
        return f"{text}. Put it on this screen of the issue type, or give the hub's account Edit Issues"
    return f"{text}. `hub mappings check` compares the mapping with what Jira takes"


def outcome(reply: Reply, doing: str) -> Outcome:
    """Return what a refused write means. `doing` says what was asked, for people."""
    if "html" in reply.headers.get("content-type", ""):
        # A proxy or the edge spoke, not Jira: nothing reached it.
        return Retryable(f"could not {doing}: {reply.status} {said(reply.content).text()!r}")
    what = said(reply.content)
    text = f"Jira refused to {doing} ({reply.status}): {what.text() or 'it gave no reason'}"
    match reply.status:
        case 404 | 410:
            return Refused(f"{text}. It was deleted, or our account may not see it", "gone")
        case 401 | 403:
            return Refused(f"{text}. Give the hub's account the permission in this project", "forbidden")
        case 409:
            return Stale(text)
        case 413:
            return Refused(text, "too_large")
        case _:
            too_long = "too long" in text or "CONTENT_LIMIT_EXCEEDED" in text
            return Refused(text, "too_long" if too_long else "invalid")


def unexpected(reply: Reply) -> HubError:
    """Return the error for a read that was not answered with what its endpoint promises."""
    if not reply.is_json():
        return reply.not_json()
    words = said(reply.content).text() or "no reason given"
    about = f"Jira answered {reply.endpoint} with status {reply.status}: {words}"
    if reply.status == HTTPStatus.FORBIDDEN:
        return Forbidden(f"{about}. Give the hub's account this permission, or check its licence.")
    return Unavailable(f"{about}. If this lasts, check the address and project in hub.toml.")
