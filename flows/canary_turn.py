"""One walk of the canary at a time: two that stamp one ticket would be taken for two people's edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from hub.errors import StoreInUse
from hub.ports import Store
from hub.vitals import seconds_between

WALKING = "canary walking"
_RENEWED = 30.0
_SILENT = 180.0
"""Seconds after which who walks must have said so again; after that it died, and the next one walks."""


@dataclass
class Turn:
    """A walk's right to be the only one, renewed while it waits."""

    store: Store
    run: str
    now: Callable[[], str]
    _said: str = field(default="", init=False)

    def take(self) -> None:
        """Raises `StoreInUse` while another walk is under way: one that waits in vain may take an hour."""
        kept = self.store.outlook(WALKING)
        other = str(cast("dict[str, Any]", kept.body).get("run") or "") if kept is not None else ""
        if kept is not None and other and seconds_between(kept.at, self.now()) < _SILENT:
            raise StoreInUse(
                f"the canary walks already ({other}), and looks whether values arrive; this walk is left out"
            )
        self._say(self.run)

    def renew(self) -> None:
        if seconds_between(self._said, self.now()) >= _RENEWED:
            self._say(self.run)

    def free(self) -> None:
        self._say("")

    def _say(self, run: str) -> None:
        self._said = self.now()
        self.store.save_outlook(WALKING, {"run": run}, self._said)
