"""What may become of a write on its way, by the names that the state machines draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.faults import Crash, Fate, Fault

MAIL_FATES = (
    "ok", "ok", "fail", "throttle", "lost", "lost_before", "crash before", "crash after", "edit before",
    "edit after",
)  # fmt: skip
"""Of a mail after its final dot: put off, taken or not without an answer, with the sender's death."""
IMAP_FATES = ("ok", "lost", "lost_before", "fail", "crash before", "edit before", "edit after")
"""Of a command that reads mails; `lost` ends in the midst of a literal."""


def fault_of(fate: str, meanwhile: Callable[[Any], None] | None = None) -> Fault:
    """Return the fault of that name. `meanwhile` is what people do while a request is on its way."""
    match fate:
        case "crash before":
            return Fault(Fate.OK, before=_die)
        case "crash after":
            return Fault(Fate.OK, after=_die)
        case "edit before":
            return Fault(Fate.OK, before=meanwhile)
        case "edit after":
            return Fault(Fate.OK, after=lambda request, _: meanwhile(request) if meanwhile else None)
        case "fail":
            return Fault(Fate.FAIL, seconds=1)
        case _:
            return Fault(Fate(fate))


def _die(*_: Any) -> None:
    raise Crash
