"""The Salesforce connector against an org stand-in over HTTP: accounts; and reading whatever happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model import RemoteId
from hub.replica import Cursor
from tests.contract.salesforce_world import World


@pytest.fixture
def world() -> World:
    return World()


# --- accounts ------------------------------------------------------------------------------------


def test_accounts_and_contacts_are_read_and_then_what_changed(world: World) -> None:
    """A first reading shows all; a later one what changed; nothing new costs two calls."""
    account = world.make("Account", Name="Shop", Domains__c="shop.example, @shop.test", Website="www.Store.example/x")
    contact = world.make("Contact", LastName="Lee", Email="Ann@Shop.example", AccountId=account)
    accounts, contacts, cursor = world.read_accounts()
    (seen,) = [one for one in accounts if one.remote_id == account]
    assert seen.domains == ("shop.example", "shop.test", "store.example")
    (lee,) = [one for one in contacts if one.remote_id == contact]
    assert (lee.account, lee.email, lee.name) == (account, "ann@shop.example", "Lee")
    world.edit(account, Name="Shop & Co")
    accounts, contacts, cursor = world.read_accounts(cursor)
    assert [one.name for one in accounts] == ["Shop & Co"]
    assert contacts == []
    world.pass_time()
    _, _, cursor = world.read_accounts(cursor)
    before = world.calls()
    assert world.read_accounts(cursor)[:2] == ([], [])
    assert world.calls() - before == 2


@pytest.mark.parametrize("pages", [1, 3, 5])
def test_a_first_reading_of_accounts_that_broke_off_goes_on(world: World, pages: int) -> None:
    """In the middle of the accounts or of the contacts: what was stored is not read again, nothing is left out."""
    world.settings["page_size"] = world.settings["long_text_page_size"] = 2
    accounts = [world.make("Account", Name=f"Shop {n}") for n in range(5)]
    contacts = [world.make("Contact", LastName=f"Lee {n}", AccountId=accounts[n]) for n in range(5)]
    begun = world.connector.account_changes(None)
    first = [next(begun) for _ in range(pages)]
    rest, people, _ = world.read_accounts(first[-1].cursor)
    assert [one.remote_id for page in first for one in page.accounts] + [one.remote_id for one in rest] == accounts
    assert [one.remote_id for page in first for one in page.contacts] + [one.remote_id for one in people] == contacts


def test_an_opportunity_shows_its_account_again(world: World) -> None:
    """Renewal, open opportunities and their worth are made of other records, which have stamps of their own."""
    account = world.make("Account", Name="Shop")
    _, _, cursor = world.read_accounts()
    world.pass_time()
    _, _, cursor = world.read_accounts(cursor)
    deal = {"AccountId": account, "StageName": "Prospecting", "CurrencyIsoCode": "USD"}
    _ = world.make("Opportunity", Name="R", Type="Renewal", CloseDate="2026-12-10", Amount=100_000, **deal)
    upsell = world.make("Opportunity", Name="U", Type="Upsell", CloseDate="2026-11-01", Amount=20_000, **deal)
    (seen,), _, cursor = world.read_accounts(cursor)
    assert seen.raw
    assert seen.raw["renewal"] == "2026-12-10"
    assert seen.raw["opportunities"] == "2 open, 120,000 USD, next closes 2026-11-01"
    assert seen.raw["open_opportunities"] == 2
    world.edit(upsell, StageName="Closed Won")
    (seen,), _, cursor = world.read_accounts(cursor)
    assert seen.raw and seen.raw["open_opportunities"] == 1


def test_a_contract_says_when_an_account_renews_where_no_opportunity_does(world: World) -> None:
    """The nearest end of an activated contract that is not over."""
    account = world.make("Account", Name="Shop")
    contract = world.make("Contract", AccountId=account, StartDate="2026-01-01", ContractTerm=12, Status="Draft")
    assert _account(world, account)["renewal"] is None
    world.edit(contract, Status="Activated")
    assert str(_account(world, account)["renewal"]).startswith("2026-12")


def _account(world: World, account: str) -> Any:
    seen = world.connector.fetch_accounts([RemoteId(account)])[RemoteId(account)]
    assert seen.raw is not None
    return seen.raw


def test_merged_and_deleted_accounts_are_followed(world: World) -> None:
    """An account that was merged names the one it is now part of; contacts that moved are shown again."""
    one, two, three = (world.make("Account", Name=name) for name in ("One", "Two", "Three"))
    contact = world.make("Contact", LastName="Lee", Email="lee@two.example", AccountId=two)
    _, _, cursor = world.read_accounts()
    _ = world.person("merge", into=one, others=[two])
    _ = world.person("delete", record=three)
    accounts, contacts, cursor = world.read_accounts(cursor)
    gone = {seen.remote_id: seen.gone for seen in accounts if seen.gone}
    assert (gone[two].how, gone[two].into) == ("merged", one)
    assert gone[three].how == "deleted"
    assert [(seen.remote_id, seen.account) for seen in contacts] == [(contact, one)]
    looked = world.connector.fetch_accounts([one, two, three, RemoteId("001Hs00000000ZZ"), RemoteId("?")])
    assert [seen.gone.how if seen.gone else "" for seen in looked.values()] == [
        "", "merged", "deleted", "absent", "absent",
    ]  # fmt: skip


def test_re_parenting_is_a_change(world: World) -> None:
    """An account that gets a parent is shown with it."""
    one, two = (world.make("Account", Name=name) for name in ("One", "Two"))
    _, _, cursor = world.read_accounts()
    _ = world.person("reparent", record=two, parent=one)
    (seen,), _, _ = world.read_accounts(cursor)
    assert (seen.remote_id, seen.parent) == (two, one)


def test_a_lookup_to_a_colleague_is_that_person(world: World) -> None:
    """The customer success manager comes as a person, not as an id."""
    users = world.vendor.state.rows["User"]
    csm = next(key for key, row in users.items() if row["Email"] == "csm1@sales.example")
    account = world.make("Account", Name="Shop", CSM__c=csm)
    assert _account(world, account)["CSM__c"] == {
        "id": csm, "name": "Carla Stone", "email": "csm1@sales.example",
    }  # fmt: skip
    schema = world.connector.account_schema()
    assert schema.fields["CSM__c"].type == "person"
    assert not schema.fields["renewal"].writable


@pytest.mark.parametrize("sobject", ["Opportunity", "Contract"])
def test_an_org_that_hides_opportunities_goes_on_and_says_so(world: World, sobject: str) -> None:
    """Without the right, computed fields lack what they are made of; the schema says why."""
    account = world.make("Account", Name="Shop")
    _ = world.vendor.state.objects.pop(sobject)
    _ = world.vendor.state._names.pop(sobject.lower())
    accounts, _, cursor = world.read_accounts()
    assert account in {seen.remote_id for seen in accounts}
    world.edit(account, Name="Shop & Co")
    (seen,), _, _ = world.read_accounts(cursor)
    assert seen.name == "Shop & Co"
    world.connector = world.connect()
    assert f"may not read {sobject}" in world.connector.account_schema().fields["renewal"].detail


def test_an_account_without_a_currency_is_an_account(world: World) -> None:
    """A single-currency org has no currency field at all; sums then have no code."""
    world = World()
    world.settings["multi_currency"] = False
    _ = world.vendor.seed("empty")
    world.connector = world.connect()
    account = world.make("Account", Name="Shop", ARR__c=1000)
    _ = world.make(
        "Opportunity", Name="R", Type="Renewal", CloseDate="2026-12-10", Amount=5, AccountId=account,
        StageName="Prospecting",
    )  # fmt: skip
    raw = _account(world, account)
    assert "CurrencyIsoCode" not in raw
    assert raw["opportunities"] == "1 open, 5, next closes 2026-12-10"


# --- whatever happens ----------------------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from([
        "create", "create", "edit", "edit", "comment", "delete", "undelete", "merge", "second", "minute", "hour",
        "lag", "no lag", "read", "read", "read a page", "expire",
    ]),
    max_size=25,
)  # fmt: skip


@settings(max_examples=40)
@given(steps=STEPS, data=st.data())
def test_whatever_happens_the_feed_ends_up_where_the_org_is(steps: list[str], data: st.DataObject) -> None:
    """Edits, deletions, late commits, ended sessions and readings that break off, in any order."""
    world = World()
    world.settings["page_size"] = world.settings["long_text_page_size"] = 3
    watcher = Watcher(world)
    for step in steps:
        watcher.do(step, data)
    world.settings["commit_lag"] = 0
    world.clock.advance(600)  # what was to be committed late is there now
    watcher.do("read", data)
    watcher.do("read", data)  # a pass that broke off shows what changed since only after it is done
    assert watcher.shown == watcher.true()


class Watcher:
    """Does what people do, reads the feed as it comes, and remembers what it showed last of each Case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cases: list[str] = []
        self.shown: dict[str, Any] = {}
        self.cursor: Cursor | None = None
        self.made = 0

    def do(self, step: str, data: st.DataObject) -> None:
        world = self.world
        if step in {"second", "minute", "hour"}:
            world.clock.advance({"second": 1, "minute": 60, "hour": 3600}[step])
        elif step in {"lag", "no lag"}:
            world.settings["commit_lag"] = 300 if step == "lag" else 0
        elif step == "expire":
            world.clock.advance(60)
            world.vendor.expire_tokens()
        elif step in {"read", "read a page"}:
            self.read(whole=step == "read")
        elif step == "create":
            self.made += 1
            self.cases.append(world.case(f"Case {self.made}"))
        elif self.cases:
            self.act(step, data.draw(st.sampled_from(self.cases)))

    def act(self, step: str, case: str) -> None:
        self.made += 1
        try:
            if step == "edit":
                self.world.edit(case, Subject=f"Edit {self.made}")
            elif step == "comment":
                _ = self.world.person("comment", record=case, body=f"Said {self.made}")
            elif step == "merge":
                _ = self.world.person("merge", into=self.cases[0], others=[case])
            else:
                _ = self.world.person(step, record=case)
        except (LookupError, ValueError):  # it is deleted, or not; it is itself; not committed yet
            pass

    def read(self, *, whole: bool) -> None:
        for page in self.world.connector.changes(self.cursor):
            for seen in page.observations:
                self.shown[seen.remote_id] = (
                    (seen.gone.how, seen.gone.into)
                    if seen.gone or seen.raw is None
                    else (seen.raw["Subject"], sorted(one.body for one in seen.comments))
                )  # type: ignore[union-attr]
            self.cursor = page.cursor
            if not whole:
                return

    def true(self) -> dict[str, Any]:
        """What the org has now, and what of it could ever be seen."""
        rows = self.world.vendor.state.rows
        found: dict[str, Any] = {}
        for key, row in rows["Case"].items():
            if row.get("IsDeleted"):
                into = row.get("MasterRecordId")
                if key in self.shown:  # what was made and deleted between two readings need not be shown
                    found[key] = ("merged", into) if into else ("deleted", None)
                continue
            said = [
                one["CommentBody"]
                for one in rows["CaseComment"].values()
                if one["ParentId"] == key and not one.get("IsDeleted")
            ]
            found[key] = (row["Subject"], sorted(said))
        return found
