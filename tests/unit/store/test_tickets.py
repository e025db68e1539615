"""Tickets come back as they were committed, and are found by whatever people call them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model import (
    JIRA,
    ZENDESK,
    Attachment,
    AttachmentId,
    Comment,
    CommentId,
    Person,
    RemoteId,
    Ticket,
    TicketId,
)
from hub.records import Decision, Reason, Score
from hub.replica import Agreed, Link, Shadow
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, RUN, Clock, comment, decision, link

T1 = TicketId("zendesk:1")


def test_only_tickets_that_are_held_are_loaded(store: SqlStore) -> None:
    store.commit([decision("zendesk:1")], [], RUN, AT)
    assert list(store.load([T1, TicketId("zendesk:2")])) == [T1]


def test_comments_keep_their_order_and_those_gone_are_gone(store: SqlStore) -> None:
    first = decision("zendesk:1", comments=(comment("c9"), comment("c10"), comment("c11")))
    store.commit([first], [], RUN, AT)
    later = decision("zendesk:1", comments=(comment("c9", "edited"), comment("c11"), comment("c2")))
    store.commit([later], [], RUN, AT)
    held = store.load([T1])[T1]
    assert held.ticket == later.ticket
    assert list(held.ticket.comments) == ["c9", "c11", "c2"]
    assert held.revision == 2


def test_tickets_of_answers_for_every_replica(store: SqlStore) -> None:
    shared = [decision(t, links=(link(t, "100"),)) for t in ("zendesk:2", "zendesk:1")]
    gone = decision("zendesk:3", links=(link("zendesk:3", "300", state="gone"),))
    store.commit([*shared, gone], [], RUN, AT)
    wanted = [(JIRA, RemoteId(n)) for n in ("100", "300", "400")] + [(ZENDESK, RemoteId("100"))]
    assert store.tickets_of(wanted) == {
        (JIRA, "100"): ("zendesk:1", "zendesk:2"),
        (JIRA, "300"): ("zendesk:3",),
        (JIRA, "400"): (),
        (ZENDESK, "100"): (),
    }


def test_tickets_of_asks_about_many_replicas_at_once(store: SqlStore) -> None:
    """More names than one statement holds, the same id in two systems: none twice, none missing."""
    links = [(link(f"t{n}", str(n), ZENDESK), link(f"t{n}", str(n), JIRA)) for n in range(0, 1500, 3)]
    store.commit([decision(f"t{3 * n}", links=both) for n, both in enumerate(links)], [], RUN, AT)
    wanted = [(s, RemoteId(str(n))) for s in (ZENDESK, JIRA) for n in range(1500)]
    assert store.tickets_of(wanted) == {(s, n): (f"t{n}",) if int(n) % 3 == 0 else () for s, n in wanted}


def test_a_ticket_is_named_by_id_label_and_remote_id(store: SqlStore) -> None:
    links = (
        link("zendesk:1", "123", ZENDESK, label="#123"),
        link("zendesk:1", "10007", label="SUP-7"),
    )
    store.commit([decision("zendesk:1", links=links), decision("zendesk:2")], [], RUN, AT)
    for name in ("zendesk:1", "#123", "123", "SUP-7", "sup-7", "10007"):
        assert store.named(name) == ["zendesk:1"], name
    assert store.named("SUP-8") == []


def test_tickets_are_counted_and_paged_by_id(store: SqlStore) -> None:
    decisions = [decision(f"t{n}", links=(link(f"t{n}", str(n)),), dirty=n % 2 == 0) for n in range(6)]
    dead = decision("t6", links=(link("t6", "6", state="unlinked"),))
    store.commit([*decisions, dead], [], RUN, AT)
    assert (store.ticket_count(), store.ticket_count(JIRA), store.ticket_count(ZENDESK)) == (
        7,
        6,
        0,
    )
    assert store.ticket_ids(3) == ["t0", "t1", "t2"]
    assert store.ticket_ids(3, "t5") == ["t6"]
    assert store.dirty(2) == ["t0", "t2"]
    assert store.dirty(2, "t2") == ["t4"]
    store.settle([TicketId("t0"), TicketId("t4")])
    assert store.dirty(9) == ["t2"]


names = st.text("abc:-1", min_size=1, max_size=6)
words = st.text(max_size=20)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    words,
    st.lists(words, max_size=3).map(tuple),
)
json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
audiences = st.sampled_from(["public", "internal", "engineering"])
people = st.builds(Person, id=words, name=words, email=st.none() | words)
comments = st.builds(
    Comment,
    id=names.map(CommentId),
    body=words,
    author=people,
    created_at=st.just(AT),
    audience=audiences,
    origin=st.sampled_from([ZENDESK, JIRA]),
    removed=st.booleans(),
)
files = st.builds(
    Attachment,
    id=names.map(AttachmentId),
    name=words,
    content_type=words,
    size=st.integers(0, 2**40),
    audience=audiences,
    origin=st.just(ZENDESK),
    remote_id=names.map(RemoteId),
    on=names.map(RemoteId),
    comment=st.none() | names.map(CommentId),
    sha256=words,
)
tickets = st.builds(
    Ticket,
    id=st.just(T1),
    registers=st.dictionaries(names, values, max_size=4),
    comments=st.lists(comments, max_size=5).map(lambda cs: {c.id: c for c in cs}),
    attachments=st.lists(files, max_size=3).map(lambda fs: {f.id: f for f in fs}),
)
replicas = st.builds(
    Link,
    ticket_id=st.just(T1),
    system=st.sampled_from([ZENDESK, JIRA]),
    remote_id=st.sampled_from(["1", "2", "3"]).map(RemoteId),
    state=st.sampled_from(["live", "gone", "unlinked"]),
    label=st.text("abc#", max_size=4),
    shadow=st.builds(Shadow, registers=st.dictionaries(names, st.builds(Agreed, raw=json, value=values))),
    absences=st.integers(0, 3),
    primary=st.booleans(),
)
scores = st.builds(
    Score,
    priority=st.integers(0, 100),
    label=words,
    escalation_risk=st.floats(0, 1),
    reasons=st.lists(st.builds(Reason, words, st.floats(-50, 50), words)).map(tuple),
)
traces = st.sampled_from(["account:A", "account:B", "domain:a.com", "email:x@a.com", "name:\x00"])
histories = st.lists(
    st.tuples(
        *(tickets, st.lists(replicas, max_size=3), st.none() | scores, st.booleans()),
        *(st.frozensets(traces), st.booleans()),
    ),
    min_size=1,
    max_size=4,
)


@given(histories)
@settings(max_examples=60, deadline=None)
def test_load_returns_what_was_committed_last(
    history: list[tuple[Ticket, list[Link], Score | None, bool, frozenset[str], bool]],
) -> None:
    store = open_store("sqlite://", now=Clock())
    links: dict[tuple[str, str], Link] = {}
    for revision, (ticket, tied, score, dirty, words, done) in enumerate(history, 1):
        one = Decision(ticket, tuple(tied), score, (), (), (), dirty, traces=tuple(words), done=done)
        store.commit([one], [], RUN, AT)
        links |= {(one.system, one.remote_id): one for one in tied}
        held = store.load([T1])[T1]
        assert held.ticket == ticket
        assert list(held.ticket.comments) == list(ticket.comments)
        assert held.links == tuple(links[k] for k in sorted(links))
        assert (held.score, held.dirty, held.revision) == (score, dirty, revision)
        assert held.traces == tuple(sorted(words))
        wanted = store.tickets_with(words)
        assert wanted == dict.fromkeys(words, () if done else (T1,))
    store.close()
