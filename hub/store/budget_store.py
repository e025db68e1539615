"""The part of the store in which workers share the budgets of the systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from hub.budget_store import BudgetLine, Drawn, Key, Said, Spent, Standing, Wish
from hub.store.budgets import Ledger
from hub.store.clock import utc_now
from hub.store.core import Core
from hub.store.engine import Database


class BudgetStore(Core):
    """`hub.budget_store.BudgetStore`. Belongs to no run: a process that only looks keeps to budgets, too."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], str] = utc_now,
        rights: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(database, now, rights)
        self._budgets = Ledger(database)

    @property
    def shares_budgets(self) -> bool:
        return self._budgets.shares_budgets

    def draw(
        self,
        system: str,
        worker: str,
        wishes: Sequence[Wish],
        spent: Sequence[Spent] = (),
        said: Sequence[Said] = (),
    ) -> Drawn:
        return self._budgets.draw(system, worker, wishes, spent, said)

    def pause(self, system: str, key: Key, seconds: float) -> None:
        self._budgets.pause(system, key, seconds)

    def tell_budgets(self, system: str, lines: Iterable[Standing]) -> None:
        self._budgets.tell_budgets(system, lines)

    def budgets(self) -> Sequence[BudgetLine]:
        return self._budgets.budgets()
