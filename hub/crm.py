"""What the hub asks of the system in which accounts are at home, and of the store about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from hub.account import (
    Account,
    AccountId,
    AccountPage,
    AccountSeen,
    Bond,
    Contact,
    Directory,
    Trace,
    UpdateAccount,
)
from hub.model import Json, RemoteId, System, TicketId
from hub.operations import Outcome
from hub.replica import Cursor
from hub.schema import Schema


class Crm(Protocol):
    """The system in which accounts are at home; its connector is one of these too."""

    @property
    def system(self) -> System: ...

    def account_changes(self, cursor: Cursor | None) -> Iterator[AccountPage]:
        """
        Yield accounts and contacts that changed since `cursor` (None: all there are), oldest first.

        An account is shown again when anything changed that its raw fields are made of (an
        opportunity, a contract). Deletions and merges are told by `gone`. As `Connector.changes`:
        pages may repeat, nothing is skipped, at least one page.
        """
        ...

    def fetch_accounts(self, ids: Sequence[RemoteId]) -> Mapping[RemoteId, AccountSeen]:
        """Look at accounts now, in bulk; one that is not there is answered with `gone`."""
        ...

    def account_schema(self) -> Schema:
        """Describe the fields of an account, computed ones too, as the system states them now."""
        ...

    def update_accounts(self, updates: Sequence[UpdateAccount]) -> Iterator[tuple[int, Outcome]]:
        """Set fields by the system's bulk calls; see `Connector.execute` for order and outcomes."""
        ...


class AccountStore(Protocol):
    """What the hub remembers of accounts; part of `hub.ports.Store`, and under its rules."""

    def take_accounts(
        self,
        system: System,
        accounts: Sequence[tuple[Account, frozenset[Trace]]],
        contacts: Sequence[Contact],
        gone_contacts: Sequence[RemoteId],
        cursor: Cursor | None,
        at: str,
    ) -> int:
        """
        Hold these accounts with their own traces, and these contacts, and move the accounts' cursor.

        Marks as dirty every open ticket whose account changed in what tickets show of it (anything but
        `shown`), or that shares a trace which an account won or lost, by its own fields or a contact's
        address. Returns how many were marked.
        """
        ...

    def account_cursor(self, system: System) -> Cursor | None: ...
    def directory(self, traces: Iterable[Trace]) -> Directory:
        """
        Return what may concern tickets with these traces.

        Every account that has one of them, that an `account:` trace names, or that a bond of theirs
        names; with whatever these were merged into, and their parents. Contacts of every `email:` trace.
        """
        ...

    def accounts(self, ids: Iterable[AccountId]) -> Mapping[AccountId, Account]: ...
    def contacts(self, ids: Iterable[RemoteId]) -> Mapping[RemoteId, Contact]: ...
    def account_ids(self, limit: int, after: str = "") -> Sequence[AccountId]:
        """Every account that is not gone, by id, greater than `after`."""
        ...

    def tickets_with(
        self, traces: Iterable[Trace], *, only_open: bool = True
    ) -> Mapping[Trace, tuple[TicketId, ...]]:
        """Return the tickets that have each of these traces."""
        ...

    def unmatched(self, limit: int, after: str = "") -> Sequence[tuple[TicketId, tuple[Trace, ...]]]:
        """Return open tickets without an `account:` trace, by id, greater than `after`, and their traces."""
        ...

    def bond(self, bond: Bond) -> int:
        """Keep a tie that a person made; marks open tickets with that trace dirty, returns how many."""
        ...

    def unbond(self, trace: Trace) -> int:
        """Forget a tie; marks open tickets with that trace dirty, returns how many. `LookupError` if none."""
        ...

    def bonds(self) -> Sequence[Bond]: ...
    def due_accounts(self, limit: int, after: str = "") -> Sequence[AccountId]:
        """
        Accounts whose support context may have changed, by id, greater than `after`.

        `commit` makes the accounts due of which it changes a ticket's registers, comments, score or traces
        (those that the ticket leaves, too); `take_accounts` those that are new, were merged, or whose
        shown fields changed.
        """
        ...

    def settle_accounts(self, shown: Mapping[AccountId, Mapping[str, Json]]) -> None:
        """These accounts show this now, and are due no more."""
        ...
