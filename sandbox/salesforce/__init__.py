"""A stand-in for a Salesforce org: its data, its queries and its HTTP API."""

from __future__ import annotations

from sandbox.salesforce.standin import Salesforce

__all__ = ["Salesforce"]
