"""Creating issues by the fifty, and what comes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import msgspec

from connectors.http import InDoubt, NotDone, Reply
from connectors.jira import errors, payload
from connectors.jira.client import JiraClient
from connectors.jira.editing import FieldCatalogue, body_of
from connectors.jira.nodes import mapping_of
from connectors.jira.shapes import PROPERTY
from hub.model import Json, RemoteId
from hub.operations import CreateReplica, Done, Outcome, Refused, Retryable, Unanswered

MOST_CREATED = 50
_ROUNDS = 4
"""How often fields that Jira refuses are left out and the rest asked again."""


class _Wish(msgspec.Struct):
    """One creation on its way: what is still asked for, and what was refused so far."""

    index: int
    operation: CreateReplica
    fields: dict[str, Any]
    property: Json
    refused: dict[str, str]


class Creator:
    """Creates issues in bulk; leaves out single fields that Jira refuses."""

    def __init__(
        self,
        client: JiraClient,
        catalogue: FieldCatalogue,
        *,
        site: str,
        project: str,
        issue_type: str,
        created: Callable[[str], None],
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._site = site.rstrip("/")
        self._project = project
        self._issue_type = issue_type
        self._created = created

    def create(
        self, numbered: Sequence[tuple[int, CreateReplica]]
    ) -> Iterator[tuple[int, Outcome]]:
        """Create up to 50 issues. Each index gets its outcome."""
        wishes = [self._wish(index, operation) for index, operation in numbered]
        for _ in range(_ROUNDS):
            if not wishes:
                return
            reply = self._ask(wishes)
            if not isinstance(reply, Reply):
                yield from ((wish.index, reply) for wish in wishes)
                return
            settled, wishes = self._sorted(reply, wishes)
            yield from settled
        for wish in wishes:
            why = "; ".join(f"{name}: {reason}" for name, reason in wish.refused.items())
            yield wish.index, Refused(f"Jira refuses one field after the other of this issue: {why}")

    def _ask(self, wishes: Sequence[_Wish]) -> Reply | Outcome:
        try:
            return self._client.create_bulk([self._element(wish) for wish in wishes])
        except InDoubt as error:
            return Unanswered(str(error))
        except NotDone as error:
            return Retryable(str(error), error.after)

    def _wish(self, index: int, operation: CreateReplica) -> _Wish:
        raw = dict(operation.raw)
        held = raw.pop(payload.PROPERTY_FIELD, None)
        base = dict(mapping_of(held))
        labels = {*(raw.pop("labels", None) or ()), payload.label_of(operation.key)}
        project, kind = raw.pop("project", None), raw.pop("issuetype", None)
        written, refused = body_of(raw, {}, self._catalogue)
        fields = {
            **{name: value for name, value in written.fields.items() if value is not None},
            "project": {"key": project or self._project},
            "issuetype": {"name": kind or self._issue_type},
            "labels": sorted(labels),
        }
        return _Wish(index, operation, fields, {**base, "key": str(operation.key)}, refused)

    def _element(self, wish: _Wish) -> dict[str, Any]:
        # The mark travels in the body: an issue of ours can be told even if its answer is lost.
        return {"fields": wish.fields, "properties": [{"key": PROPERTY, "value": wish.property}]}

    def _sorted(
        self, reply: Reply, wishes: Sequence[_Wish]
    ) -> tuple[list[tuple[int, Outcome]], list[_Wish]]:
        """Split an answer into what is settled and what is to be asked again with less."""
        body = reply.json() if reply.status in {200, 201, 400} else None
        if not isinstance(body, Mapping) or "issues" not in body:
            return self._whole_refused(reply, wishes)
        answer = mapping_of(cast("object", body))
        errors_: list[dict[str, Any]] = answer["errors"]
        failed = {int(e["failedElementNumber"]): e.get("elementErrors") for e in errors_}
        made: Iterator[dict[str, Any]] = iter(answer["issues"])
        settled: list[tuple[int, Outcome]] = []
        again: list[_Wish] = []
        for number, wish in enumerate(wishes):
            if number in failed:
                self._retry_or_refuse(wish, errors.said_in(failed[number]), settled, again)
            else:
                settled.append((wish.index, self._done(wish, next(made))))
        return settled, again

    def _whole_refused(
        self, reply: Reply, wishes: Sequence[_Wish]
    ) -> tuple[list[tuple[int, Outcome]], list[_Wish]]:
        if reply.status == HTTPStatus.BAD_REQUEST and len(wishes) == 1:
            settled: list[tuple[int, Outcome]] = []
            again: list[_Wish] = []
            self._retry_or_refuse(wishes[0], errors.said(reply.content), settled, again)
            return settled, again
        refusal = errors.outcome(reply, f"create issues in {self._project}")
        return [(wish.index, refusal) for wish in wishes], []

    def _retry_or_refuse(
        self,
        wish: _Wish,
        what: errors.Said,
        settled: list[tuple[int, Outcome]],
        again: list[_Wish],
    ) -> None:
        optional = {
            name: self._catalogue.name(name)
            for name in wish.fields
            if name not in {"project", "issuetype", "summary"}
        }
        named = {n: w for n, w in errors.fields_named(what, optional).items() if n in wish.fields}
        demanded = [name for name, why in what.fields.items() if "required" in why.lower()]
        if not named or set(demanded) & set(named):
            reason = f"Jira refused to create the issue: {what.text() or 'it gave no reason'}"
            settled.append((wish.index, Refused(reason)))
            return
        for name, why in named.items():
            _ = wish.fields.pop(name, None)
            wish.refused[name] = errors.why(self._catalogue.name(name), why)
        again.append(wish)

    def _done(self, wish: _Wish, made: Mapping[str, Any]) -> Done:
        issue_id, key = str(made["id"]), str(made["key"])
        self._created(issue_id)
        return Done(
            remote_id=RemoteId(issue_id),
            label=key,
            url=f"{self._site}/browse/{key}",
            refused=wish.refused,
        )
