"""Turns that all machines share: each is had once in so many seconds, whoever takes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select, update

from hub.store.vitals_tables import vitals


def take(
    connection: Connection,
    insert: Callable[..., Any],
    name: str,
    seconds: float,
    clock: Callable[[], tuple[float, str]],
) -> float:
    """
    Take it if it was taken so many seconds ago, and return 0; else return how long it is until then.

    `clock`: Unix seconds, and the instant as text. It is read once the row is locked: who read it before
    would take the turn of who was faster for one of the future.
    """
    new = {"name": "turn", "label": name, "value": 0.0, "at": ""}
    _ = connection.execute(insert(vitals).values(new).on_conflict_do_nothing())
    this = (vitals.c.name == "turn", vitals.c.label == name)
    last = connection.execute(select(vitals.c.value).where(*this).with_for_update()).scalar_one()
    now, at = clock()
    left = float(last) + seconds - now
    if 0 < left <= seconds:  # if it is more, the clock was set back meanwhile
        return left
    _ = connection.execute(update(vitals).where(*this).values(value=now, at=at))
    return 0.0


def give_back(connection: Connection, name: str) -> None:
    """Let whoever asks next take it."""
    this = (vitals.c.name == "turn", vitals.c.label == name)
    _ = connection.execute(update(vitals).where(*this).values(value=0.0))
