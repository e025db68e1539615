"""Customers who could be several accounts, accounts that lack something, ids in two lengths, wrong files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.people import accounts_queue, people_queue
from flows.tying import link_account, link_contact, unlink
from hub.errors import Misconfigured
from hub.model import SALESFORCE, TicketId
from hub.policy import load_policy
from hub.problems import FileRefused
from sandbox.faults import Fault
from sandbox.zendesk.organizations import create as create_organization
from sandbox.zendesk.people import new_end_user
from tests.bad_input.conftest import People, Ran, place_of, replaced
from tests.properties.sides import Salesforce
from tests.world import MAPPINGS, World


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    return worlds(crm=True)


@pytest.fixture
def reps(world: World) -> Salesforce:
    return Salesforce(world)


def from_customer(world: World, people: People, email: str, subject: str = "Printer on fire", **fields: Any) -> int:
    """A ticket of somebody at a customer."""
    if world.zendesk.state.user_by_email(email) is None:
        _ = new_end_user(world.zendesk.state, email.partition("@")[0], email)
    return people.hand_over(subject, requester=email, **fields)


def settle(world: World) -> None:
    run = world.settle()[-1]
    assert (run.state, run.summary["waiting"]) == ("clean", 0), run.summary


def field_of(world: World, people: People, name: str) -> Any:
    """What a field of the one issue shows, by its name."""
    field = next(f for f in world.jira.state.fields.values() if f.name == name)
    held = people.issues[0].values.get(field.id)
    return {o.id: o.value for o in field.options}.get(held, held)


# ambiguous ------------------------------------------------------------------------------------


def two_of_one_domain(reps: Salesforce) -> tuple[str, str]:
    first = reps.create("Account", Name="Globex", Domains__c="globex.example", Tier__c="business")
    second = reps.create("Account", Name="Globex Ltd", Domains__c="globex.example", Tier__c="enterprise")
    return first, second


def test_two_accounts_have_the_domain(world: World, people: People, reps: Salesforce) -> None:
    """The ticket works on without an account, waits in `hub accounts` with both, and a word decides for all."""
    first, second = two_of_one_domain(reps)
    _ = from_customer(world, people, "ann@globex.example")
    settle(world)
    [case] = reps.cases()
    assert reps.see(case)["AccountId"] is None
    assert field_of(world, people, "Account tier") is None
    assert [reps.see(one)["Open_Tickets__c"] for one in (first, second)] == [0, 0]
    [waiting] = accounts_queue(world.store, SALESFORCE)["ambiguous"]
    assert (waiting["link"], waiting["what"], waiting["tickets"]) == ("globex.example", "mail domain globex.example", 1)
    assert [(c["id"], c["name"], c["tier"]) for c in waiting["candidates"]] == [
        (first, "Globex", "business"), (second, "Globex Ltd", "enterprise"),
    ]  # fmt: skip
    tied = link_account(world.store, waiting["link"], second[:15], by="dana", at=world.iso())
    assert (tied.account, tied.name, tied.tickets) == (second, "Globex Ltd", 1), "15 characters name it as well"
    settle(world)
    assert reps.see(case)["AccountId"] == second
    assert field_of(world, people, "Account tier") == "enterprise"
    assert [reps.see(one)["Open_Tickets__c"] for one in (first, second)] == [0, 1]
    assert accounts_queue(world.store, SALESFORCE)["ambiguous"] == []


def test_a_weaker_trace_does_not_decide(world: World, people: People, reps: Salesforce) -> None:
    """One address in two accounts: that its domain is only one of the two's would be a guess."""
    first = reps.create("Account", Name="Globex", Domains__c="globex.example")
    second = reps.create("Account", Name="Initech", Domains__c="initech.example")
    for name, account in (("Ann", first), ("Ann B", second)):
        _ = reps.create("Contact", LastName=name, Email="ann@globex.example", AccountId=account)
    _ = from_customer(world, people, "ann@globex.example")
    settle(world)
    [case] = reps.cases()
    shown = reps.see(case)
    assert (shown["AccountId"], shown["ContactId"], shown["SuppliedEmail"]) == (None, None, "ann@globex.example")
    [waiting] = accounts_queue(world.store, SALESFORCE)["ambiguous"]
    assert (waiting["link"], waiting["what"]) == ("ann@globex.example", "e-mail ann@globex.example")
    [who] = people_queue(world.store, SALESFORCE)["several_accounts"]
    assert [(c["name"], c["account_name"]) for c in who["contacts"]] == [("Ann", "Globex"), ("Ann B", "Initech")]
    tied = link_contact(world.store, "ann@globex.example", who["contacts"][1]["id"][:15], by="dana", at=world.iso())
    assert tied.account == second
    settle(world)
    shown = reps.see(case)
    assert (shown["AccountId"], shown["ContactId"]) == (second, who["contacts"][1]["id"])
    _ = unlink(world.store, "ann@globex.example")
    settle(world)
    assert len(accounts_queue(world.store, SALESFORCE)["ambiguous"]) == 1, "a tie that ends leaves no guess behind"


