"""
What Jira says when it says no, in all the shapes it uses, and what the caller does next. Pure.

Shapes read: `{errorMessages, errors: {field: text}}`, the bulk families' `{errors: [{message}]}`, JSM's
`{errorMessage}`, the gateway's `{message}`, OAuth's `{error, error_description}`, and HTML from the edge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.reply import Reply, first_words
from hub.errors import Forbidden, HubError, Unavailable
from hub.operations import Outcome, Refused, Stale

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
    except msgspec.DecodeError:
        return Said((first_words(content),) if content.strip() else ())
    return said_in(body)


def said_in(body: Any) -> Said:
    """Read a decoded refusal (also an element of a bulk answer)."""
    if not isinstance(body, Mapping):
        return Said((str(body)[:_MOST_WORDS],) if body else ())
    messages = [str(message) for message in body.get("errorMessages") or ()]
    errors = body.get("errors")
    fields: dict[str, str] = {}
    if isinstance(errors, Mapping):
        fields = {str(name): str(why) for name, why in errors.items()}
    elif isinstance(errors, list):
        messages += [str(e.get("message", "")) if isinstance(e, Mapping) else str(e) for e in errors]
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


def outcome(reply: Reply, doing: str) -> Outcome:
    """Return what a refused write means. `doing` says what was asked, for people."""
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
    words = said(reply.content).text() or "no reason given"
    about = f"Jira answered {reply.endpoint} with status {reply.status}: {words}"
    if reply.status == 403:
        return Forbidden(f"{about}. Give the hub's account this permission, or check its licence.")
    return Unavailable(f"{about}. If this lasts, check the address and project in hub.toml.")
