"""How a ticket finds its account, by example."""

from __future__ import annotations

from typing import Any

import pytest

from hub.account import Account, AccountId, Bond, Contact, Directory, Trace
from hub.identity import Match, account_traces, domain_problems, resolve, traces_of
from hub.model import SALESFORCE, RemoteId
from hub.names import domains_above, fold_name, full_id, is_shared, normal_domain, normal_email, untagged

ACME, GLOBEX = AccountId("001000000000001AAA"), AccountId("001000000000002AAA")
REGISTERS: dict[str, Any] = {
    "organization.id": "360001",
    "organization.external_id": "acc-1001",
    "organization.domains": ("acme.example", "gmail.com"),
    "organization.name": "ACME, Inc.",
    "requester": "ann+shop@eu.acme.example",
}


def directory(
    by_trace: dict[Trace, tuple[AccountId, ...]] | None = None,
    *people: Contact,
    bonds: tuple[Bond, ...] = (),
    accounts: tuple[Account, ...] = (),
) -> Directory:
    """Two accounts, and what is given."""
    held = {a: Account(a, SALESFORCE) for a in (ACME, GLOBEX)} | {a.id: a for a in accounts}
    contacts: dict[str, tuple[Contact, ...]] = {}
    for one in people:
        contacts[one.email] = (*contacts.get(one.email, ()), one)
    return Directory(held, by_trace or {}, contacts, {b.trace: b for b in bonds})


def person(number: str, account: AccountId, email: str) -> Contact:
    return Contact(RemoteId(number), SALESFORCE, account, email=email)


def test_the_traces_of_a_ticket() -> None:
    """All that it says of its customer, normalised and sorted; nothing that is shared with strangers."""
    assert traces_of({**REGISTERS, "account.id": "001000000000001"}) == (
        "account:001000000000001AAA",
        "domain:acme.example",
        "domain:eu.acme.example",
        "email:ann+shop@eu.acme.example",
        "email:ann@eu.acme.example",
        "external:acc-1001",
        "name:acme",
        "org:zendesk:360001",
    )
    assert traces_of({"requester": "zendesk:42", "organization.name": " ", "organization.id": ""}) == ()
    assert traces_of({"requester": "ann@gmail.com"}) == ("email:ann@gmail.com",)
    assert traces_of({"organization.id": 360001.0}) == traces_of({"organization.id": "zendesk:360001"})


def test_the_traces_of_an_account() -> None:
    """Its id in both forms, its other ids, its domains and its name; a mail provider is a problem."""
    account = Account(AccountId("001D000000IRFmaIAH"), SALESFORCE, name="ООО «Ромашка»")
    domains = ["https://www.Romashka.example/", "gmail.com", "co.uk", "yahoo.com.ar", ""]
    assert account_traces(account, domains, ["acc-7", " "]) == {
        "external:001D000000IRFma",
        "external:001D000000IRFmaIAH",
        "external:acc-7",
        "domain:romashka.example",
        "name:ромашка",
    }
    said = domain_problems(domains)
    assert [text.split()[0] for text in said] == ["co.uk", "gmail.com", "yahoo.com.ar"]
    assert "take it out of the account's domains" in said[0]


@pytest.mark.parametrize(
    ("trace", "how"),
    [
        ("external:acc-1001", "external"),
        ("email:ann+shop@eu.acme.example", "email"),
        ("email:ann@eu.acme.example", "email"),
        ("domain:eu.acme.example", "domain"),
        ("domain:acme.example", "domain"),
        ("name:acme", "name"),
    ],
)
def test_each_trace_can_tell(trace: str, how: Any) -> None:
    """Alone, any of them names the account; two accounts behind it are a question, not an answer."""
    assert resolve(REGISTERS, "", directory({trace: (ACME,)})) == Match(ACME, how=how, trace=trace)
    both = resolve(REGISTERS, "", directory({trace: (GLOBEX, ACME), "name:acme": (ACME, GLOBEX)}))
    assert both == Match(how=how, candidates=(ACME, GLOBEX), trace=trace)


