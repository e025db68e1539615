"""A hub put together, made to be watched: its logs, and its traces where they are wanted."""

from __future__ import annotations

from flows.logs import set_up
from flows.telemetry import tracing_of
from flows.wires import Wires
from hub.settings import Settings
from hub.spans import UNTRACED


def watched(settings: Settings, wires: Wires) -> Wires:
    """Return the wires with what hears of every step and answer. Raises `Misconfigured`."""
    set_up(settings)
    if wires.spans is UNTRACED:
        tracing = tracing_of(settings)
        if tracing is not None:
            wires.spans = tracing
    if wires.spans is not UNTRACED and wires.spans.answered not in wires.answers.listeners:
        wires.answers.listeners.append(wires.spans.answered)
    return wires
