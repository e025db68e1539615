"""What an auditor, and whoever is asked to forget somebody, does in a story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from flows.auditing import trail
from flows.forgetting import forget
from hub.store.every_table import metadata
from tests.world import World

Details = Mapping[str, Any]


class Auditing:
    """Verbs of a story; `Stage` has them too."""

    world: World

    def _of(self, name: str) -> Any:
        raise NotImplementedError

    def do_forget(self, person: str, expected: Details | None) -> None:
        """`forget ADDRESS: {tickets: 1}`."""
        found = forget(self.world.store, person)
        for name, wanted in (expected or {}).items():
            assert getattr(found, name) == wanted, (name, getattr(found, name))

    def do_unknown(self, _: str, words: Any) -> None:
        """`unknown: [WORDS]`: nothing that the hub keeps holds any of them."""
        with self.world.store.reading() as connection:
            held = "\n".join(str(row) for t in metadata.sorted_tables for row in connection.execute(select(t)))
        assert not [word for word in words if word in held]

    def do_known(self, _: str, words: Any) -> None:
        with self.world.store.reading() as connection:
            held = "\n".join(str(row) for t in metadata.sorted_tables for row in connection.execute(select(t)))
        assert not [word for word in words if word not in held]

    def do_audit(self, name: str, expected: Any) -> None:
        """`audit NAME: [{side, what, before, after, who, why}]`: each of these is a line of the ticket's trail."""
        lines = list(trail(self.world.store, ticket=f"#{self._of(name)}"))
        for wanted in expected:
            fits = [x for x in lines if all(_fits(getattr(x, key), value) for key, value in wanted.items())]
            assert fits, f"{wanted} is not among {[(x.side, x.what, x.before, x.after, x.why) for x in lines]}"

    def do_tamper(self, _: str, sql: Any) -> None:
        """`tamper: SQL`: somebody writes to the database by hand."""
        with self.world.store.beside() as connection:
            _ = connection.exec_driver_sql(str(sql))

    def do_trail(self, state: str, expected: Any) -> None:
        """`trail holds`; `trail broken: {what: changed, source: history}`: what verification finds first."""
        found = self.world.store.verify()
        assert found.intact == (state == "holds"), found.faults
        for name, wanted in (expected or {}).items():
            assert getattr(found.faults[0], name) == wanted, found.faults[0]


def _fits(found: Any, wanted: Any) -> bool:
    return wanted in found if isinstance(wanted, str) and isinstance(found, str) else found == wanted