def test_it_becomes_ambiguous_later(world: World, people: People, reps: Salesforce) -> None:
    """A second account takes the same domain: what stands is taken back, not left to whoever came first."""
    first = reps.create("Account", Name="Globex", Domains__c="globex.example", Tier__c="business")
    _ = from_customer(world, people, "ann@globex.example")
    settle(world)
    assert field_of(world, people, "Account tier") == "business"
    _ = reps.create("Account", Name="Globex Ltd", Domains__c="globex.example", Tier__c="enterprise")
    settle(world)
    assert len(accounts_queue(world.store, SALESFORCE)["ambiguous"]) == 1
    assert field_of(world, people, "Account tier") is None
    assert reps.see(first)["Open_Tickets__c"] == 0


def test_a_tied_account_is_merged_away(world: World, people: People, reps: Salesforce) -> None:
    """The tie holds: it names whatever the account has become."""
    kept = reps.create("Account", Name="Globex", Tier__c="enterprise")
    gone = reps.create("Account", Name="Globex Ltd", Tier__c="business")
    _ = from_customer(world, people, "ann@globex.example")
    settle(world)
    _ = link_account(world.store, "globex.example", "Globex Ltd", by="dana", at=world.iso())
    world.salesforce.person("merge", into=kept, others=[gone])
    settle(world)
    [case] = reps.cases()
    assert reps.see(case)["AccountId"] == kept
    assert field_of(world, people, "Account tier") == "enterprise"
    assert reps.see(kept)["Open_Tickets__c"] == 1


WORDS = {
    "001Hs0000000009": "no account has the id or name '001Hs0000000009'; `hub sync` reads what is new in the CRM",
    "Globx": "no account has the id or name 'Globx'; did you mean `Globex`?",
}


@pytest.mark.parametrize("word", WORDS)
def test_a_tie_to_what_is_not_there(world: World, reps: Salesforce, word: str) -> None:
    _ = reps.create("Account", Name="Globex", Domains__c="globex.example")
    settle(world)
    with pytest.raises(Misconfigured) as caught:
        _ = link_account(world.store, "globex.example", word, by="dana", at=world.iso())
    assert str(caught.value) == WORDS[word]
    with pytest.raises(Misconfigured, match=r"gmail\.com is a public mail domain that many companies share: tie the"):
        _ = link_account(world.store, "gmail.com", "Globex", by="dana", at=world.iso())


def test_a_public_domain_on_an_account(world: World, people: People, reps: Salesforce) -> None:
    """It names nobody, and the account says so in `hub accounts`."""
    account = reps.create("Account", Name="Globex", Domains__c="gmail.com, globex.example")
    _ = from_customer(world, people, "stranger@gmail.com")
    settle(world)
    assert reps.see(account)["Open_Tickets__c"] == 0
    [problem] = accounts_queue(world.store, SALESFORCE)["problems"]
    assert problem["problems"] == [
        "gmail.com is a public mail domain that many companies share: it names no account; take it out of the "
        "account's domains"
    ]


def test_an_agent_types_into_the_score_while_the_account_changes(
    world: World, people: People, reps: Salesforce
) -> None:
    """Tickets are told of their account unseen; who was there meanwhile is seen all the same, and kept on record."""
    account = reps.create("Account", Name="Globex", Domains__c="globex.example", Tier__c="starter")
    ticket = from_customer(world, people, "ann@globex.example")
    settle(world)
    before = people.agent("show", ticket=ticket)["fields"]["Support score"]
    assert reps.set(account, Tier__c="enterprise")
    quicker = Fault(before=lambda _: people.agent("set", ticket=ticket, **{"Support score": 99}))
    world.sandbox.faults["zendesk"].follow([quicker], writes=True)
    _ = world.settle()
    [conflict] = world.store.conflicts()
    assert (conflict.register, dict(conflict.dropped)) == ("score.priority", {"zendesk": 99})
    shown = people.agent("show", ticket=ticket)["fields"]["Support score"]
    assert float(shown) == conflict.kept
    assert float(shown) > float(before)


def test_an_account_is_not_touched_for_what_it_shows_already(
    world: World, people: People, reps: Salesforce
) -> None:
    """Its people see an edit of the hub only where something about it changed."""
    account = reps.create("Account", Name="Globex", Domains__c="globex.example")
    ticket = from_customer(world, people, "ann@globex.example")
    settle(world)
    stamp = reps.see(account)["SystemModstamp"]
    people.agent("set", ticket=ticket, Workaround="Walk")
    settle(world)
    [case] = reps.cases()
    assert reps.see(case)["Workaround__c"] == "Walk"
    assert reps.see(account)["SystemModstamp"] == stamp


