"""What is asked of the Salesforce connector, and a world to ask it in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hub.model import (
    SALESFORCE,
    CommentId,
    Person,
    RemoteId,
    TicketId,
)
from hub.operations import (
    AddComment,
    CreateReplica,
    UpdateReplica,
)
from tests.contract.salesforce_world import World

T = TicketId("zendesk:7")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connector.close()


def creation(key: str = "zendesk:7", **raw: Any) -> CreateReplica:
    return CreateReplica(SALESFORCE, TicketId(key), TicketId(key), {"Subject": "Broken", **raw})


def update(world: World, case: RemoteId, *, ours: bool = False, **changes: Any) -> UpdateReplica:
    seen = world.seen(case, whole=False)
    assert seen.raw is not None
    before = {name: seen.raw.get(name) for name in changes}
    return UpdateReplica(SALESFORCE, T, case, seen.version, changes, before, ours=ours)


def say(case: RemoteId, body: str, key: str = "zendesk:7:1", **more: Any) -> AddComment:
    options: dict[str, Any] = {"public": False, "audience": "internal", **more}
    return AddComment(
        SALESFORCE, T, case, CommentId(key), body,
        author=Person("1", "Eve", "eve@eng.example"), created_at="2026-05-28T00:00:00Z", **options,
    )  # fmt: skip
