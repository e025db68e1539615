"""The part of the store that holds the audit trail."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from hub.audit import Act, Anchor, Fault, Verdict
from hub.model import TicketId
from hub.records import JournalEntry
from hub.store import audit_acts, journal, retention
from hub.store.audit_seals import PART, grow
from hub.store.audit_tables import anchors
from hub.store.audit_verify import Check
from hub.store.core import Core
from hub.store_settings import RetentionSettings

PAGE = 1_000
log = logging.getLogger("hub.audit")


class AuditStore(Core):
    """`hub.audit_store.AuditStore`."""

    audit_keys: Sequence[str] = ()
    """The first one marks anchors; marks by any of them are believed."""

    def act(self, act: Act) -> int:
        with self._beside() as connection:
            return audit_acts.add(connection, act)

    def acts(self, ticket: TicketId | None = None, since: str = "") -> Iterator[Act]:
        last: Act | None = None
        while True:
            with self._database.reading() as connection:
                page = audit_acts.read(connection, ticket, since, last, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1]

    def written(self, ticket: TicketId | None = None, since: str = "") -> Iterator[JournalEntry]:
        after = 0
        while True:
            with self._database.reading() as connection:
                page = journal.all_of(connection, ticket, since, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id

    def seal(self, *, whole: bool = False) -> Fault | None:
        while True:
            with self._beside() as connection:
                count, fault = grow(connection, self.audit_keys, self._now(), whole=whole)
            if fault is not None or count < PART:  # then no source had more than was taken
                return fault

    def seal_quietly(self) -> None:
        """Seal, at the end of a run; a chain that somebody broke is shouted about, and stops no run."""
        fault = self.seal()
        if fault is not None:
            log.error("the audit trail is sealed no more: %s; run `hub audit verify`", fault.said)

    def verify(self, anchors: Sequence[Anchor] = (), *, most: int = 20) -> Verdict:
        with self._database.reading() as connection:
            return Check(connection, self.audit_keys, most).run(anchors)

    def anchors(self, limit: int = 1) -> Sequence[Anchor]:
        with self._database.reading() as connection:
            rows = connection.execute(select(anchors).order_by(anchors.c.n.desc()).limit(limit))
            return [Anchor(*row) for row in rows]

    def due_for_removal(self, settings: RetentionSettings) -> Mapping[str, int]:
        with self._database.reading() as connection:
            return retention.counted(connection, retention.cutoffs(settings, self._now()))

    def prune(self, settings: RetentionSettings) -> Mapping[str, int]:
        now = self._now()
        removed: dict[str, int] = {}
        for name, cutoff in retention.cutoffs(settings, now).items():
            count = -1
            while count:
                with self._beside() as connection:
                    count = retention.pruned(connection, name, cutoff, now, self.audit_keys)
                removed[name] = removed.get(name, 0) + count
        return removed
