"""The part of the store that holds what happened to tickets, and what was predicted, said and learned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from hub.history.event import Event
from hub.model import Json, TicketId
from hub.score_records import Alert, AlertState, Feedback, Model, Snapshot
from hub.store import audit_acts, history, scores
from hub.store import tickets as held_tickets
from hub.store.core import Core

PAGE = 1_000


class ScoreStore(Core):
    """`hub.score_store.ScoreStore`. What is learned and told is written beside a run, between two writes."""

    def history(self, ticket: TicketId | None = None, since: str = "") -> Iterator[Event]:
        after: history.Place | None = None
        while True:
            with self._database.reading() as connection:
                page = history.read(connection, ticket, since, after, PAGE)
            yield from (event for _, event in page)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def without_history(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return history.without(connection, limit, after)

    # readings

    def readings(self, digests: Collection[str]) -> Mapping[str, Json]:
        with self._database.reading() as connection:
            return scores.readings_of(connection, digests)

    def readings_of(self, tickets: Collection[TicketId]) -> Mapping[TicketId, Mapping[str, Json]]:
        with self._database.reading() as connection:
            return {TicketId(t): told for t, told in scores.readings_by_ticket(connection, tickets).items()}

    def read_by(self, version: str, digests: Collection[str]) -> set[str]:
        with self._database.reading() as connection:
            return scores.read_by(connection, version, digests)

    def keep_readings(self, ticket: TicketId, version: str, readings: Mapping[str, Json]) -> None:
        with self._beside() as connection:
            scores.keep_readings(connection, self._statements, ticket, version, readings)

    # feedback

    def add_feedback(self, feedback: Iterable[Feedback]) -> None:
        with self._beside() as connection:
            scores.add_feedback(connection, feedback)

    def feedback(self, since: str = "", ticket: TicketId | None = None) -> Iterator[Feedback]:
        last: Feedback | None = None
        while True:
            with self._database.reading() as connection:
                page = scores.read_feedback(connection, since, ticket, last, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1]

    # models

    def save_model(self, model: Model) -> None:
        with self._beside() as connection:
            known = scores.state_of(connection, model)
            scores.save_model(connection, self._statements, model)
            if model.state != known:
                audit_acts.write(connection, [audit_acts.of_model(model)])

    def models(self, label: str, limit: int = 100) -> Sequence[Model]:
        with self._database.reading() as connection:
            return scores.read_models(connection, label, limit)

    def model(self, label: str, version: str) -> Model | None:
        with self._database.reading() as connection:
            return scores.one_model(connection, label, version)

    def champion(self, label: str) -> Model | None:
        with self._database.reading() as connection:
            return scores.one_model(connection, label, None)

    def save_outlook(self, name: str, body: Json, at: str) -> None:
        with self._beside() as connection:
            scores.save_outlook(connection, self._statements, name, body, at)

    def outlook(self, name: str) -> Snapshot | None:
        with self._database.reading() as connection:
            return scores.outlook(connection, name)

    # alerts

    def add_alert(self, alert: Alert) -> int:
        with self._beside() as connection:
            return scores.add_alert(connection, alert)

    def alerts(self, since: str = "", states: Collection[AlertState] = ()) -> Sequence[Alert]:
        with self._database.reading() as connection:
            return scores.read_alerts(connection, since, states)

    def set_alert(self, number: int, state: AlertState) -> None:
        """Raises `LookupError` where there is no such alert."""
        with self._beside() as connection:
            scores.set_alert(connection, number, state)

    # what is to be scored again

    def open_tickets(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return scores.open_tickets(connection, limit, after)

    def make_dirty(self, tickets: Iterable[TicketId]) -> None:
        with self._beside() as connection:
            held_tickets.soil(connection, tickets)
