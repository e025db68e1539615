"""`hub learn --propose`: what people's verdicts say of the weights, as a diff of scoring.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

import msgspec

from hub.errors import Misconfigured
from hub.model import TicketId
from hub.ports import Store
from hub.proposals import Voted, as_diff, proposals
from hub.records import Held
from hub.risk.clicks import who
from hub.score_records import Feedback
from hub.settings import Settings

_PAGE = 250


def proposed(settings: Settings, store: Store) -> dict[str, Any]:
    """Return the proposals with their reasons, and the diff. Writes nothing."""
    file = settings.path(settings.mappings) / "scoring.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file}: cannot be read ({error.strerror})") from None
    found = proposals(list(_votes(store)))
    return {
        "proposals": [msgspec.to_builtins(one) for one in found],
        "reasons": [one.reason for one in found],
        "diff": as_diff(text, f"{settings.mappings}/scoring.yaml", found),
        "signals": dict(_wrong_signals(store)),
    }


def _votes(store: Store) -> Iterator[Voted]:
    """Yield the last verdict of each person on each ticket, with the factors that counted there."""
    last: dict[tuple[str, str], Feedback] = {}
    for said in store.feedback():
        if said.verdict in {"accepted", "dismissed", "cleared"}:
            last[said.ticket_id, who(said)] = said
    standing = iter([said for said in last.values() if said.verdict != "cleared"])
    while page := list(islice(standing, _PAGE)):
        held = store.load({said.ticket_id for said in page})
        for said in page:
            factors = _factors(said, held)
            if factors:
                yield Voted(said.verdict == "accepted", factors)


def _factors(said: Feedback, held: Mapping[TicketId, Held]) -> Mapping[str, float]:
    """Return the factors that were shown when it was said; where that was not kept, those of today."""
    kept: object = said.features.get("factors")
    if isinstance(kept, dict):
        return cast("dict[str, float]", kept)
    one = held.get(said.ticket_id)
    reasons = one.score.reasons if one is not None and one.score is not None else ()
    return {reason.factor: reason.points for reason in reasons}


def _wrong_signals(store: Store) -> Iterator[tuple[str, int]]:
    """Yield how often each signal was said to be wrong, less the times that this was taken back."""
    counts: dict[str, int] = {}
    for said in store.feedback():
        if said.verdict in {"corrected", "restored"}:
            name = said.subject.removeprefix("signal.")
            counts[name] = counts.get(name, 0) + (1 if said.verdict == "corrected" else -1)
    yield from ((name, n) for name, n in sorted(counts.items()) if n > 0)
