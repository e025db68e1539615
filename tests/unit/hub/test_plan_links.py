"""What `plan` makes of links, deletions and creations: pure, on clusters made by hand."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Cluster, Look, Replica
from hub.model import JIRA, RemoteId, Ticket
from hub.note import Circle, consequence
from hub.operations import AddComment, CreateReplica, Done
from hub.records import Held
from hub.replica import Gone, Link, Observation
from tests.unit.hub.clusters import (
    FULL,
    ISSUE,
    NOW,
    ONE,
    POLICY,
    TICKET,
    agreed,
    decide,
    decision,
    field,
    kinds,
    only,
    settled,
    shown,
)


def alone(registers: dict[str, object], *links: Link) -> Cluster:
    """A ticket that has no issue yet."""
    held = Held(Ticket(ONE, dict(registers)), (agreed(TICKET, registers), *links))
    return Cluster({ONE: held}, {TICKET: shown(TICKET, registers)}, fresh=frozenset({TICKET}))


def state_of(cluster: Cluster, replica: Replica) -> Link:
    links = decision(decide(cluster)).links
    return next(k for k in links if (k.system, k.remote_id) == replica)


def test_a_complete_ticket_is_handed_over_and_awaited() -> None:
    """A creation carries the ticket's key, is awaited, and nothing else is asked in that round."""
    made = decide(alone({**FULL}))
    create = only(made.operations)
    assert isinstance(create, CreateReplica)
    assert (create.key, create.raw["summary"]) == (ONE, "Crash")
    [link] = [k for k in decision(made).links if k.system == JIRA]
    assert (link.state, link.asked_at) == ("awaited", NOW)
    assert decision(made).unfinished


def test_an_awaited_creation_is_not_asked_again() -> None:
    """Until its answer is known, a second one would be a double."""
    first = decision(decide(alone({**FULL})))
    again = decide(replace(alone({**FULL}), held={ONE: Held(first.ticket, first.links)}))
    assert "CreateReplica" not in kinds(again.operations)


def test_what_carries_our_key_is_what_we_asked_for() -> None:
    """A found replica takes the awaited link's place, whatever became of the answer."""
    first = decision(decide(alone({**FULL})))
    cluster = alone({**FULL})
    found = shown(ISSUE, FULL, key=ONE)
    seen = {**cluster.seen, ISSUE: found}
    made = decide(replace(cluster, held={ONE: Held(first.ticket, first.links)}, seen=seen))
    [link] = [k for k in decision(made).links if k.system == JIRA]
    assert (link.state, link.remote_id, link.label) == ("live", ISSUE.remote_id, found.label)


def test_an_edit_right_after_the_creation_is_an_edit() -> None:
    """What was asked for is remembered: an engineer who was quicker than our first look loses nothing."""
    made = decide(alone({**FULL}))
    first, create = decision(made), only(made.operations)
    [awaited] = [k for k in first.links if k.system == JIRA]
    done = Done(remote_id=ISSUE.remote_id, label="SUP-100", url="https://jira.example/SUP-100")
    result = consequence(create, done, Circle({ONE: first.ticket}, {ONE: awaited}), POLICY, NOW)
    links = tuple(k for k in first.links if k.system != JIRA) + result.links
    seen = {**alone({**FULL}).seen, ISSUE: shown(ISSUE, {**FULL, "subject": "quicker"}, key=ONE)}
    later = Cluster({ONE: Held(first.ticket, links)}, seen, fresh=frozenset(seen))
    assert decision(decide(later)).ticket.get("subject") == "quicker"


def test_missing_context_is_told_once_and_nothing_is_created() -> None:
    lacking = {k: v for k, v in FULL.items() if k not in ("severity", "impact.environment")}
    made = decide(alone(lacking))
    assert "CreateReplica" not in kinds(made.operations)
    [note] = [o for o in made.operations if isinstance(o, AddComment)]
    assert "Severity" in note.body
    assert "Environment" in note.body
    assert not note.public
    assert note.audience == "internal"
    assert str(decision(made).ticket.get("handoff.state")).startswith("Waiting for")


def test_absence_is_believed_at_the_second_look() -> None:
    """One unreadable look may be a lost permission."""
    calm = settled()
    nowhere = Observation(JIRA, ISSUE.remote_id, gone=Gone("absent"))
    once = replace(calm, seen={**calm.seen, ISSUE: nowhere})
    link = state_of(once, ISSUE)
    assert (link.state, link.absences) == ("live", 1)
    links = decision(decide(once)).links
    twice = replace(once, held={ONE: replace(once.held[ONE], links=links)})
    assert state_of(twice, ISSUE).state == "gone"
    back = replace(calm, held={ONE: replace(calm.held[ONE], links=links)})
    assert state_of(back, ISSUE).absences == 0


def test_a_deleted_issue_is_told_and_never_made_again() -> None:
    calm = settled()
    gone = Observation(JIRA, ISSUE.remote_id, gone=Gone("deleted"))
    made = decide(replace(calm, seen={**calm.seen, ISSUE: gone}))
    assert state_of(replace(calm, seen={**calm.seen, ISSUE: gone}), ISSUE).state == "gone"
    assert "CreateReplica" not in kinds(made.operations)
    assert [o for o in made.operations if isinstance(o, AddComment) and "no longer exists" in o.body]


def test_a_ticket_that_is_gone_makes_no_issue() -> None:
    """Nobody is left to hand it over."""
    cluster = alone({**FULL})
    gone = replace(cluster.seen[TICKET], gone=Gone("deleted"))
    made = decide(replace(cluster, seen={TICKET: gone}))
    assert list(made.operations) == []


def test_an_unknown_key_is_looked_up_before_anything_is_said() -> None:
    """A typed name is looked for; one that nobody has is told as a loss, and links nothing."""
    cluster = alone({k: v for k, v in FULL.items() if k != "needs_engineering"})
    raw = {**(cluster.seen[TICKET].raw or {}), field(TICKET.system, "engineering.issues"): "SUP-9"}
    typed = replace(cluster, seen={TICKET: replace(cluster.seen[TICKET], raw=raw)})
    assert Look(JIRA, "SUP-9", whole=True) in decide(typed).looks
    missing = decide(replace(typed, missing=frozenset({(JIRA, "SUP-9")})))
    assert not missing.looks
    assert [x for x in decision(missing).losses if "SUP-9" in x.detail]
    issue = shown(Replica(JIRA, RemoteId("9")), {"subject": "theirs"})
    there = replace(typed, seen={**typed.seen, Replica(JIRA, RemoteId("9")): issue})
    joined = next(k for k in decision(decide(there)).links if k.system == JIRA)
    assert (joined.state, joined.primary) == ("live", True)


def test_a_tombstone_is_not_brought_back_by_a_rule() -> None:
    """`create_when` makes no issue for a ticket that once had one, however that ended."""
    for state in ("gone", "unlinked"):
        cluster = alone({**FULL}, agreed(ISSUE, FULL, state=state))
        assert "CreateReplica" not in kinds(decide(cluster).operations)
