"""What the scores ask of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from hub.history.event import Event
from hub.model import Json, TicketId
from hub.score_records import Alert, AlertState, Feedback, Model, Snapshot


class ScoreStore(Protocol):
    """What the hub remembers of tickets' pasts, and of what was predicted."""

    def history(self, ticket: TicketId | None = None, since: str = "") -> Iterator[Event]:
        """
        Yield what happened, in order of time, then of ticket; `since` is an instant or its beginning.

        Comments carry their bodies, unless they were taken back. Read page by page: what is committed
        meanwhile may or may not be among it.
        """
        ...

    def without_history(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """Tickets of which no event is kept (not planned since histories are), by id, above `after`."""
        ...

    # what readers made of texts
    def readings(self, digests: Collection[str]) -> Mapping[str, Json]:
        """Return the newest reading of each text that has one, by its digest, as plain JSON."""
        ...

    def readings_of(self, tickets: Collection[TicketId]) -> Mapping[TicketId, Mapping[str, Json]]:
        """Return what is kept of the texts of these tickets, by digest; without those that have none."""
        ...

    def read_by(self, version: str, digests: Collection[str]) -> set[str]:
        """Return which of these texts that version of a reader has read."""
        ...

    def keep_readings(self, ticket: TicketId, version: str, readings: Mapping[str, Json]) -> None:
        """
        Keep what a reader made of texts of a ticket, in the place of what was kept of them before.

        Other tickets that hold the same text have the new reading, too.
        """
        ...

    # what people said
    def add_feedback(self, feedback: Iterable[Feedback]) -> None:
        """Keep these for good."""
        ...

    def feedback(self, since: str = "", ticket: TicketId | None = None) -> Iterator[Feedback]:
        """Yield what people said since an instant, oldest first."""
        ...

    # what was learned
    def save_model(self, model: Model) -> None:
        """
        Keep a model, or its new state. One that becomes champion retires the champion before it.

        Of all but the newest of those that are neither champion nor challenger, only state and metrics
        are kept.
        """
        ...

    def models(self, label: str, limit: int = 100) -> Sequence[Model]:
        """Return the models of a label without their bodies, newest first."""
        ...

    def model(self, label: str, version: str) -> Model | None: ...
    def champion(self, label: str) -> Model | None: ...
    def save_outlook(self, name: str, body: Json, at: str) -> None:
        """Keep a frozen value by name, in the place of the one before."""
        ...

    def outlook(self, name: str) -> Snapshot | None: ...

    # what was told
    def add_alert(self, alert: Alert) -> int:
        """Keep an alert; return its number."""
        ...

    def alerts(self, since: str = "", states: Collection[AlertState] = ()) -> Sequence[Alert]:
        """Return alerts since an instant, oldest first; with `states`, only those."""
        ...

    def set_alert(self, number: int, state: AlertState) -> None:
        """Raises `LookupError` where there is no such alert."""
        ...

    # what is to be scored again
    def open_tickets(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """Tickets with something left to do, by id, greater than `after`."""
        ...

    def make_dirty(self, tickets: Iterable[TicketId]) -> None:
        """The next run plans these again, even if one plans them just now."""
        ...
