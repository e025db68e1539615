"""Merging: one record takes the others' children; the others go to the bin and name it."""

from __future__ import annotations

from sandbox.salesforce import guards
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.org import Row

MERGEABLE = ("Account", "Contact", "Case")


def merge(tx: Transaction, definition: ObjectDef, master: Row, losers: list[Row]) -> None:
    """Merge records of one object. Raises `Refusal`, with nothing done."""
    if definition.name not in MERGEABLE or any(it["Id"] == master["Id"] for it in losers):
        raise Refusal("INVALID_OPERATION", "these records cannot be merged", [])
    guards.unlocked(tx, master, {})
    for loser in losers:
        guards.unlocked(tx, loser, {})
        _move_children(tx, definition, loser["Id"], master["Id"])
        tx.stamp(definition.name, loser, {"MasterRecordId": master["Id"]})
        tx.discard(definition.name, loser)
    tx.update(definition.name, master, {})


def _move_children(tx: Transaction, definition: ObjectDef, source: str, target: str) -> None:
    """Let whatever pointed to one record point to the other, stamped by the system as changed."""
    for it in tx.org.children(definition.name):
        if it.field == "MasterRecordId":
            continue
        for row in tx.org.find(it.child, it.field, source, include_deleted=True):
            tx.stamp(it.child, row, {it.field: target})
