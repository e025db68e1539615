"""What a living hub foresees by: a model, the crowd of tickets, and where the open ones stand; all frozen."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.risk.crowd import Crowd
from hub.risk.rule import Rule


class Outlook(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    What was learned, as of a moment. Nothing but `hub learn` and `hub rescore` renews it.

    A ticket that is appraised twice under one outlook has the same chance in the same minute, however
    many other tickets moved in between.
    """

    version: str = ""
    """The model's, and the moment's; "": nothing was learned, and the rule alone speaks."""
    label: str = ""
    at: float = 0.0
    """Unix seconds: nothing later is in it."""
    model: str = ""
    """`hub.risk.model.Model` as JSON text."""
    shift: float = 0.0
    """The day's part in the intercept: what outcomes said since the model was learned."""
    base: float = 0.0
    """The share of tickets that came to it lately."""
    rule: Rule | None = None
    """The factors that the model knows as its column `rule`."""
    crowd: Crowd = msgspec.field(default_factory=lambda: Crowd(1.0))
    quantiles: tuple[float, ...] = ()
    """Of the chances of the open tickets, ascending: 101 of them, or none."""


COLD = Outlook()
"""Nothing was learned yet."""


def to_json(outlook: Outlook) -> dict[str, Any]:
    """Return it as plain data, for the store."""
    return msgspec.to_builtins(outlook)


def from_json(data: Any) -> Outlook:
    """Return the outlook that was kept. Raises `msgspec.ValidationError` if that is none."""
    return msgspec.convert(data, Outlook)
