"""A stand-in for an OpenAI-compatible endpoint."""

from __future__ import annotations

from sandbox.endpoint.standin import Endpoint

__all__ = ["Endpoint"]
