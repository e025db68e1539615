"""The part of the store by which several workers keep out of each other's way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from hub.claiming import Claim
from hub.cluster import Replica
from hub.model import System, TicketId
from hub.records import Staged
from hub.replica import Observation, Page
from hub.safety import Toll, added
from hub.store import claims, inbox, stamps
from hub.store.core import Core


class ClaimStore(Core):
    """`hub.claiming.ClaimStore`, and the inbox: what is put there, and how workers take from it."""

    @property
    def shared(self) -> bool:
        return self._lease.worker is not None

    def claims(self, names: Collection[Claim]) -> set[Claim]:
        worker = self._lease.worker
        if worker is None or not names:
            return set(names)
        with self._fenced() as connection:
            return claims.claim(connection, self.insert, worker, names)

    def release(self, names: Collection[Claim]) -> None:
        worker = self._lease.worker
        if worker is None or not names:
            return
        with self._fenced() as connection:
            claims.release(connection, worker, names)

    def claimed_by_others(self, names: Collection[Claim]) -> set[Claim]:
        worker = self._lease.worker
        if worker is None or not names:
            return set()
        with self.reading() as connection:
            return claims.of_others(connection, worker, names)

    def last_row(self) -> int:
        with self.reading() as connection:
            return claims.last_row(connection)

    def begin_reading(self, system: System) -> None:
        if not self._database.is_sqlite:
            with self._fenced() as connection:
                claims.begin_reading(connection, self.insert, system)

    def complete_row(self) -> int:
        worker = self._lease.worker
        with self.reading() as connection:
            return claims.last_row(connection) if worker is None else claims.complete_row(connection, worker)

    def admit(self, row: int, tickets: Iterable[TicketId]) -> None:
        with self._fenced() as connection:
            claims.admit(connection, self.insert, row, tickets)

    def admitted(self) -> int:
        with self.reading() as connection:
            return claims.mark(connection)

    def uncounted(self) -> Toll:
        with self.reading() as connection:
            return claims.uncounted(connection)

    def add_uncounted(self, toll: Toll, fits: Callable[[Toll], bool], at: str) -> bool:
        with self._fenced() as connection:
            total = added(claims.uncounted(connection, self.insert, at), toll)
            if not fits(total):
                return False
            claims.put_uncounted(connection, total)
        return True

    def forget_uncounted(self) -> None:
        with self._fenced() as connection:
            claims.put_uncounted(connection, Toll())

    def admitted_tickets(self, limit: int, after: str = "") -> Sequence[TicketId]:
        with self.reading() as connection:
            return claims.admitted_tickets(connection, limit, after)

    # readings -------------------------------------------------------------------------------------

    def tick(self) -> int:
        if self._database.is_sqlite:
            return 0
        with self.reading() as connection:
            return stamps.tick(connection)

    def outdated(self, ticks: Mapping[Replica, int]) -> set[Replica]:
        if self._database.is_sqlite or not ticks:
            return set()
        with self._fenced() as connection:
            old = stamps.outdated(connection, ticks)
            stamps.stamp(connection, self.insert, {r: at for r, at in ticks.items() if r not in old})
        return old

    def stage(self, system: System, page: Page, at: str, tick: int | None = None) -> None:
        with self._fenced() as connection:
            inbox.put(connection, page.observations, at, self._begun(connection, tick))
            inbox.move_cursor(connection, self._statements, system, page.cursor, at)

    def stage_observations(
        self, observations: Iterable[Observation], at: str, tick: int | None = None
    ) -> None:
        with self._fenced() as connection:
            inbox.put(connection, observations, at, self._begun(connection, tick))

    def _begun(self, connection: Connection, tick: int | None) -> int:
        if self._database.is_sqlite:
            return 0
        return stamps.tick(connection) if tick is None else tick

    def _written(self, connection: Connection, replicas: Iterable[Replica]) -> None:
        """What was read of these until now is older than what was written."""
        if self._database.is_sqlite:
            return
        now = stamps.tick(connection)
        stamps.stamp(connection, self.insert, dict.fromkeys(replicas, now))

    def _forget_stamps(self, connection: Connection) -> None:
        if not self._database.is_sqlite:
            stamps.forget(connection)

    # taking ---------------------------------------------------------------------------------------

    def inbox_size(self, after: int = 0, *, complete: bool = False) -> Mapping[System, int]:
        with self.reading() as connection:
            return inbox.size(connection, after, self._lease.worker if complete else None)

    def waiting(
        self, limit: int, after: int = 0, until: int | None = None, *, since: int = 0
    ) -> Sequence[Staged]:
        with self.reading() as connection:
            return inbox.waiting(connection, inbox.Part(limit, after, until, since), self._lease.worker)

    def claim(
        self, limit: int, after: int = 0, until: int | None = None, *, since: int = 0, complete: bool = False
    ) -> Sequence[Staged]:
        part = inbox.Part(limit, after, until, since, complete)
        if self._database.is_sqlite:
            with self.reading() as connection:
                return inbox.waiting(connection, part)
        with self._fenced() as connection:
            worker = self._lease.worker
            if worker is None:
                found = inbox.waiting(connection, part)
            else:
                found = self._claimed(connection, worker, part)
            return stamps.believed(connection, self.insert, found)

    def _claimed(self, connection: Connection, worker: int, part: inbox.Part) -> Sequence[Staged]:
        """
        Take what is free, and read it again once it is ours: whoever had it may have done it just now.

        What is lost so to others is no reason to go without.
        """
        while free := inbox.free(connection, part, worker):
            ours = claims.claim(connection, self.insert, worker, [inbox.claim_of(*one) for one in free])
            mine = [one for one in free if inbox.claim_of(*one) in ours]
            found = inbox.rows_of(connection, mine)
            left = {(one.system, one.remote_id) for one in found}
            claims.release(connection, worker, [inbox.claim_of(*one) for one in mine if one not in left])
            if found:
                return found
        return ()
