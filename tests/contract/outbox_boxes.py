"""An outbox, and a mail server that does as it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.email.outbox import Outbox
from connectors.email.server import Server
from hub.store import open_store
from tests.contract.outbox_world import World
from tests.contract.smtp_world import FaultyServer, faulty_server
from tests.unit.store.conftest import url

__all__ = ["url"]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as made:
        yield made


@pytest.fixture
def world(server: FaultyServer, url: str) -> Iterator[World]:
    store = open_store(url)
    made = World(store, Server("127.0.0.1", server.port, security="none", timeout=5))
    yield made
    made.close()
    store.close()


@pytest.fixture
def box(world: World) -> Outbox:
    return world.box()
