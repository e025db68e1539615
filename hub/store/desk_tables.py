"""
The tables of conflicts and parked work as people handle them: none of their own.

What people are told of a conflict, and how it ended, stands in `conflicts`; what they decide, in `acts`.
"""

from __future__ import annotations

from hub.store.tables import conflicts, metadata, parked

__all__ = ["conflicts", "metadata", "parked"]
