"""The shapes of request bodies: what does not fit is refused before anything is looked at."""

from __future__ import annotations

from typing import Any, TypedDict

Object = dict[str, Any]


class IssueUpdate(TypedDict, total=False):
    """The body of a create, an edit or a transition."""

    fields: Object | None
    update: Object | None
    properties: list[Object] | None
    transition: Object | None
    historyMetadata: Object | None


class BulkCreate(TypedDict, total=False):
    issueUpdates: list[IssueUpdate]


class BulkFetch(TypedDict, total=False):
    issueIdsOrKeys: list[str | int]
    fields: list[str] | None
    expand: list[str] | None
    properties: list[str] | None
    fieldsByKeys: bool | None


class BulkChangelog(TypedDict, total=False):
    issueIdsOrKeys: list[str | int]
    fieldIds: list[str] | None
    maxResults: int | None
    nextPageToken: str | None


class Search(TypedDict, total=False):
    jql: str | None
    fields: list[str] | None
    expand: str | None
    properties: list[str] | None
    reconcileIssues: list[int] | None
    maxResults: int | None
    nextPageToken: str | None
    fieldsByKeys: bool | None


class Count(TypedDict, total=False):
    jql: str | None


class Match(TypedDict, total=False):
    jqls: list[str]
    issueIds: list[int]


class Queries(TypedDict, total=False):
    queries: list[str]


class CommentIds(TypedDict, total=False):
    ids: list[int]


class ChangelogIds(TypedDict, total=False):
    changelogIds: list[int]


class CommentBody(TypedDict, total=False):
    visibility: Object | None
    properties: list[Object] | None


class Link(TypedDict, total=False):
    type: Object
    inwardIssue: Object
    outwardIssue: Object
    comment: Object | None


class RemoteLinkBody(TypedDict, total=False):
    globalId: str | None
    application: Object | None
    relationship: str | None
    object: Object | None


class Options(TypedDict, total=False):
    options: list[Object]


class ScreenField(TypedDict, total=False):
    fieldId: str


class BulkEdit(TypedDict, total=False):
    selectedIssueIdsOrKeys: list[str | int]
    selectedActions: list[str]
    editedFieldsInput: dict[str, list[Object] | Object]
    sendBulkNotification: bool | None


class TransitionInput(TypedDict, total=False):
    selectedIssueIdsOrKeys: list[str | int]
    transitionId: str | int


class BulkTransition(TypedDict, total=False):
    bulkTransitionInputs: list[TransitionInput]
    sendBulkNotification: bool | None


class AdminHook(TypedDict, total=False):
    name: str
    url: str
    events: list[str]
    filters: Object | None
    secret: str | None


class DynamicHook(TypedDict, total=False):
    events: list[str]
    jqlFilter: str
    fieldIdsFilter: list[str] | None
    issuePropertyKeysFilter: list[str] | None


class DynamicHooks(TypedDict, total=False):
    url: str
    webhooks: list[DynamicHook]


class HookIds(TypedDict, total=False):
    webhookIds: list[int]


class Assignee(TypedDict, total=False):
    accountId: str | None
