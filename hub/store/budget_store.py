"""The part of the store in which workers share the budgets of the systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from hub.budget_store import BudgetLine, Drawn, Key, Said, Spent, Standing, Wish
from hub.store.budgets import Ledger
from hub.store.core import Core


class BudgetStore(Core):
    """`hub.budget_store.BudgetStore`. Belongs to no run: a process that only looks keeps to budgets, too."""

    @cached_property
    def _budgets(self) -> Ledger:
        return Ledger(self._database)

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
