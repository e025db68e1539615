"""`hub forget`: one person's data, deleted across the store; and retention, every night."""

from __future__ import annotations

from collections.abc import Mapping

from hub.forget_store import Forgotten
from hub.ports import Store
from hub.store.audit_acts import whoami
from hub.store_settings import RetentionSettings


def forget(store: Store, person: str, *, dry_run: bool = False) -> Forgotten:
    """
    Delete a person's data in the store, and write nothing to any side.

    Raises `Misconfigured` if it is not clear who is meant, `StoreInUse` while a run is at work.
    """
    with store.lease("hub forget"):
        # What is not sealed yet would be sealed as it is afterwards: first, what was.
        _ = None if dry_run else store.seal()
        found = store.forget(person, whoami(), dry_run=dry_run)
        if not dry_run:
            _ = store.seal()
    if not dry_run:
        store.compact()
    return found


def kept_in_bounds(store: Store, settings: RetentionSettings) -> Mapping[str, int]:
    """Remove what retention lets go, and seal that; return how many rows went, by kind, without zeros."""
    _ = store.seal(whole=True)
    removed = store.prune(settings)
    _ = store.seal()
    return {kind: count for kind, count in removed.items() if count}