# money ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        (None, "its revenue of 1,000 has no currency, and others have one: it counts for nothing in sums; set the "
               "account's currency"),
        ("JPY", "its revenue of 1,000 JPY counts for nothing in sums: no rate of JPY to USD is known; add it to "
                "`money.rates` in policy.yaml"),
    ],
)  # fmt: skip
def test_an_account_whose_money_cannot_be_added(
    world: World, people: People, reps: Salesforce, currency: str | None, said: str
) -> None:
    """It is left out of the sum, named where the sum is told, and stands in `hub accounts` with what to do."""
    account = reps.create("Account", Name="Globex", Domains__c="globex.example", ARR__c=1000, CurrencyIsoCode=currency)
    _ = reps.create("Account", Name="Initech", Domains__c="initech.example", ARR__c=500, CurrencyIsoCode="USD")
    one = from_customer(world, people, "ann@globex.example")
    settle(world)
    assert field_of(world, people, "ARR at risk") is None
    two = from_customer(world, people, "bo@initech.example", "Another", **{"Needs engineering": False})
    people.agent("set", ticket=two, **{"Jira issue": people.issues[0].key})
    _ = world.settle()
    assert field_of(world, people, "ARR at risk") == 500
    assert "not counted, for want of a rate or a currency: Globex" in str(people.issues[0].values["description"])
    assert people.agent("show", ticket=one)["fields"]["Jira issue"] == people.issues[0].key
    [problem] = accounts_queue(world.store, SALESFORCE)["problems"]
    assert (problem["name"], problem["problems"]) == ("Globex", [said])
    assert reps.set(account, CurrencyIsoCode="EUR")
    _ = world.settle()
    assert field_of(world, people, "ARR at risk") == 1580
    assert accounts_queue(world.store, SALESFORCE)["problems"] == []


def test_an_org_with_one_currency(world: World, people: People, reps: Salesforce) -> None:
    """Where no account names a currency, nothing is wrong with any: all pay in the one of policy.yaml."""
    world.salesforce.settings["multi_currency"] = False
    _ = reps.create("Account", Name="Globex", Domains__c="globex.example", ARR__c=1000)
    _ = from_customer(world, people, "ann@globex.example")
    settle(world)
    assert field_of(world, people, "ARR at risk") == 1000
    assert accounts_queue(world.store, SALESFORCE)["problems"] == []


# ids in 15 and 18 characters ------------------------------------------------------------------


@pytest.mark.parametrize("length", [15, 18])
def test_a_case_is_linked_by_its_address(world: World, people: People, reps: Salesforce, length: int) -> None:
    """An engineer pastes the address of a Case into their issue, in either length."""
    case = reps.create("Case", Subject="Invoices")
    people.engineer("create", project="SUP", summary="Invoices")
    settle(world)
    key = people.issues[0].key
    url = f"http://127.0.0.1:5/lightning/r/Case/{case[:length]}/view"
    people.engineer("add_remote_link", issue=key, url=url, title="The Case")
    settle(world)
    assert reps.see(case)["Engineering_Issues__c"] == key
    [ticket] = world.zendesk.state.tickets.values()
    assert people.agent("show", ticket=ticket.id)["fields"]["Jira issue"] == key
    held = world.store.load([TicketId(f"salesforce:{case}")])[TicketId(f"salesforce:{case}")]
    assert {(k.system, k.state) for k in held.links} == {("jira", "live"), ("salesforce", "live"), ("zendesk", "live")}


def test_organizations_that_carry_ids_in_either_length(world: World, people: People, reps: Salesforce) -> None:
    """An organization's external id, as an export to a spreadsheet left it."""
    account = reps.create("Account", Name="Globex", Tier__c="enterprise")
    owner = world.zendesk.state
    for number, external in enumerate((account[:15], account.lower())):
        email = f"ann@nowhere{number}.example"
        person = new_end_user(owner, "Ann", email)
        made = create_organization(owner, {"name": f"Nowhere {number}", "external_id": external})
        person.organization_id = made.id
        _ = from_customer(world, people, email, f"Fire {number}")
    settle(world)
    assert reps.see(account)["Open_Tickets__c"] == 2
    assert {reps.see(case)["AccountId"] for case in reps.cases()} == {account}


# files ----------------------------------------------------------------------------------------

