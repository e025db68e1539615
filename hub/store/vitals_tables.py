"""The tables of the hub's own health: when each flow was last alive, and what was counted since then."""

from __future__ import annotations

from sqlalchemy import Column, Double, Table

from hub.store.tables import metadata, text

__all__ = ["metadata"]

heartbeats = Table(  # one flow: a kind of run, or a process that goes on for as long as it is let
    "heartbeats",
    metadata,
    text("name", key=True),
    text("at"),  # of the last sign of life
    text("begun"),
    text("good"),  # when it last ended well; empty: never
    text("state"),  # of a run's record; or `alive`, `stopped` of a process
    text("body"),  # JSON: `hub.vitals.Beat`
)

vitals = Table(  # one number: counted up for ever, or as it was last
    "vitals",
    metadata,
    text("name", key=True),
    text("label", key=True),  # what it is of, parts divided by `/`; empty: of the whole hub
    Column[float]("value", Double, nullable=False),
    text("at"),
)
