"""Tickets of two accounts behind one issue: each account counts once, and each Case stays its customer's own."""

from __future__ import annotations

from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from sandbox.zendesk.people import new_end_user
from tests.properties.sides import Salesforce
from tests.properties.test_shared_issue import Sharing, which

OWNERS = ("globex", "initech", "globex")
"""Whose ticket each of the three is."""


class SharedByAccounts(Sharing):
    """As `Sharing`, with a Case for each ticket, and accounts that change."""

    vendors: ClassVar[tuple[str, ...]] = ("zendesk", "jira", "salesforce")

    def __init__(self) -> None:
        super().__init__()
        self.salesforce = Salesforce(self.world)
        self.revenue = {"globex": 1000, "initech": 500}
        self.accounts = {
            name: self.salesforce.create(
                "Account", Name=name, Domains__c=f"{name}.example", ARR__c=arr, CurrencyIsoCode="USD"
            )
            for name, arr in self.revenue.items()
        }

    def about(self, i: int) -> dict[str, Any]:
        """The customer who wrote."""
        email = f"person{i}@{OWNERS[i]}.example"
        _ = new_end_user(self.world.zendesk.state, f"Person {i}", email)
        return {"requester": email}

    @rule(name=st.sampled_from(sorted(set(OWNERS))), arr=st.integers(1, 9))
    def an_account_changes(self, name: str, arr: int) -> None:
        assert self.salesforce.set(self.accounts[name], ARR__c=arr * 1000)
        self.revenue[name] = arr * 1000

    @rule(i=which, public=st.booleans())
    def a_rep_comments(self, i: int, public: bool) -> None:
        case = self.case(self.numbers[i])
        if case is not None:
            self.count += 1
            text = f"r{self.count}x"
            self.salesforce.say(case, text, public=public)
            self.said[self.numbers[i]].add(text)

    def case(self, number: int) -> str | None:
        mine = [c for c in self.salesforce.cases() if self.key_of(c) == f"zendesk:{number}"]
        assert len(mine) < 2, mine
        return mine[0] if mine else None

    def key_of(self, case: str) -> Any:
        return self.salesforce.see(case)["Support_Hub_Key__c"]

    def rolls_up(self) -> None:
        """Revenue counts once an account; what an account shows is recomputed from scratch."""
        super().rolls_up()
        owners = {OWNERS[i] for i, n in enumerate(self.numbers) if n in self.linked}
        assert self.jira.custom(self.key, "ARR at risk") == sum(self.revenue[name] for name in owners)
        for name, account in self.accounts.items():
            mine = [n for i, n in enumerate(self.numbers) if OWNERS[i] == name]
            still = [n for n in mine if self.zendesk.see(n)["status"] not in ("solved", "closed")]
            assert self.salesforce.see(account)["Open_Tickets__c"] == len(still)
        for number in self.numbers:
            case = self.case(number)
            assert case is not None
            issues = self.salesforce.see(case)["Engineering_Issues__c"] or ""
            assert issues == (self.key if number in self.linked else "")

    def keeps_apart(self) -> None:
        """One customer's words are on their own Case only."""
        super().keeps_apart()
        for number in self.numbers:
            case = self.case(number)
            heard = "\n".join(self.salesforce.texts(case)) if case else ""
            for other, texts in self.said.items():
                assert all((text in heard) is (other == number) for text in texts)


TestSharedByAccounts = SharedByAccounts.TestCase
TestSharedByAccounts.settings = settings(max_examples=8, stateful_step_count=8)
