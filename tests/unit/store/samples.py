"""Small values for the store's tests."""

from __future__ import annotations

from dataclasses import dataclass

from hub.account import Account, AccountId, Bond, Contact, Trace
from hub.model import (
    JIRA,
    SALESFORCE,
    ZENDESK,
    Comment,
    CommentId,
    Origin,
    Person,
    RemoteId,
    System,
    Ticket,
    TicketId,
)
from hub.operations import AddComment, CreateReplica, Operation, UpdateReplica
from hub.records import Decision, Parked, Score
from hub.replica import Agreed, Cursor, Link, LinkState, Mark, Observation, Page, Shadow

AT = "2026-01-01T00:00:00Z"
RUN = "run-1"
ANN = Person(id="7", name="Ann", email="ann@example.com")


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    minutes: int = 0
    seconds: int = 0

    def __call__(self) -> str:
        total = self.minutes * 60 + self.seconds
        return f"2026-01-01T{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}Z"


def seen(remote_id: str, word: str = "x", system: System = ZENDESK) -> Observation:
    return Observation(system=system, remote_id=RemoteId(remote_id), raw={"subject": word}, at=AT)


def page(cursor: str, *observations: Observation) -> Page:
    return Page(observations, Cursor(cursor))


def comment(name: str, body: str = "Hello") -> Comment:
    return Comment(CommentId(name), body, ANN, AT, "public", ZENDESK)


def link(
    ticket: str,
    remote_id: str,
    system: System = JIRA,
    state: LinkState = "live",
    label: str = "",
) -> Link:
    shadow = Shadow(
        registers={"subject": Agreed({"deep": [1, None]}, ("a", "b"))},
        comments={CommentId("c1"): Mark(RemoteId("9"), "digest")},
    )
    return Link(TicketId(ticket), system, RemoteId(remote_id), state, label, shadow=shadow)


def update(ticket: str, field: str = "summary", remote_id: str = "100") -> UpdateReplica:
    return UpdateReplica(
        system=JIRA,
        ticket_id=TicketId(ticket),
        remote_id=RemoteId(remote_id),
        expect="",
        changes={field: "new"},
        before={field: "old"},
    )


def create(ticket: str, key: str | None = None) -> CreateReplica:
    name = TicketId(ticket)
    return CreateReplica(system=JIRA, ticket_id=name, key=TicketId(key or ticket), raw={"summary": "new"})


def say(ticket: str, key: str = "c1") -> AddComment:
    return AddComment(
        system=JIRA,
        ticket_id=TicketId(ticket),
        remote_id=RemoteId("100"),
        key=CommentId(key),
        body="Hello",
        public=True,
        audience="public",
        author=ANN,
        created_at=AT,
    )


def refused(ticket: str, slot: str = "field:summary", remote_id: str = "100") -> Parked:
    return Parked(
        ticket_id=TicketId(ticket),
        system=JIRA,
        remote_id=RemoteId(remote_id),
        slot=slot,
        fingerprint="f",
        reason="no",
        code="invalid",
        operation=update(ticket),
    )


def decision(
    ticket: str,
    *operations: Operation,
    word: str = "x",
    links: tuple[Link, ...] = (),
    comments: tuple[Comment, ...] = (),
    dirty: bool = False,
    traces: tuple[Trace, ...] = (),
    done: bool = False,
) -> Decision:
    return Decision(
        ticket=Ticket(
            id=TicketId(ticket),
            registers={"subject": word, "tags": ("a", "b")},
            origins={"subject": Origin(ZENDESK, AT, RUN)},
            comments={c.id: c for c in comments},
        ),
        links=links,
        score=Score(50, "normal", 0.25),
        conflicts=(),
        losses=(),
        operations=operations,
        dirty=dirty,
        traces=traces,
        done=done,
    )


def account(
    name: str,
    *traces: Trace,
    word: str = "enterprise",
    parent: str = "",
    gone: bool = False,
    into: str = "",
    shown: str = "",
) -> tuple[Account, frozenset[Trace]]:
    """An account with its own traces, as `take_accounts` takes them."""
    return Account(
        id=AccountId(name),
        system=SALESFORCE,
        name=f"Name of {name}",
        registers={"account.tier": word, "account.arr": 12.5, "account.opportunities": ("a", "b")},
        parent=AccountId(parent),
        gone=gone,
        merged_into=AccountId(into),
        shown={"Worst_Ticket__c": shown} if shown else {},
    ), frozenset(traces)


def contact(name: str, at: str, email: str) -> Contact:
    return Contact(RemoteId(name), SALESFORCE, AccountId(at), f"Name of {name}", email)


def bond(trace: Trace, to: str) -> Bond:
    return Bond(trace, AccountId(to), by="ann", at=AT)
