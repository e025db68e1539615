"""`hub accounts` and `hub people`: what waits for a person is listed, never guessed, and tied by a word."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flows import tying
from flows.cli import main
from flows.people import accounts_queue, people_queue
from hub.account import Account, AccountId, Contact
from hub.errors import Misconfigured
from hub.identity import account_traces, resolve, traces_of
from hub.mapping import bind, load
from hub.model import SALESFORCE, ZENDESK, Origin, RemoteId, Ticket, TicketId, Value
from hub.names import full_id
from hub.policy import load_policy
from hub.records import Decision, Score
from hub.replica import Link
from hub.schema import Field, Schema
from hub.store import SqlStore, open_store
from tests.worlds import PlainDialect

AT = "2026-05-01T10:00:00Z"
HUB_TOML = """
[zendesk]
url = "https://acme.zendesk.com"
email = "hub@acme.example"
api_token = "none"
[jira]
url = "https://acme.atlassian.net"
email = "hub@acme.example"
api_token = "none"
"""
CRM_TOML = '[salesforce]\nurl = "https://acme.my.salesforce.com"\n'


def number(last: int, kind: str = "001") -> AccountId:
    """Return an 18-character id."""
    return AccountId(full_id(f"{kind}{last:012}"))


@dataclass
class Office:
    """A hub's folder with what it holds, and `hub` as a person calls it."""

    folder: Path
    store: SqlStore
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def account(
        self,
        name: str,
        *domains: str,
        at: int = 0,
        parent: str = "",
        into: str = "",
        problems: tuple[str, ...] = (),
        **registers: Value,
    ) -> AccountId:
        held = Account(
            number(at or next(self.numbers)), SALESFORCE, name, f"https://crm.example/{name}",
            {"account.name": name, **{f"account.{k}": v for k, v in registers.items()}},
            AccountId(parent), gone=bool(into), merged_into=AccountId(into), problems=problems,
        )  # fmt: skip
        traces = frozenset[str]() if into else account_traces(held, domains, ())
        with self.store.lease("test"):
            _ = self.store.take_accounts(SALESFORCE, [(held, traces)], [], [], None, AT)
        return held.id

    def contact(self, email: str, of: str, name: str = "") -> RemoteId:
        held = Contact(
            RemoteId(number(next(self.numbers), "003")), SALESFORCE, AccountId(of), name or email, email
        )
        with self.store.lease("test"):
            _ = self.store.take_accounts(SALESFORCE, [], [held], [], None, AT)
        return held.id

    def ticket(
        self, subject: str = "It hangs", *, account: str = "", by_crm: bool = False, **told: Value
    ) -> TicketId:
        """Hold a ticket as a run would: with the traces of what is known of its customer."""
        at = next(self.numbers)
        registers = {"subject": subject, "status": "open", **{_register(k): v for k, v in told.items()}}
        own = (f"account:{account}",) if account else ()
        traces = tuple(sorted({*traces_of(registers), *own}))
        origins = {"account.id": Origin(SALESFORCE, AT)} if by_crm else {}
        if account:
            registers["account.id"] = account
        ticket = Ticket(TicketId(f"zendesk:{at}"), registers, origins)
        links = (Link(ticket.id, ZENDESK, RemoteId(str(at)), label=f"#{at}"),)
        with self.store.lease("test"):
            _ = self.store.commit(
                [Decision(ticket, links, Score(40, "normal", 0.5), (), (), (), dirty=False, traces=traces)],
                [], "run-1", AT,
            )  # fmt: skip
        return ticket.id

    @property
    def queue(self) -> dict[str, Any]:
        return accounts_queue(self.store, SALESFORCE)

    @property
    def people(self) -> dict[str, Any]:
        return people_queue(self.store, SALESFORCE)

    def link(self, word: str, account: str) -> tying.Tied:
        return tying.link_account(self.store, word, account, by="ann", at=AT)

    def found(self, ticket: TicketId) -> str:
        """Return the account that a run would find for a ticket now."""
        held = self.store.load([ticket])[ticket]
        return resolve(held.ticket.registers, "", self.store.directory(held.traces)).account

    def hub(self, *words: str) -> tuple[int, str, str]:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setenv("COLUMNS", "160")
        self.monkeypatch.setattr(sys, "argv", ["hub", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


def _register(word: str) -> str:
    return word if word == "requester" else f"organization.{word}"


@pytest.fixture
def office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    _ = (tmp_path / "hub.toml").write_text(HUB_TOML + CRM_TOML)
    store = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    yield Office(tmp_path, store, capsys, monkeypatch)
    store.close()


class TestQueue:
    def test_an_ambiguous_domain_names_its_candidates(self, office: Office) -> None:
        """Two accounts with one mail domain: both are shown with what tells them apart, none is chosen."""
        one = office.account("Acme Europe", "acme.example", tier="enterprise")
        two = office.account("Acme America", "acme.example", tier="starter")
        _ = office.ticket(account=one, requester="else@acme-europe.example")
        first = office.ticket("First", requester="ann@acme.example")
        _ = office.ticket("Second", requester="bob@acme.example")
        [group] = office.queue["ambiguous"]
        assert (group["link"], group["what"], group["tickets"]) == (
            "acme.example",
            "mail domain acme.example",
            2,
        )
        assert {(c["name"], c["tier"], c["id"], c["open_tickets"]) for c in group["candidates"]} == {
            ("Acme Europe", "enterprise", one, 1),
            ("Acme America", "starter", two, 0),
        }
        assert group["example"]["id"] == first
        assert office.queue["unmatched"] == []

    def test_unknown_customers_stand_under_the_widest_tie(self, office: Office) -> None:
        """By organization, else by mail domain, else by address; the busiest first."""
        for _ in range(3):
            _ = office.ticket(id="360", name="Globex", requester="x@globex.example")
        for _ in range(2):
            _ = office.ticket(requester="a@initech.example")
        _ = office.ticket(requester="b@gmail.com")
        assert [(g["link"], g["what"], g["tickets"]) for g in office.queue["unmatched"]] == [
            ("360", "organization Globex", 3),
            ("initech.example", "mail domain initech.example", 2),
            ("b@gmail.com", "e-mail b@gmail.com", 1),
        ]

    def test_an_ambiguous_name_is_tied_by_its_organization(self, office: Office) -> None:
        """What is typed is the organization's id: two organizations may have one name."""
        _ = office.account("Acme Ltd")
        _ = office.account("ACME, Inc.")
        ticket = office.ticket(id="77", name="Acme")
        [group] = office.queue["ambiguous"]
        assert (group["link"], group["what"]) == ("77", "name acme (organization 77)")
        tied = office.link(group["link"], group["candidates"][0]["id"])
        assert (tied.trace, tied.tickets) == ("org:zendesk:77", 1)
        assert office.found(ticket) == group["candidates"][0]["id"]

    def test_what_is_known_by_now_is_no_work(self, office: Office) -> None:
        """A ticket whose account the next run will show is counted, not listed."""
        _ = office.ticket(requester="ann@acme.example")
        assert office.queue["unmatched"]
        _ = office.account("Acme", "acme.example")
        queue = office.queue
        assert (queue["unmatched"], queue["ambiguous"], queue["next_run"]) == ([], [], 1)

    def test_who_took_the_account_away_is_not_asked_again(self, office: Office) -> None:
        """A person emptied the account in the CRM: that is an answer."""
        _ = office.ticket(requester="ann@nowhere.example", by_crm=True)
        queue = office.queue
        assert (queue["unmatched"], queue["without"]) == ([], 1)

    def test_accounts_with_problems_are_told(self, office: Office) -> None:
        """No currency, a public mail domain: what is wrong stands with the account."""
        _ = office.account("Fine")
        bad = office.account("Bad", problems=("gmail.com is a public mail domain", "no currency"))
        assert office.queue["problems"] == [
            {
                "id": bad, "name": "Bad", "tier": "", "url": "https://crm.example/Bad",
                "problems": ["gmail.com is a public mail domain", "no currency"],
            }
        ]  # fmt: skip

    def test_more_than_one_page(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """Paging skips nothing and doubles nothing."""
        monkeypatch.setattr("flows.people.BATCH", 2)
        for n in range(5):
            _ = office.ticket(requester=f"p{n}@initech.example")
            _ = office.account(f"Other {n}", problems=("x",))
        queue = office.queue
        assert [g["tickets"] for g in queue["unmatched"]] == [5]
        assert len(queue["problems"]) == 5
        assert len(office.people["unknown"]) == 5


class TestTying:
    @pytest.mark.parametrize(
        ("word", "trace"),
        [
            ("360001", "org:zendesk:360001"),
            ("zendesk:360001", "org:zendesk:360001"),
            ("Acme.Example", "domain:acme.example"),
            ("https://www.acme.example/about", "domain:acme.example"),
            ("Ann <Ann@Acme.example>", "email:ann@acme.example"),
            ("name:ACME, Inc.", "name:acme"),
            ("external:A-17", "external:A-17"),
        ],
    )
    def test_what_people_type(self, word: str, trace: str) -> None:
        """An organization's id, a domain, an address, as they are copied from wherever."""
        assert tying.trace_of(word) == trace

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            ("Acme", "no organization's id, mail domain or e-mail address"),
            ("gmail.com", "public mail domain that many companies share"),
            ("ann@", "not an e-mail address"),
            ("", "`hub accounts` lists"),
        ],
    )
    def test_what_cannot_be_tied(self, word: str, said: str) -> None:
        """The message says what is wrong, and what to write instead."""
        with pytest.raises(Misconfigured, match=said):
            _ = tying.trace_of(word)

    def test_a_tie_decides_and_its_end_undoes(self, office: Office) -> None:
        """The tie goes before any guess; without it the customer is ambiguous again."""
        one = office.account("Acme Europe", "acme.example")
        _ = office.account("Acme America", "acme.example")
        ticket = office.ticket(requester="ann@acme.example")
        tied = office.link("acme.example", one[:15])
        assert (tied.name, tied.tickets) == ("Acme Europe", 1)
        assert office.found(ticket) == one
        assert office.store.dirty(10) == [ticket]
        [tie] = office.queue["ties"]
        assert (tie["trace"], tie["account"], tie["name"], tie["by"]) == (
            "domain:acme.example", one, "Acme Europe", "ann",
        )  # fmt: skip
        assert tying.unlink(office.store, "acme.example").tickets == 1
        assert office.found(ticket) == ""
        with pytest.raises(Misconfigured, match="nobody tied"):
            _ = tying.unlink(office.store, "acme.example")

    def test_tying_again_says_what_it_was_tied_to(self, office: Office) -> None:
        """The later word counts, and the earlier is named."""
        one, two = office.account("One"), office.account("Two")
        assert office.link("77", one).before == ""
        assert office.link("77", "two").before == "One"
        assert office.link("77", two).before == ""

    def test_a_merged_account_is_what_it_became(self, office: Office) -> None:
        """Nobody needs to know that two accounts were merged."""
        left = office.account("Left")
        gone = office.account("Right", at=900, into=left)
        assert office.link("77", gone).account == left

    def test_an_account_that_is_not_there(self, office: Office) -> None:
        """A message says why, and what is near."""
        with pytest.raises(Misconfigured, match="the hub has read no account yet"):
            _ = office.link("77", "Acme")
        one, two = office.account("Acme Ltd"), office.account("ACME LTD")
        with pytest.raises(Misconfigured, match=f"2 accounts are called 'Acme Ltd'.*{one}, {two}"):
            _ = office.link("77", "Acme Ltd")
        with pytest.raises(Misconfigured, match=r"did you mean Acme Ltd \(001"):
            _ = office.link("77", "acme")
        with pytest.raises(Misconfigured, match=r"did you mean `ACME LTD`\?"):
            _ = office.link("77", "Acmee Ltd")
        with pytest.raises(Misconfigured, match="`hub sync` reads what is new"):
            _ = office.link("77", "Globex")


class TestPeople:
    def test_one_address_of_two_accounts(self, office: Office) -> None:
        """Somebody who works for two customers is named with both, until a person says which."""
        acme, globex = office.account("Acme"), office.account("Globex")
        here = office.contact("ann@mail.example", acme, "Ann")
        _ = office.contact("ann@mail.example", globex, "Ann too")
        ticket = office.ticket(requester="ann@mail.example")
        [line] = office.people["several_accounts"]
        assert (line["email"], line["tickets"], line["example"]["id"]) == ("ann@mail.example", 1, ticket)
        assert {(c["name"], c["account_name"]) for c in line["contacts"]} == {
            ("Ann", "Acme"),
            ("Ann too", "Globex"),
        }
        tied = tying.link_contact(office.store, "ann@mail.example", here[:15], by="me", at=AT)
        assert (tied.name, tied.contact, tied.tickets) == ("Acme", "Ann", 1)
        assert office.people["several_accounts"] == []
        assert office.people["ties"][0]["contact"] == here
        held = office.store.load([ticket])[ticket]
        match = resolve(held.ticket.registers, "", office.store.directory(held.traces))
        assert (match.account, match.contact) == (acme, here)

    def test_an_address_in_two_accounts_is_plain_where_the_account_is(self, office: Office) -> None:
        """Who the ticket's account is known by its organization: that account has one contact, and it is theirs."""
        acme, globex, initech = (office.account(name) for name in ("Acme", "Globex", "Initech"))
        for account in (acme, globex):
            _ = office.contact("ann@mail.example", account)
        _ = office.ticket(account=acme, requester="ann@mail.example")
        assert office.people["several_accounts"] == []
        _ = office.ticket(account=initech, requester="ann@mail.example")
        [line] = office.people["several_accounts"]
        assert (line["account_name"], line["tickets"]) == ("Initech", 1)

    def test_two_contacts_of_one_account(self, office: Office) -> None:
        """A double in the CRM is told; a ticket that has its account is looked at, too."""
        acme = office.account("Acme")
        _ = office.contact("ann@acme.example", acme, "Ann")
        _ = office.contact("ann@acme.example", acme, "Ann (old)")
        _ = office.ticket(account=acme, requester="ann@acme.example")
        people = office.people
        assert [p["email"] for p in people["several_contacts"]] == ["ann@acme.example"]
        assert people["several_accounts"] == []

    def test_whom_nobody_knows(self, office: Office) -> None:
        """Once an address, with the account if that is known; a plus tag is no other person."""
        acme = office.account("Acme")
        _ = office.contact("bob@acme.example", acme)
        _ = office.ticket(account=acme, requester="bob+shop@acme.example")
        _ = office.ticket(account=acme, requester="new@acme.example")
        _ = office.ticket(account=acme, requester="new@acme.example")
        [line] = office.people["unknown"]
        assert (line["email"], line["tickets"], line["account"]) == ("new@acme.example", 2, acme)

    def test_a_contact_by_the_address_that_the_crm_has(self, office: Office) -> None:
        """Somebody writes from another address: one address names the other."""
        acme = office.account("Acme")
        ann = office.contact("ann@acme.example", acme, "Ann")
        tied = tying.link_contact(office.store, "ann@home.example", "Ann@acme.example", by="", at=AT)
        assert (tied.contact, tied.account) == ("Ann", acme)
        assert office.store.bonds()[0].contact == ann

    def test_what_is_wrong_with_a_contact(self, office: Office) -> None:
        """Unknown, double, without an account: each is said."""
        acme = office.account("Acme")
        one = office.contact("ann@acme.example", acme)
        _ = office.contact("ann@acme.example", acme)
        lost = office.contact("lost@acme.example", "")
        for email, contact, said in (
            ("a@b.example", "003nope", "no contact has the id or address '003nope'"),
            ("a@b.example", "ann@acme.example", f"2 contacts have the address ann@acme.example.*{one}"),
            ("a@b.example", lost, "has no account"),
            ("acme.example", one, "is not an e-mail address; `hub accounts link` ties companies"),
        ):
            with pytest.raises(Misconfigured, match=said):
                _ = tying.link_contact(office.store, email, contact, by="", at=AT)


class TestShown:
    def test_all_that_is_known_of_an_account(self, office: Office) -> None:
        """Its values, its family, what support knows of it, who writes for it, its tickets and its ties."""
        parent = office.account("Group")
        acme = office.account("Acme", "acme.example", parent=parent, tier="enterprise", arr=12000)
        ticket = office.ticket("Burns", account=acme, id="5", name="Acme", requester="ann@acme.example")
        _ = office.ticket("Hangs", account=acme, requester="bob@acme.example")
        _ = office.link("5", "Acme")
        shown = tying.shown(office.store, "Acme", AT)
        assert shown["parent"]["name"] == "Group"
        assert {v["label"]: v["value"] for v in shown["values"]}["Account tier"] == "enterprise"
        assert {v["register"]: v["value"] for v in shown["support"]}["support.open_tickets"] == 2
        assert {(o["id"], o["name"], o["tickets"]) for o in shown["organizations"]} == {
            ("5", "Acme", 1), ("", "acme.example", 1),
        }  # fmt: skip
        assert [t["trace"] for t in shown["ties"]] == ["org:zendesk:5"]
        assert {t["id"] for t in shown["tickets"]} > {ticket}
        assert [c["name"] for c in tying.shown(office.store, parent[:15], AT)["children"]] == ["Acme"]


class TestCommands:
    def test_without_a_crm_it_says_so(self, office: Office) -> None:
        """Two systems are a whole set-up: this is no error."""
        _ = (office.folder / "hub.toml").write_text(HUB_TOML)
        for words in (("accounts",), ("people",), ("accounts", "link", "77", "Acme")):
            code, out, _ = office.hub(*words)
            assert code == 0
            assert "No CRM is set up" in out
        code, out, _ = office.hub("people", "--json")
        assert (code, json.loads(out)) == (0, {"crm": None})

    def test_nothing_to_do(self, office: Office) -> None:
        """Silence is said, too."""
        code, out, _ = office.hub("accounts")
        assert code == 0
        assert "Customers with several possible accounts: none" in out
        assert "Accounts with problems: none" in out
        assert "Known to nobody: none" in office.hub("people")[1]

    def test_from_the_queue_to_the_tie(self, office: Office) -> None:
        """What is listed can be typed; what it did is said."""
        one = office.account("Acme Europe", "acme.example", tier="enterprise")
        _ = office.account("Acme America", "acme.example", problems=("its revenue has no currency",))
        _ = office.ticket("Fire", requester="ann@acme.example")
        _ = office.ticket("Flood", id="12", name="Globex")
        out = office.hub("accounts")[1]
        for word in (
            "acme.example",
            "Acme Europe (enterprise)",
            one,
            "organization Globex",
            "Fire",
            "no currency",
        ):
            assert word in out
        code, out, _ = office.hub("accounts", "link", "acme.example", "Acme Europe")
        assert code == 0
        assert f"acme.example is tied to Acme Europe ({one})." in out
        assert "The next run refreshes 1 open ticket;" in out
        assert "Tied by people" in office.hub("accounts")[1]
        assert json.loads(office.hub("accounts", "--json")[1])["next_run"] == 1
        out = office.hub("accounts", "unlink", "acme.example")[1]
        assert "is not tied any more to Acme Europe" in out

    def test_mistakes_end_with_2_and_one_message(self, office: Office) -> None:
        """As every command."""
        code, _, err = office.hub("accounts", "link", "gmail.com", "Acme")
        assert code == 2
        assert err.startswith("hub: gmail.com is a public mail domain")

    def test_show_and_people_print(self, office: Office) -> None:
        """The tables that people read."""
        acme = office.account("Acme", tier="enterprise")
        other = office.account("Globex")
        ann = office.contact("ann@mail.example", acme, "Ann")
        _ = office.contact("ann@mail.example", other, "Ann too")
        _ = office.ticket("Fire", requester="ann@mail.example")
        _ = office.ticket("Flood", account=acme, requester="new@acme.example")
        out = office.hub("people")[1]
        for word in ("Contact of several accounts", "Ann too", "Globex", ann, "new@acme.example"):
            assert word in out
        out = office.hub("people", "link", "ann@mail.example", ann)[1]
        assert f"ann@mail.example is tied to Ann of Acme ({acme})." in out
        assert "not tied any more" in office.hub("people", "unlink", "ann@mail.example")[1]
        out = office.hub("accounts", "show", "Acme")[1]
        for word in ("From the CRM", "enterprise", "What support knows", "Open tickets", "Flood", "50%"):
            assert word in out
        assert json.loads(office.hub("accounts", "show", acme, "--json")[1])["name"] == "Acme"


def test_the_page_s_examples_are_accepted() -> None:
    """What docs/accounts.md says to write into files loads, and fits the accounts of the demo."""
    text = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text("utf-8")
    policy, accounts = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    money = load_policy(policy, "policy.yaml", ("zendesk", "salesforce", "jira")).money
    assert money is not None
    assert money.reported(100, "EUR") == 108
    own = {"Renewal_Date__c": Field("Renewal_Date__c", "Renewal Date", "date")}
    assert bind(load(accounts, "accounts.yaml"), Schema(SALESFORCE, own), PlainDialect()).rules