def test_strong_goes_before_weak() -> None:
    """An id before an address, an address before a domain; an ambiguous one is not passed over."""
    weak = {"domain:acme.example": (GLOBEX,), "name:acme": (GLOBEX,)}
    ann = person("003A", ACME, "ann@eu.acme.example")
    assert resolve(REGISTERS, "", directory(weak, ann)).account == ACME
    assert resolve(REGISTERS, "", directory({**weak, "external:acc-1001": (GLOBEX,)}, ann)).account == GLOBEX
    twice = (ann, person("003B", GLOBEX, "ann@eu.acme.example"))
    assert resolve(REGISTERS, "", directory(weak, *twice)).candidates == (ACME, GLOBEX)


def test_traces_of_one_kind_that_disagree_are_a_question() -> None:
    """The organisation's domain names one account, the requester's another: a person must say."""
    registers = {"organization.domains": ("acme.example",), "requester": "bob@globex.example"}
    named = {"domain:acme.example": (ACME,), "domain:globex.example": (GLOBEX,)}
    assert resolve(registers, "", directory(named)).candidates == (ACME, GLOBEX)


def test_the_narrower_domain_speaks_for_the_wider() -> None:
    """A subsidiary's mail below the group's domain is the subsidiary's."""
    named = {"domain:eu.acme.example": (GLOBEX,), "domain:acme.example": (ACME,)}
    assert resolve({"requester": "ann@eu.acme.example"}, "", directory(named)).account == GLOBEX
    assert resolve({"requester": "ann@us.acme.example"}, "", directory(named)).account == ACME


def test_a_person_goes_before_every_trace() -> None:
    """A bond before traces; the account chosen on the CRM's own record before a bond."""
    bond = Bond("org:zendesk:360001", GLOBEX, RemoteId("003G"), by="kim")
    known = directory({"external:acc-1001": (ACME,)}, bonds=(bond,))
    assert resolve(REGISTERS, "", known) == Match(GLOBEX, RemoteId("003G"), "bond", trace=bond.trace)
    assert resolve(REGISTERS, ACME, known) == Match(ACME, how="crm", trace=f"account:{ACME}")
    assert resolve(REGISTERS, ACME[:15], known).account == ACME
    by_domain = Bond("domain:acme.example", ACME)
    assert resolve(REGISTERS, "", directory(bonds=(bond, by_domain))).account == GLOBEX


def test_a_choice_that_the_hub_has_not_read_yet_is_not_overruled() -> None:
    """No account for now rather than another one than the person meant."""
    unread = AccountId("001000000000009AAA")
    known = directory({"external:acc-1001": (ACME,)}, bonds=(Bond("name:acme", unread),))
    assert resolve(REGISTERS, unread, known) == Match(how="crm", trace=f"account:{unread}")
    assert resolve(REGISTERS, "", known) == Match(how="bond", trace="name:acme")


def test_merged_and_deleted_accounts() -> None:
    """A merge is followed, and two that became one are no question any more; a deleted one names nothing."""
    merged = Account(GLOBEX, SALESFORCE, gone=True, merged_into=ACME)
    both = {"external:acc-1001": (ACME, GLOBEX)}
    ann = person("003A", GLOBEX, "ann@eu.acme.example")
    found = resolve(REGISTERS, "", directory(both, ann, accounts=(merged,)))
    assert (found.account, found.contact) == (ACME, "003A")
    deleted = directory(both, ann, accounts=(Account(GLOBEX, SALESFORCE, gone=True),))
    assert resolve(REGISTERS, GLOBEX, deleted) == Match(ACME, how="external", trace="external:acc-1001")


