"""A stand-in for Jira Cloud."""

from __future__ import annotations

from sandbox.jira.standin import Jira

__all__ = ["Jira"]
