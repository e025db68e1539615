"""The CRM's accounts and people are held, and tickets that they concern are planned again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import pytest
from sqlalchemy import event

from hub.account import REFUSED, Account, Contact, Trace
from hub.errors import StoreBroken
from hub.model import SALESFORCE, ZENDESK, RemoteId, TicketId
from hub.records import Decision, Score
from hub.replica import Cursor
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, RUN, account, bond, comment, contact, decision, page
from tests.unit.store.test_decisions import run_sql


def hold(store: SqlStore, tickets: dict[str, tuple[Trace, ...]], *, done: bool = False) -> None:
    """Hold tickets with these traces; none of them is dirty."""
    store.commit([decision(t, traces=traces, done=done) for t, traces in tickets.items()], [], RUN, AT)


def take(
    store: SqlStore,
    *given: tuple[Account, frozenset[Trace]],
    people: Sequence[Contact] = (),
    gone: Sequence[str] = (),
) -> list[TicketId]:
    """Take a page of accounts; return the tickets that it made dirty, and make them clean again."""
    count = store.take_accounts(SALESFORCE, given, people, [RemoteId(g) for g in gone], None, AT)
    return washed(store, count)


def washed(store: SqlStore, count: int) -> list[TicketId]:
    dirty = list(store.dirty(10_000))
    assert count == len(dirty)
    store.load(dirty)
    store.settle(dirty)
    assert store.dirty(1) == []
    return dirty


def due(store: SqlStore) -> list[str]:
    """Return the accounts that are due, and settle them."""
    found = store.due_accounts(100)
    store.settle_accounts({i: {} for i in found})
    return list(found)


def test_accounts_come_back_as_they_were_taken(store: SqlStore) -> None:
    one, _ = account("A", parent="P", shown="zendesk:1")
    one = msgspec.structs.replace(one, problems=("no currency",), url="https://example.com/A")
    take(store, (one, frozenset()), account("B", gone=True), account("C"))
    assert store.accounts([one.id]) == {"A": one}
    assert list(store.accounts([account("C")[0].id, account("D")[0].id])) == ["C"]
    assert store.account_ids(10) == ["A", "C"], "one that is gone is not among them"
    assert store.account_ids(10, "A") == ["C"]
    assert store.account_ids(1) == ["A"]


def test_the_feed_of_accounts_has_a_cursor_of_its_own(store: SqlStore) -> None:
    assert store.account_cursor(SALESFORCE) is None
    store.stage(SALESFORCE, page("cases"), AT)
    store.take_accounts(SALESFORCE, [], [], [], Cursor("accounts"), AT)
    store.take_accounts(SALESFORCE, [account("A")], [], [], None, AT)
    assert store.account_cursor(SALESFORCE) == "accounts"
    assert store.account_cursor(ZENDESK) is None
    assert store.cursors() == {SALESFORCE: "cases"}


def test_a_new_account_wakes_the_open_tickets_that_share_a_trace(store: SqlStore) -> None:
    hold(store, {"t1": ("domain:a.com",), "t2": ("domain:b.com", "external:7"), "t3": ("name:c",)})
    hold(store, {"t4": ("domain:a.com",)}, done=True)
    assert take(store, account("A", "domain:a.com", "external:7")) == ["t1", "t2"]


def test_the_same_page_again_wakes_nobody_and_makes_nothing_due(store: SqlStore) -> None:
    hold(store, {"t1": ("account:A", "domain:a.com"), "t2": ("email:x@a.com",), "t3": ("account:B",)})
    given = [account("A", "domain:a.com"), account("B", into="A")]
    people = [contact("x", "A", "x@a.com")]
    assert take(store, *given, people=people) == ["t1", "t2", "t3"]
    assert due(store) == ["A"]
    assert take(store, *given, people=people) == []
    assert take(store, *given, people=people, gone=["nobody"]) == []
    assert due(store) == []


def test_the_order_of_an_accounts_registers_says_nothing(store: SqlStore) -> None:
    one, traces = account("A", shown="t1")
    turned = msgspec.structs.replace(one, registers=dict(reversed(one.registers.items())))
    hold(store, {"t1": ("account:A",)})
    assert take(store, (one, traces)) == ["t1"]
    assert due(store) == ["A"]
    assert take(store, (turned, traces)) == []


def test_what_tickets_show_of_an_account_wakes_its_tickets(store: SqlStore) -> None:
    hold(store, {"t1": ("account:A",), "t2": ("account:B",), "t3": ("domain:a.com",)})
    hold(store, {"t4": ("account:A",)}, done=True)
    take(store, account("A", "domain:a.com"), account("B"))
    assert take(store, account("A", "domain:a.com", word="starter")) == ["t1"]
    assert take(store, account("A", "domain:a.com", word="starter", parent="B")) == ["t1"]


def test_what_the_hub_shows_there_wakes_no_ticket(store: SqlStore) -> None:
    hold(store, {"t1": ("account:A",)})
    take(store, account("A"))
    due(store)
    assert take(store, account("A", shown="scribbled over by a person")) == []
    assert due(store) == ["A"], "but it must be looked at again"


def test_a_trace_won_or_lost_wakes_the_tickets_that_have_it(store: SqlStore) -> None:
    hold(store, {"t1": ("domain:a.com",), "t2": ("domain:b.com",), "t3": ("domain:c.com",)})
    take(store, account("A", "domain:a.com", "domain:b.com"))
    assert take(store, account("A", "domain:b.com", "domain:c.com")) == ["t1", "t3"]
    assert found(store, "domain:a.com", "domain:b.com", "domain:c.com") == {
        "domain:b.com": ("A",),
        "domain:c.com": ("A",),
    }


def found(store: SqlStore, *traces: Trace) -> dict[str, tuple[str, ...]]:
    return {**store.directory(traces).by_trace}


def test_a_contacts_address_is_a_trace_of_their_account(store: SqlStore) -> None:
    hold(store, {"t1": ("email:x@a.com",), "t2": ("email:y@a.com",)})
    take(store, account("A"), account("B"))
    assert take(store, people=[contact("x", "A", "x@a.com")]) == ["t1"]
    assert found(store, "email:x@a.com") == {"email:x@a.com": ("A",)}
    assert take(store, people=[contact("x", "A", "y@a.com")]) == ["t1", "t2"]
    assert take(store, people=[contact("x", "B", "y@a.com")]) == ["t2"]
    assert found(store, "email:x@a.com", "email:y@a.com") == {"email:y@a.com": ("B",)}
    assert take(store, gone=["x"]) == ["t2"]
    assert found(store, "email:y@a.com") == {}


def test_a_contact_is_known_before_their_account(store: SqlStore) -> None:
    hold(store, {"t1": ("email:x@a.com",)})
    assert take(store, people=[contact("x", "A", "x@a.com"), contact("y", "", "y@a.com")]) == []
    assert take(store, account("A")) == ["t1"]
    assert found(store, "email:x@a.com", "email:y@a.com") == {"email:x@a.com": ("A",)}


def test_one_address_of_two_accounts_is_told_as_such(store: SqlStore) -> None:
    people = [contact("x2", "B", "x@a.com"), contact("x1", "A", "x@a.com")]
    take(store, account("A", "email:x@a.com"), account("B"), people=people)
    directory = store.directory(["email:x@a.com"])
    assert directory.by_trace == {"email:x@a.com": ("A", "B")}
    assert [p.id for p in directory.contacts["x@a.com"]] == ["x1", "x2"]
    assert list(directory.accounts) == ["A", "B"]


def test_an_account_that_goes_loses_its_traces_and_its_contacts(store: SqlStore) -> None:
    hold(store, {"t1": ("domain:a.com",), "t2": ("email:x@a.com",), "t3": ("account:A",), "t4": ("name:n",)})
    take(store, account("A", "domain:a.com"), people=[contact("x", "A", "x@a.com")])
    due(store)
    assert take(store, account("A", "domain:a.com", gone=True)) == ["t1", "t2", "t3"]
    assert found(store, "domain:a.com", "email:x@a.com") == {}
    assert due(store) == []
    assert take(store, people=[contact("x", "A", "new@a.com")]) == []


def test_an_account_that_comes_back_has_them_again(store: SqlStore) -> None:
    hold(store, {"t1": ("domain:a.com",), "t2": ("email:x@a.com",), "t3": ("account:A",)})
    take(store, account("A", "domain:a.com"), people=[contact("x", "A", "x@a.com")])
    take(store, account("A", gone=True))
    assert take(store, account("A", "domain:a.com")) == ["t1", "t2", "t3"]
    assert found(store, "domain:a.com", "email:x@a.com") == {"domain:a.com": ("A",), "email:x@a.com": ("A",)}
    assert due(store) == ["A"]


def test_a_merge_is_followed(store: SqlStore) -> None:
    """The tickets of the loser are planned again; contacts go with the page that shows them again."""
    hold(
        store, {"t1": ("account:L",), "t2": ("email:x@a.com",), "t3": ("account:W",), "t4": ("domain:l.com",)}
    )
    people = [contact("x", "L", "x@a.com")]
    take(store, account("L", "domain:l.com"), account("W"), people=people)
    due(store)
    assert take(store, account("L", into="W")) == ["t1", "t2", "t4"]
    assert due(store) == ["W"]
    directory = store.directory(["account:L", "email:x@a.com"])
    assert set(directory.accounts) == {"L", "W"}
    assert directory.accounts[people[0].account].merged_into == "W"
    assert take(store, people=[contact("x", "W", "x@a.com")]) == ["t2"]
    assert found(store, "email:x@a.com") == {"email:x@a.com": ("W",)}


def test_a_merge_of_accounts_never_seen_wakes_the_tickets_that_name_the_loser(store: SqlStore) -> None:
    hold(store, {"t1": ("account:L",)})
    assert take(store, account("L", into="W")) == ["t1"]
    assert due(store) == []
    take(store, account("W"))
    assert due(store) == ["W"]


def test_the_later_of_two_in_a_page_counts(store: SqlStore) -> None:
    take(
        store,
        *(account("A", "domain:a.com"), account("A", "domain:b.com", word="starter")),
        people=[contact("x", "A", "x@a.com"), contact("x", "A", "y@a.com"), contact("z", "A", "z@a.com")],
        gone=["z"],
    )
    assert found(
        store, "domain:a.com", "domain:b.com", "email:x@a.com", "email:y@a.com", "email:z@a.com"
    ) == {
        "domain:b.com": ("A",),
        "email:y@a.com": ("A",),
    }


def test_the_directory_follows_merges_and_parents_and_holds_nothing_else(store: SqlStore) -> None:
    take(
        store,
        account("A", "domain:a.com", parent="P"),
        account("P", parent="G"),
        account("G", parent="A"),  # a ring: the CRM does not forbid it
        account("L1", into="L2"),
        account("L2", into="W"),
        account("W", parent="U"),
        account("U"),
        account("other", "domain:other.com"),
    )
    assert set(store.directory(["domain:a.com"]).accounts) == {"A", "P", "G"}
    assert set(store.directory(["account:L1"]).accounts) == {"L1", "L2", "W", "U"}
    nothing = store.directory(["domain:nobody.com", "account:missing", "name:x"])
    assert (nothing.accounts, nothing.by_trace, nothing.contacts, nothing.bonds) == ({}, {}, {}, {})


def test_the_directory_answers_for_thousands_of_traces(store: SqlStore) -> None:
    given = [account(f"A{n:04}", f"domain:{n}.com") for n in range(1300)]
    people = [contact(f"x{n}", f"A{n:04}", f"x@{n}.com") for n in range(1300)]
    take(store, *given, people=people)
    domains = [f"domain:{n}.com" for n in range(1300)]
    emails = [f"email:x@{n}.com" for n in range(1300)]
    directory = store.directory([*domains, *emails, *domains])
    assert directory.by_trace == {
        **{f"domain:{n}.com": (f"A{n:04}",) for n in range(1300)},
        **{f"email:x@{n}.com": (f"A{n:04}",) for n in range(1300)},
    }
    assert len(directory.accounts) == len(directory.contacts) == 1300


def test_a_change_wakes_thousands_of_tickets_with_few_statements(store: SqlStore) -> None:
    hold(store, {f"t{n:04}": ("account:A", f"email:{n}@a.com") for n in range(5000)})
    take(store, account("A"))
    statements: list[str] = []

    def remember(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(store._database._writes, "before_cursor_execute", remember)
    assert store.take_accounts(SALESFORCE, [account("A", word="starter")], [], [], None, AT) == 5000
    event.remove(store._database._writes, "before_cursor_execute", remember)
    assert len(statements) < 30
    assert len(store.dirty(9999)) == 5000


def test_a_bond_is_kept_and_wakes_the_tickets_with_its_trace(store: SqlStore) -> None:
    hold(store, {"t1": ("email:x@a.com",), "t2": ("domain:a.com",)})
    hold(store, {"t3": ("email:x@a.com",)}, done=True)
    take(store, account("A"), account("B", parent="A"))
    assert washed(store, store.bond(bond("email:x@a.com", "A"))) == ["t1"]
    changed = bond("email:x@a.com", "B")
    assert washed(store, store.bond(changed)) == ["t1"]
    assert store.bonds() == [changed]
    directory = store.directory(["email:x@a.com", "domain:a.com"])
    assert directory.bonds == {"email:x@a.com": changed}
    assert set(directory.accounts) == {"A", "B"}
    assert washed(store, store.unbond("email:x@a.com")) == ["t1"]
    assert store.bonds() == []
    with pytest.raises(LookupError, match=r"email:x@a\.com"):
        store.unbond("email:x@a.com")


def test_a_bond_made_during_a_run_is_not_lost(store: SqlStore) -> None:
    """The run has looked up the account already: neither its commit nor its settle may call the ticket calm."""
    hold(store, {"t1": ("email:x@a.com",)})
    held = store.load([TicketId("t1")])
    store.bond(bond("email:x@a.com", "A"))
    hold(store, {"t1": ("email:x@a.com",)})
    store.settle(held)
    assert store.dirty(10) == ["t1"]
    store.load(held)
    store.bond(bond("email:x@a.com", "B"))
    store.settle(held)
    assert store.dirty(10) == ["t1"], "and one more, before the first was planned"
    store.load(held)
    hold(store, {"t1": ("email:x@a.com",)})
    assert store.dirty(10) == []
    store.bond(bond("email:x@a.com", "C"))
    store.settle(held)
    assert store.dirty(10) == ["t1"], "and one between commit and settle"
    store.load(held)
    store.settle(held)
    hold(store, {"t1": ("email:x@a.com",)})
    assert store.dirty(10) == [], "a wish that was met counts no more"


def test_people_may_tie_while_a_run_holds_the_store(store: SqlStore) -> None:
    hold(store, {"t1": ("domain:a.com",)})
    with store.lease("a run"):
        assert store.bond(bond("domain:a.com", "A")) == 1
        assert store.unbond("domain:a.com") == 1
        store.settle([])


def test_a_tie_waits_for_what_a_run_is_writing(store: SqlStore, url: str) -> None:
    """A commit that has read the ticket and not yet written it would else call it calm."""
    hold(store, {"t1": ("domain:a.com",)})
    hasty = f"{url}?timeout=0.01" if url.startswith("sqlite") else f"{url}%20-clock_timeout%3D10ms"
    person = open_store(hasty)
    with store.lease("a run"):
        with store._fenced(), pytest.raises(StoreBroken, match="lock"):
            person.bond(bond("domain:a.com", "A"))
        assert person.bond(bond("domain:a.com", "A")) == 1
    person.close()


def test_tickets_are_found_by_their_traces(store: SqlStore) -> None:
    hold(store, {"t2": ("account:A", "domain:a.com"), "t1": ("account:A",)})
    hold(store, {"t3": ("account:A", "name:a")}, done=True)
    assert store.tickets_with(["account:A", "name:a", "x:y"]) == {
        "account:A": ("t1", "t2"),
        "name:a": (),
        "x:y": (),
    }
    assert store.tickets_with(["account:A", "name:a"], only_open=False) == {
        "account:A": ("t1", "t2", "t3"),
        "name:a": ("t3",),
    }


def test_a_decision_replaces_the_traces_of_its_ticket(store: SqlStore) -> None:
    hold(store, {"t1": ("name:z", "account:A", "name:z")})
    assert store.load([TicketId("t1")])[TicketId("t1")].traces == ("account:A", "name:z")
    hold(store, {"t1": ("account:B", "name:z")})
    wanted = ["account:A", "account:B", "name:z"]
    assert store.tickets_with(wanted) == {"account:A": (), "account:B": ("t1",), "name:z": ("t1",)}
    hold(store, {"t1": ()})
    assert store.tickets_with(wanted) == {"account:A": (), "account:B": (), "name:z": ()}
    assert store.load([TicketId("t1")])[TicketId("t1")].traces == ()


@pytest.mark.parametrize("odd", ["name:" + "x" * 5000, "name:a\x00b", "name:a\u00a0b", "name:half \ud83d"])
def test_an_odd_trace_keeps_nothing_out(store: SqlStore, odd: Trace) -> None:
    """Longer than an index takes, or of characters that no database takes: it is held, and found."""
    take(store, account("A", odd), people=[contact("x", "A", odd)])
    assert found(store, odd) == {odd: ("A",)}
    assert [p.id for p in store.directory([f"email:{odd}"]).contacts[odd]] == ["x"]
    store.bond(bond(odd, "A"))
    assert list(store.directory([odd]).bonds) == [odd]
    hold(store, {"t1": (odd,)})
    if "half" not in odd:  # half a character comes back as `?`
        assert store.tickets_with([odd]) == {odd: ("t1",)}
        assert store.load([TicketId("t1")])[TicketId("t1")].traces == (odd,)


def test_open_tickets_without_an_account_are_told_page_by_page(store: SqlStore) -> None:
    hold(store, {f"t{n}": (f"email:{n}@a.com", "domain:a.com") for n in range(5)})
    hold(store, {"t1": ("account:A", "domain:a.com"), "t5": (), "t6": ("account:B",)})
    hold(store, {"t2": ("domain:a.com",)}, done=True)
    assert store.unmatched(2) == [
        ("t0", ("domain:a.com", "email:0@a.com")),
        ("t3", ("domain:a.com", "email:3@a.com")),
    ]
    assert [t for t, _ in store.unmatched(2, "t3")] == ["t4", "t5"]
    assert store.unmatched(2, "t5") == []


def clear(store: SqlStore, *given: tuple[Account, frozenset[Trace]]) -> None:
    take(store, *given)
    due(store)


def test_a_decision_makes_the_accounts_due_of_which_it_changes_a_ticket(store: SqlStore) -> None:
    clear(store, *map(account, "ABC"), account("D", gone=True))
    t1 = decision("t1", traces=("account:A", "account:D", "account:missing"))
    store.commit([t1, decision("t2", traces=("account:B",))], [], RUN, AT)
    assert due(store) == ["A", "B"]
    store.commit([t1], [], "run-2", AT)
    assert due(store) == [], "nothing changed"
    for changed in changes(t1):
        store.commit([changed], [], RUN, AT)
        assert due(store) == ["A"], changed
        store.commit([t1], [], RUN, AT)
        assert due(store) == ["A"], "and back"
    store.commit([msgspec.structs.replace(t1, traces=("account:C",))], [], RUN, AT)
    assert due(store) == ["A", "C"], "the one that it leaves, too"


def changes(one: Decision) -> Iterable[Decision]:
    replace = msgspec.structs.replace
    yield replace(one, ticket=replace(one.ticket, registers={"subject": "other"}))
    yield replace(one, ticket=replace(one.ticket, comments={comment("c1").id: comment("c1")}))
    yield replace(one, score=Score(51, "normal", 0.25))
    yield replace(one, score=None)
    yield replace(one, traces=("account:A", "domain:a.com"))


def test_an_edited_or_removed_comment_makes_the_account_due(store: SqlStore) -> None:
    clear(store, account("A"))
    for said in ((comment("c1"),), (comment("c1", "edited"),), ()):
        store.commit([decision("t1", traces=("account:A",), comments=said)], [], RUN, AT)
        assert due(store) == ["A"]


def test_settled_accounts_show_what_was_written(store: SqlStore) -> None:
    one, traces = account("A", shown="t1")
    take(store, (one, traces), account("B"))
    assert store.due_accounts(1) == ["A"]
    assert store.due_accounts(10, "A") == ["B"]
    store.settle_accounts({one.id: {"Open_Tickets__c": 3}})
    assert store.due_accounts(10) == ["B"]
    shown = {"Worst_Ticket__c": "t1", "Open_Tickets__c": 3}
    assert store.accounts([one.id])[one.id].shown == shown
    hold(store, {"t1": ("account:A",)})
    due(store)
    assert take(store, (msgspec.structs.replace(one, shown=shown), traces)) == []
    assert due(store) == [], "the CRM showed us our own write"


def test_what_the_hub_writes_to_an_account_is_in_the_audit_trail(store: SqlStore) -> None:
    """What a field did not take is no change, and neither is what it showed before."""
    one, traces = account("A", shown="t1")
    take(store, (one, traces))
    store.settle_accounts({one.id: {"Open_Tickets__c": 3, "Health__c": REFUSED}})
    store.settle_accounts({one.id: {"Open_Tickets__c": 3, "Worst_Ticket__c": "t1"}})
    [act] = [act for act in store.acts() if act.kind == "account shown"]
    assert (act.actor, act.subject) == ("hub", "account A")
    assert act.body == {"changed": {"Open_Tickets__c": [None, 3]}}


def test_taking_happens_whole_or_not_at_all(store: SqlStore, url: str) -> None:
    """The cursor cannot be written, after accounts, contacts and traces were: none of it stays."""
    hold(store, {"t1": ("domain:a.com",), "t2": ("email:x@a.com",)})
    take(store, account("A", "domain:a.com"), people=[contact("x", "A", "x@a.com")])
    due(store)
    given = [account("A", gone=True), account("B", "domain:a.com")]
    people = [contact("y", "B", "x@a.com")]
    for table in ("cursors", "account_traces", "contacts"):
        run_sql(url, f"ALTER TABLE {table} RENAME TO elsewhere")
        with pytest.raises(StoreBroken, match="missing"):
            store.take_accounts(SALESFORCE, given, people, [RemoteId("x")], Cursor("c"), AT)
        run_sql(url, f"ALTER TABLE elsewhere RENAME TO {table}")
        assert store.dirty(10) == []
        assert store.due_accounts(10) == []
        assert store.account_cursor(SALESFORCE) is None
        assert store.account_ids(10) == ["A"]
        assert found(store, "domain:a.com", "email:x@a.com") == {
            "domain:a.com": ("A",),
            "email:x@a.com": ("A",),
        }
    assert store.take_accounts(SALESFORCE, given, people, [RemoteId("x")], Cursor("c"), AT) == 2
    assert found(store, "domain:a.com", "email:x@a.com") == {"domain:a.com": ("B",), "email:x@a.com": ("B",)}


def test_a_decision_that_cannot_be_committed_leaves_traces_and_accounts_alone(
    store: SqlStore, url: str
) -> None:
    clear(store, account("A"), account("B"))
    hold(store, {"t1": ("account:A",)})
    due(store)
    run_sql(url, "ALTER TABLE links RENAME TO elsewhere")
    with pytest.raises(StoreBroken, match="missing"):
        hold(store, {"t1": ("account:B",)})
    run_sql(url, "ALTER TABLE elsewhere RENAME TO links")
    assert store.due_accounts(10) == []
    assert store.tickets_with(["account:A", "account:B"]) == {"account:A": ("t1",), "account:B": ()}