MISTAKES = {
    "field": (
        "salesforce.yaml", {"field: Workaround__c": "field: Work_around__c"}, "Work_around__c",
        "error: salesforce has no field `Work_around__c`; did you mean `Workaround__c`?",
    ),
    "account's field": (
        "accounts.yaml", {"field: Tier__c": "field: Tiers__c"}, "Tiers__c",
        "error: salesforce has no field `Tiers__c`; did you mean `Tier__c`?",
    ),
    "option": (
        "salesforce.yaml", {"read: {S1: s1": "read: {S0: s1"}, "S0",
        "error: `Severity` has no option `S0`; it has S1, S2, S3, S4",
    ),
    "account's option": (
        "accounts.yaml", {"read: {green: green": "read: {lime: green"}, "lime",
        "error: `Health` has no option `lime`; it has green, yellow, red",
    ),
    "register": (
        "accounts.yaml", {"account.segment:": "account.segments:"}, "account.segments",
        "error: `account.segments` is not a register; did you mean `account.segment`?",
    ),
    "system": (
        "policy.yaml", {"salesforce: [zendesk, jira]": "salesforce: [zendesk, jra]"}, "jra",
        "error: `jra` is not a system here; did you mean `jira`?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_file_is_told_with_its_place(hub: Callable[..., Ran], config: Path, mistake: str) -> None:
    """The same line from the check and from a run, which reads and writes nothing."""
    name, changes, word, said = MISTAKES[mistake]
    file = config.parent / "mappings" / name
    for right, wrong in changes.items():
        replaced(file, right, wrong)
    place = f"{file}:{place_of(file, word, word)}"
    checked = hub("mappings", "check", "-c", config)
    assert f"{place}: {said}" in checked.out + checked.err
    assert checked.code in (1, 2)
    ran = hub("sync", "-c", config)
    assert f"{place}: {said}" in ran.out + ran.err
    assert ran.code == 2


@pytest.mark.parametrize(
    ("born", "allowed", "there"),
    [
        ("zendesk", "[jira]", {"zendesk", "jira"}),
        ("zendesk", "[]", {"zendesk"}),
        ("salesforce", "[jira]", {"salesforce", "jira"}),
        ("salesforce", "[zendesk, jira]", {"zendesk", "jira", "salesforce"}),
    ],
)
def test_a_policy_that_allows_less(
    world: World, people: People, reps: Salesforce, born: str, allowed: str, there: set[str]
) -> None:
    """A ticket gets replicas only where the policy has them, by the side on which it began; that is no error."""
    usual = {"zendesk": "[jira, salesforce]", "salesforce": "[zendesk, jira]"}[born]
    replaced(world.folder / "mappings" / "policy.yaml", f"  {born}: {usual}", f"  {born}: {allowed}")
    world.reborn()
    if born == "zendesk":
        _ = people.hand_over()
    else:
        _ = reps.create(
            "Case", Subject="Printer on fire", Needs_Engineering__c=True, Affected_Users__c=3, Severity__c="S2",
            Environment__c="production", Steps_to_Reproduce__c="1. click", Product_Area__c="API",
        )  # fmt: skip
    settle(world)
    shown = {"zendesk": world.zendesk.state.tickets, "jira": people.issues, "salesforce": reps.cases()}
    assert {system for system, found in shown.items() if len(found) == 1} == there
    assert all(len(found) <= 1 for found in shown.values())


POLICY = {
    "unknown side that begins": ("  jira: [zendesk, salesforce]", "  jria: [zendesk, salesforce]", "jria",
        "`jria` is not a system here; did you mean `jira`?"),
    "unknown place": ("zendesk: [jira, salesforce]", "zendesk: [jira, sales]", "sales]",
        "`sales` is not a system here; did you mean `salesforce`?"),
    "no list": ("zendesk: [jira, salesforce]", "zendesk: jira", "jira", "list"),
    "currency": ("currency: USD", "currency: dollars", "dollars", "^[A-Z]{3}$"),
    "rate's name": ("{EUR: 1.08", "{Euro: 1.08", "Euro", "`Euro` is not a currency; write its three letters, as EUR"),
    "rate": ("EUR: 1.08", "EUR: -1.08", "-1.08", "a rate is more than 0, not -1.08"),
    "no rate": ("EUR: 1.08", "EUR: a lot", "a lot", "number"),
    "order": ("[salesforce, zendesk, jira, email]", "[salesforce, zendesk, email]", "impact.business_impact",
        "say where jira stands in this order too"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", POLICY)
def test_a_mistake_in_the_policy_is_told_with_its_place(mistake: str, tmp_path: Path) -> None:
    right, wrong, word, said = POLICY[mistake]
    file = tmp_path / "policy.yaml"
    _ = file.write_text((MAPPINGS / "policy.yaml").read_text("utf-8"), encoding="utf-8")
    replaced(file, right, wrong)
    with pytest.raises(FileRefused) as caught:
        _ = load_policy(file.read_text("utf-8"), "policy.yaml", ("zendesk", "jira", "salesforce"))
    [problem] = caught.value.problems
    line = wrong.strip() if word != "impact.business_impact" else word
    assert str(problem).startswith(f"policy.yaml:{place_of(file, line, word)}: error: ")
    assert said in problem.message
