"""Every table of the store, in one `metadata`: who makes or compares tables imports it from here."""

from __future__ import annotations

from hub.store import (
    approval_tables,
    audit_tables,
    budget_tables,
    desk_tables,
    mail_tables,
    score_tables,
    vitals_tables,
    worker_tables,
)
from hub.store.tables import metadata

TABLES = (
    mail_tables,
    score_tables,
    worker_tables,
    budget_tables,
    desk_tables,
    approval_tables,
    audit_tables,
    vitals_tables,
)
"""The modules that add theirs to the first ones."""

__all__ = ["TABLES", "metadata"]
