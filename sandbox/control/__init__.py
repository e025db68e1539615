"""The control API: what a test, a script or a person may do to the sandbox over HTTP."""

from __future__ import annotations

from sandbox.control.api import Control

__all__ = ["Control"]
