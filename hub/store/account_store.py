"""The part of the store that holds the CRM's accounts and people, and ties tickets to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from hub.account import Account, AccountId, Bond, Contact, Directory, Trace
from hub.audit import Act
from hub.model import Json, RemoteId, System, TicketId
from hub.replica import Cursor
from hub.store import accounts as held_accounts
from hub.store import audit_acts, bonds, directory, inbox, intake
from hub.store import tickets as held_tickets
from hub.store import traces as held_traces
from hub.store.forget_store import ForgetStore


class AccountStore(ForgetStore):
    """`hub.ports.Store`, the section on accounts."""

    def take_accounts(
        self,
        system: System,
        accounts: Sequence[tuple[Account, frozenset[Trace]]],
        contacts: Sequence[Contact],
        gone_contacts: Sequence[RemoteId],
        cursor: Cursor | None,
        at: str,
    ) -> int:
        """See `Store.take_accounts`. Of an account or contact given twice, the later; gone wins."""
        with self._fenced() as connection:
            contacts, over = self.without_forgotten_people(connection, contacts)
            gone_contacts = [*gone_contacts, *over]
            was = held_accounts.read(connection, (account.id for account, _ in accounts))
            concerned = intake.take(connection, self._statements, accounts, contacts, gone_contacts)
            audit_acts.write(connection, audit_acts.of_accounts(was, (a for a, _ in accounts), at))
            if cursor is not None:
                inbox.move_cursor(connection, self._statements, system + inbox.ACCOUNTS, cursor, at)
            return _soil(connection, concerned)

    def account_cursor(self, system: System) -> Cursor | None:
        with self._database.reading() as connection:
            return inbox.account_cursor(connection, system)

    def directory(self, traces: Iterable[Trace]) -> Directory:
        with self._database.reading() as connection:
            return directory.read(connection, traces)

    def accounts(self, ids: Iterable[AccountId]) -> Mapping[AccountId, Account]:
        with self._database.reading() as connection:
            return held_accounts.read(connection, ids)

    def contacts(self, ids: Iterable[RemoteId]) -> Mapping[RemoteId, Contact]:
        with self._database.reading() as connection:
            return directory.contacts_of(connection, ids)

    def account_ids(self, limit: int, after: str = "") -> Sequence[AccountId]:
        with self._database.reading() as connection:
            return held_accounts.ids(connection, limit, after)

    def tickets_with(
        self, traces: Iterable[Trace], *, only_open: bool = True
    ) -> Mapping[Trace, tuple[TicketId, ...]]:
        """See `Store.tickets_with`. Answers for every trace asked for."""
        with self._database.reading() as connection:
            return held_traces.tickets_with(connection, traces, only_open=only_open)

    def unmatched(self, limit: int, after: str = "") -> Sequence[tuple[TicketId, tuple[Trace, ...]]]:
        with self._database.reading() as connection:
            return held_traces.unmatched(connection, limit, after)

    def bond(self, bond: Bond) -> int:
        with self._beside() as connection:
            bonds.write(connection, self._statements, bond)
            audit_acts.write(connection, [audit_acts.tied(bond, self._now())])
            return _soil(connection, [bond.trace])

    def unbond(self, trace: Trace) -> int:
        with self._beside() as connection:
            bonds.remove(connection, trace)
            audit_acts.write(connection, [Act("trace untied", self._now(), subject=trace)])
            return _soil(connection, [trace])

    def bonds(self) -> Sequence[Bond]:
        with self._database.reading() as connection:
            return bonds.every(connection)

    def due_accounts(self, limit: int, after: str = "") -> Sequence[AccountId]:
        with self._database.reading() as connection:
            return held_accounts.due(connection, limit, after)

    def settle_accounts(self, shown: Mapping[AccountId, Mapping[str, Json]]) -> None:
        """See `Store.settle_accounts`. Fields that are not given are shown as before."""
        with self._fenced() as connection:
            was = held_accounts.settle(connection, shown)
            audit_acts.write(connection, audit_acts.of_showings(was, shown, self._now()))


def _soil(connection: Connection, concerned: Iterable[Trace]) -> int:
    """Mark the open tickets with any of these traces dirty; return how many."""
    found = held_traces.open_tickets(connection, concerned)
    held_tickets.soil(connection, found)
    return len(found)