def test_the_contact_is_the_requester_within_the_account() -> None:
    """One with the address, in that account: else none. The exact address goes before the untagged."""
    named = {"external:acc-1001": (ACME,)}
    exact = person("003X", ACME, "ann+shop@eu.acme.example")
    plain = person("003P", ACME, "ann@eu.acme.example")
    other = person("003O", GLOBEX, "ann+shop@eu.acme.example")
    assert resolve(REGISTERS, "", directory(named, exact, plain, other)).contact == "003X"
    assert resolve(REGISTERS, "", directory(named, plain, other)).contact == "003P"
    assert resolve(REGISTERS, "", directory(named, other)).contact == ""
    twin = person("003T", ACME, "ann+shop@eu.acme.example")
    assert resolve(REGISTERS, "", directory(named, exact, twin, plain)).contact == ""


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("ACME, Inc.", "acme"),
        ("Acme GmbH & Co. KG", "acme"),
        ("Société Générale S.A.", "societe generale"),
        ("ООО «Ромашка»", "ромашка"),
        ("Ромашка, ООО", "ромашка"),
        ("O'Reilly Media L.L.C", "oreilly media"),
        ("Johnson & Johnson", "johnson johnson"),
        ("AS Roma", "as roma"),
        ("Inc.", "inc"),
        ("  ", ""),
        ("ACME", "acme"),
    ],
)
def test_folded_names(name: str, folded: str) -> None:
    """Case, accents, punctuation and legal forms do not make another company."""
    assert fold_name(name) == folded


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Acme.Example/shop?x=1", "acme.example"),
        ("acme.example.", "acme.example"),
        ("ann@acme.example", "acme.example"),
        ("acme.example:8080", "acme.example"),
        ("почта.рф", "xn--80a1acny.xn--p1ai"),
        ("localhost", ""),
        ("a..b", ""),
        ("not a domain", ""),
    ],
)
def test_normal_domains(text: str, domain: str) -> None:
    """What people paste into a field for domains, in one form."""
    assert normal_domain(text) == domain


def test_normal_addresses() -> None:
    """With or without a name around it; what is no address is none."""
    assert normal_email(" Ann Lee <Ann@Acme.Example> ") == "ann@acme.example"
    assert normal_email("mailto:ANN@ACME.EXAMPLE") == "ann@acme.example"
    assert normal_email("ann@почта.рф") == "ann@xn--80a1acny.xn--p1ai"
    assert [normal_email(t) for t in ("zendesk:42", "ann", "@x.example", "a b@x.example", "")] == [""] * 5
    assert untagged("ann+a+b@x.example") == "ann@x.example"
    assert untagged("+a@x.example") == "+a@x.example"
    assert untagged("a.n.n@gmail.com") == "a.n.n@gmail.com"


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "mail.ru", "yandex.ru", "hotmail.co.uk", "yahoo.com.ar", "gmx.us", "co.uk", "com.ru",
     "onmicrosoft.com", "x.mail.ru", "uk"],
)  # fmt: skip
def test_shared_domains(domain: str) -> None:
    """Mail providers with all their countries, registries and hosts name no company."""
    assert is_shared(domain)
    assert not [*domains_above(domain)]


@pytest.mark.parametrize("domain", ["acme.example", "acme.co.uk", "live.acme.com", "outlook.company", "me.acme.io"])
def test_companies_own_domains(domain: str) -> None:
    """A provider's word in a company's own name does not make it shared."""
    assert not is_shared(domain)


def test_ids_in_their_forms() -> None:
    """Fifteen letters, eighteen, or eighteen whose case a spreadsheet lost: one id."""
    assert full_id("001D000000IRFma") == "001D000000IRFmaIAH"
    assert full_id("001d000000irfmaiah") == "001D000000IRFmaIAH"
    assert full_id("acc-1001") == "acc-1001"
    assert full_id("001D000000IRFma-1H") == "001D000000IRFma-1H"
    assert full_id("001D000000IRFma9AH") == "001D000000IRFma9AH"
    assert full_id("001D000000IRFmaZZZ") == "001D000000IRFmaZZZ"  # not its check letters: as it is
