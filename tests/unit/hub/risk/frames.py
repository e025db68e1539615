"""Rows for tests, with only what a test is about."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from hub.risk.frame import Frame


def a_frame(**columns: Any) -> Frame:
    """Rows of which only what a test is about is given: an hour apart, each a ticket of its own."""
    names = columns.pop("names", ())
    many = len(next(iter(columns.values())))
    told: dict[str, Any] = {field.name: np.full(many, np.nan) for field in fields(Frame)}
    told |= {
        "names": names,
        "groups": ("",) * len(names),
        "x": np.zeros((many, len(names))),
        "ticket": np.arange(many),
        "at": np.arange(many) * 3600.0,
        "rule": np.zeros(many),
        "slices": {},
        "by": np.full(many, ""),
        "moment": "in_flight",
        "horizon": 7 * 86_400.0,
        "ripens": 7 * 86_400.0,
    }
    return Frame(**{**told, **columns})
