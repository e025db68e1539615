"""The store: every method of `hub.ports.Store` as one transaction on a SQL database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from hub.model import RemoteId, System, TicketId
from hub.ports import Hint, Kept
from hub.records import (
    Asked,
    Conflict,
    Decision,
    Held,
    JournalEntry,
    Loss,
    Noted,
    Parked,
    RunRecord,
)
from hub.replica import Cursor
from hub.store import accounts as held_accounts
from hub.store import (
    audit_decisions,
    claims,
    forget_redacted,
    history,
    inbox,
    journal,
    keepsakes,
    ledger,
    links,
    readings,
    runs,
    scores,
    secrets,
)
from hub.store import notes as noted
from hub.store import tickets as held_tickets
from hub.store import vitals as signs
from hub.store.account_store import AccountStore
from hub.store.approval_store import ApprovalStore
from hub.store.audit_store import AuditStore
from hub.store.budget_store import BudgetStore
from hub.store.claim_store import ClaimStore
from hub.store.clock import utc_now
from hub.store.desk_store import DeskStore
from hub.store.engine import Database
from hub.store.forget_store import ForgetStore, as_decided
from hub.store.hint_store import HintStore
from hub.store.lifecycle_store import LifecycleStore
from hub.store.score_store import ScoreStore
from hub.store.vitals_store import VitalsStore

JOURNAL_PAGE = 500
DELIVERIES_KEPT = timedelta(days=30)


class SqlStore(
    AccountStore,
    AuditStore,
    ForgetStore,
    ScoreStore,
    ClaimStore,
    VitalsStore,
    BudgetStore,
    HintStore,
    ApprovalStore,
    DeskStore,
    LifecycleStore,
):
    """`hub.ports.Store` over SQLite or PostgreSQL. Its methods may be called from any thread."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], str] = utc_now,
        rights: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(database, now, rights)
        self.cipher = secrets.NO_CIPHER
        self._seen_nudges: dict[TicketId, int] = {}
        """How often a ticket had been nudged when it was loaded: a person may do so meanwhile."""

    # observe

    def cursors(self) -> Mapping[System, Cursor]:
        with self._database.reading() as connection:
            return inbox.read_cursors(connection)

    def stage_hints(self, hints: Iterable[Hint], at: str) -> int:
        return len(self.take_hints(hints, at))

    def take_hints(self, hints: Iterable[Hint], at: str) -> Collection[tuple[str, str]]:
        told = list(hints)
        with self._database.writing() as connection:
            self._note_heard(connection, told, at)
            return inbox.put_hints(connection, self._statements, told, at)

    # plan

    def tickets_of(
        self, replicas: Iterable[tuple[System, RemoteId]]
    ) -> Mapping[tuple[System, RemoteId], tuple[TicketId, ...]]:
        with self._database.reading() as connection:
            return links.tickets_of(connection, replicas)

    def load(self, tickets: Iterable[TicketId]) -> Mapping[TicketId, Held]:
        ids = list(tickets)
        with self._database.reading() as connection:
            held = readings.given(connection, held_tickets.load(connection, ids))
            nudges = held_tickets.nudges(connection, ids)
        self._forget_nudges(ids)
        self._seen_nudges |= nudges
        return held

    def dirty(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return links.dirty(connection, limit, after)

    def awaited(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return links.awaited(connection, limit, after)

    def named(self, name: str) -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return links.named(connection, name)

    def ticket_count(self, system: System | None = None) -> int:
        with self._database.reading() as connection:
            return links.count(connection, system)

    def ticket_ids(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self._database.reading() as connection:
            return links.ticket_ids(connection, limit, after)

    # commit, note

    def commit(
        self, decisions: Sequence[Decision], rows: Iterable[int], run: str, at: str
    ) -> Sequence[Sequence[Asked]]:
        """
        See `Store.commit`. A decision carries all links of its ticket: an awaited one that it does
        not carry has been found, or given up. Other links are never removed, only replaced.
        """
        ids = [d.ticket.id for d in decisions]
        with self._fenced() as connection:
            kept = self.without_forgotten(connection, decisions)
            given = [link for d in kept for link in d.links]
            lost = forget_redacted.lost_words(connection, kept)
            before = held_tickets.before(connection, ids)
            nudged = self._nudged({i: one.nudges for i, one in before.items()})
            concerned = held_tickets.write(connection, self._statements, kept, before, nudged)
            held_accounts.make_due(connection, concerned)
            history.write(connection, kept)
            scores.add_feedback(connection, (f for d in kept for f in d.feedback))
            over = links.awaited_of(connection, ids) - {links.key(link) for link in given}
            links.remove(connection, over)
            links.write(connection, self._statements, given)
            ledger.unpark(connection, noted.ended(given, ledger.slots(connection, noted.left(given))))
            ledger.put_conflicts(connection, (c for d in kept for c in d.conflicts), run, at)
            ledger.settle_conflicts(connection, (c for d in kept for c in d.settled), at)
            audit_decisions.gave_way(connection, (c for d in kept for c in d.conflicts), run, at)
            ledger.put_losses(connection, self._statements, (x for d in kept for x in d.losses), run, at)
            asked = journal.write(connection, self._statements, kept, run, at)
            asked = asked if kept is decisions else as_decided(asked, decisions)
            forget_redacted.redacted(connection, lost, self.audit_keys, at)
            inbox.remove(connection, rows)
            if not self._database.is_sqlite:
                claims.taken_up(connection, ids)
        self._forget_nudges(i for i in ids if i not in nudged)
        return asked

    def note(self, notes: Sequence[Noted], run: str, at: str) -> None:
        """
        See `Store.note`. Links of any ticket may be given. What was parked in a slot that is done
        now is parked no more; the awaited link of an answered creation goes.
        """
        with self._fenced() as connection:
            asked = journal.operations(connection, (n.journal for n in notes))
            notes = self.without_forgotten_notes(connection, notes)
            journal.close(connection, notes)
            links.remove(connection, noted.ended_waits(notes, asked))
            links.write(connection, self._statements, (link for n in notes for link in n.links))
            before = ledger.slots(connection, {o.ticket_id for o in asked.values()})
            ledger.unpark(connection, noted.settled(notes, asked, before))
            ledger.park(connection, self._statements, (p for n in notes for p in n.parked), run, at)
            ledger.put_losses(connection, self._statements, (x for n in notes for x in n.losses), run, at)
            self._written(connection, noted.replicas(notes, asked))

    def settle(self, tickets: Iterable[TicketId]) -> None:
        """See `Store.settle`. One that was marked dirty since it was loaded stays so."""
        ids = list(tickets)
        with self._fenced() as connection:
            nudged = self._nudged(held_tickets.nudges(connection, ids))
            held_tickets.settle(connection, [i for i in ids if i not in nudged])
        self._forget_nudges(ids)

    def _nudged(self, nudges: Mapping[TicketId, int]) -> set[TicketId]:
        """Tickets that somebody marked dirty since they were loaded."""
        return {i for i, count in nudges.items() if count != self._seen_nudges.get(i, 0)}

    def _forget_nudges(self, ids: Iterable[TicketId]) -> None:
        for ticket_id in ids:
            self._seen_nudges.pop(ticket_id, None)

    # what people see and decide

    def begin_run(self, run: RunRecord) -> None:
        oldest = datetime.fromisoformat(self._now()) - DELIVERIES_KEPT
        with self._database.writing() as connection:
            inbox.forget_deliveries(connection, oldest.strftime("%Y-%m-%dT%H:%M:%SZ"))
            self._forget_stamps(connection)
            runs.write(connection, self._statements, run)
            signs.began(connection, self.upserts, run)

    def end_run(self, run: RunRecord) -> None:
        with self._database.writing() as connection:
            runs.write(connection, self._statements, run)
            signs.ended(connection, self.upserts, run)
        self.seal_quietly()

    def runs(self, limit: int = 20) -> Sequence[RunRecord]:
        with self._database.reading() as connection:
            return runs.latest(connection, limit)

    def run(self, run_id: str) -> RunRecord | None:
        with self._database.reading() as connection:
            return runs.one(connection, run_id)

    def conflicts(self, *, only_open: bool = True) -> Sequence[Conflict]:
        with self._database.reading() as connection:
            return ledger.read_conflicts(connection, only_open=only_open)

    def resolve_conflict(self, conflict_id: int, how: str) -> None:
        """Raises `LookupError` where there is no such conflict."""
        with self._database.writing() as connection:
            at = self._now()
            ledger.resolve_conflict(connection, conflict_id, how, at)
            audit_decisions.settled(connection, conflict_id, how, at)

    def parked(self) -> Sequence[Parked]:
        with self._database.reading() as connection:
            return ledger.all_parked(connection)

    def set_parked(self, parked_ids: Iterable[int], state: str) -> None:
        with self._beside() as connection:
            numbers = list(parked_ids)
            held_tickets.soil(connection, ledger.set_parked(connection, numbers, state))
            audit_decisions.parked_set(connection, numbers, state, self._now())

    def journal(self, run: str, states: Sequence[str] = ()) -> Iterator[JournalEntry]:
        after = 0
        while True:
            with self._database.reading() as connection:
                page = journal.read(connection, run, states, after, JOURNAL_PAGE)
            yield from page
            if len(page) < JOURNAL_PAGE:
                return
            after = page[-1].id

    def mark_undone(self, journal_ids: Iterable[int]) -> None:
        with self._fenced() as connection:
            numbers = list(journal_ids)
            journal.mark_undone(connection, numbers)
            audit_decisions.undone(connection, numbers, self._now())

    def losses(self, ticket: TicketId | None = None) -> Sequence[Loss]:
        with self._database.reading() as connection:
            return ledger.read_losses(connection, ticket)

    def save_secret(self, name: str, value: str) -> None:
        with self._database.writing() as connection:
            if self._database.file is not None:
                secrets.close_to_others(self._database.file)
            secrets.save(connection, self._statements, name, value, self.cipher)

    def secret(self, name: str) -> str | None:
        with self._database.reading() as connection:
            return secrets.read(connection, name, self.cipher)

    def keep(self, name: str, value: str, at: str) -> None:
        with self._database.writing() as connection:
            keepsakes.save(connection, self._statements, name, value, at)

    def kept(self, name: str) -> Kept | None:
        with self._database.reading() as connection:
            return keepsakes.read(connection, name)
