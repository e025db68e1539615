"""
CEL without its package's command line.

The package's front door imports it, and with it a terminal toolkit: a fifth of a second that every
run of ours would pay. An empty module stands in its place.
"""

from __future__ import annotations

import sys
from types import ModuleType

_ = sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402  after the stand-in, or it would be too late

__all__ = ["cel"]
