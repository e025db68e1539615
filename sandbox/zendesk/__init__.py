"""A stand-in for Zendesk Support: the account, its API and its people, as the vendor behaves."""

from __future__ import annotations

from sandbox.zendesk.app import Zendesk

__all__ = ["Zendesk"]
