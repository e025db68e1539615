"""What an account shows of its tickets: worst first, the same in any order, moved only by events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import JIRA, ZENDESK, Audience, Comment, CommentId, Origin, Person, System, Ticket, TicketId
from hub.records import Score
from hub.registers import find
from hub.support import SUMMARY, account_context, by_customer, sentiment_trend, support_of

NOW = "2026-11-21T10:00:00Z"
ANN, AGENT = "ann@acme.example", "agent@support.example"
BAD, GOOD, PLAIN = "This is terrible, nobody answers.", "Great, thank you!", "The file is attached."


def ticket(number: int = 1, said: tuple[tuple[str, str, str], ...] = (), **registers: Any) -> Ticket:
    """Return a ticket of Ann's; `said` holds time, speaker and text of public comments; dots are `__`."""
    comments = {c.id: c for n, (at, who, body) in enumerate(said) for c in [remark(n, at, who, body)]}
    named = {name.replace("__", "."): value for name, value in registers.items()}
    origins = {"engineering.status": Origin(JIRA, "2026-11-20T12:00:00Z")}
    given = {"requester": ANN, "subject": "Export fails", "status": "open", **named}
    return Ticket(TicketId(f"zendesk:{number}"), given, origins, comments)


def remark(
    number: int, at: str, who: str, body: str, audience: Audience = "public", origin: System = ZENDESK
) -> Comment:
    """Return a comment; a day alone is a time too."""
    at = at if "T" in at else f"{at}T09:00:00Z"
    return Comment(CommentId(f"zendesk:1:{number}"), body, Person(email=who), at, audience, origin)


# one ticket -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "status", "state"),
    [
        ("2026-11-21T09:59:59Z", "open", "breached"),
        ("2026-11-21T10:00:00Z", "open", "breached"),
        ("2026-11-22T10:00:00Z", "open", "soon"),
        ("2026-11-22T10:00:01Z", "open", "ok"),
        ("2026-11-21T09:00:00Z", "solved", None),
        (None, "open", None),
        ("tomorrow", "open", None),
        ("Today at 10", "open", None),
        ("2026-11-21T10:00:00", "open", None),
    ],
)
def test_the_state_of_the_sla(due: Any, status: str, state: Any) -> None:
    """Past, within a day, later; nothing where nothing is due any more."""
    assert support_of(ticket(sla__due=due, status=status), NOW)["sla.state"] == state


@pytest.mark.parametrize(
    ("registers", "state"),
    [
        ({"sla__customer_due": "2026-11-21T09:00:00Z", "sla__customer_state": "ok"}, "breached"),
        ({"sla__customer_due": "2026-11-21T11:00:00Z", "sla__customer_state": "ok"}, "ok"),
        ({"sla__customer_due": "2026-11-23T11:00:00Z", "sla__customer_state": "soon"}, "soon"),
        ({"sla__customer_state": "paused"}, None),
        ({"sla__customer_due": "2026-11-21T09:00:00Z", "sla__due": "2026-11-25T09:00:00Z"}, "ok"),
        ({"sla__customer_due": "2026-11-25T09:00:00Z", "sla__due": "2026-11-21T09:00:00Z"}, "breached"),
        ({"sla__customer_due": "2026-11-21T09:00:00Z", "status": "solved"}, None),
    ],
)
def test_where_no_contract_is_stated_our_own_clock_is(registers: Any, state: Any) -> None:
    """For the people of an account; to miss it is no breach of a contract, or of one that leaves more time."""
    one = ticket(**registers)
    assert account_context([(one, None)], NOW)["sla.state"] == state
    assert (support_of(one, NOW)["sla.state"] is None) == ("sla__due" not in registers or "status" in registers)


def test_last_contact_is_the_latest_public_word() -> None:
    """Of either side; internal notes and what was taken back do not count."""
    one = ticket(1, (("2026-11-01", ANN, "a"), ("2026-11-03", AGENT, "b")))
    note = remark(9, "2026-11-04", AGENT, "note", "internal")
    gone = Comment(CommentId("x"), "", Person(), "2026-11-05T00:00:00Z", "public", ZENDESK, removed=True)
    more = Ticket(one.id, one.registers, one.origins, {**one.comments, note.id: note, gone.id: gone})
    assert support_of(more, NOW)["support.last_contact"] == "2026-11-03T09:00:00Z"
    assert support_of(ticket(), NOW)["support.last_contact"] is None


@pytest.mark.parametrize(
    ("said", "untold"),
    [
        ((), True),
        ((("2026-11-20T11:59:59Z", AGENT, "soon"),), True),
        ((("2026-11-20T12:00:01Z", AGENT, "fixed!"),), False),
        ((("2026-11-20T12:00:01Z", ANN, "any news?"),), True),
        ((("2026-11-20T12:00:01Z", "bob@acme.example", "any news?"),), True),
        ((("2026-11-20T12:00:01Z", ANN, "?"), ("2026-11-20T13:00:00Z", AGENT, "fixed!")), False),
    ],
)
def test_who_was_told_of_a_fix(said: Any, untold: bool) -> None:
    """Only a word of ours after engineering finished tells the customer; their own does not."""
    one = ticket(1, said, engineering__status="Done")
    assert support_of(one, NOW, fixed=True)["support.fixed_not_told"] is untold
    assert support_of(one, NOW, fixed=False)["support.fixed_not_told"] is False
    assert support_of(one, NOW)["support.fixed_not_told"] is None
    assert support_of(ticket(1, said), NOW, fixed=True)["support.fixed_not_told"] is None


def test_who_is_the_customer() -> None:
    """The requester and colleagues are; agents, engineers and strangers at the same mail provider are not."""
    one = ticket(assignee=AGENT)
    assert by_customer(remark(1, NOW, ANN, ""), one)
    assert by_customer(remark(1, NOW, "bob@acme.example", ""), one)
    assert not by_customer(remark(1, NOW, AGENT, ""), one)
    assert not by_customer(remark(1, NOW, "bob@acme.example", "", origin=JIRA), one)
    assert not by_customer(remark(1, NOW, "bob@gmail.com", ""), ticket(requester="ann@gmail.com"))
    inside = ticket(requester="ann@support.example", assignee=AGENT)
    assert not by_customer(remark(1, NOW, "bob@support.example", ""), inside)
    nameless = Comment(CommentId("c"), "", Person("42"), NOW, "public", ZENDESK)
    assert by_customer(nameless, ticket(requester="zendesk:42"))
    assert not by_customer(nameless, ticket(requester=None))


# an account -------------------------------------------------------------------------------------


def story() -> list[tuple[Ticket, Score | None]]:
    """Four tickets of one account: two open, one solved and told, one solved and not told."""
    worst = ticket(
        12,
        (("2026-11-01", ANN, GOOD), ("2026-11-19", ANN, BAD)),
        sla__due="2026-11-21T08:00:00Z",
        support__tone="bad",
        engineering__issues=("SUP-10", "SUP-9"),
        engineering__status="In Progress",
    )
    calm = ticket(
        7, (("2026-11-20", AGENT, "hi"),), subject="How do I\nexport?", sla__due="2026-11-30T08:00:00Z"
    )
    told = ticket(3, status="solved", support__fixed_not_told=False, engineering__status="Done")
    untold = ticket(
        4,
        subject="Crash on login",
        status="solved",
        support__fixed_not_told=True,
        engineering__status="Done",
        engineering__issues=("SUP-2",),
        engineering__fix_version="2.4.1, 2.5",
    )
    return [
        (calm, Score(20, "low", 0.05)),
        (worst, Score(63, "high", 0.62)),
        (told, Score(0, "low", 0.0)),
        (untold, Score(0, "low", 0.0)),
    ]


def test_the_context_of_an_account() -> None:
    """Counts, the worst, what engineering does, and a few lines that a person can read."""
    assert account_context(story(), NOW) == {
        "support.open_tickets": 2,
        "support.worst_risk": 0.62,
        "support.worst_ticket": "#12 Export fails",
        "support.sentiment_trend": "worse",
        "support.last_contact": "2026-11-20T09:00:00Z",
        "support.engineering_status": "SUP-2: Done; SUP-9, SUP-10: In Progress",
        "support.fix_version": "2.4.1, 2.5",
        "sla.state": "breached",
        "support.untold_fixes": 1,
        "support.summary": (
            "2 open tickets; the customer was not told of 1 fix.\n"
            "- #12 Export fails: risk 62%, score 63 (high), SLA breached since 2026-11-21 08:00 UTC, "
            "SUP-9, SUP-10 In Progress, last contact 2026-11-19, the customer sounds unhappy\n"
            "- #7 How do I export?: risk 5%, score 20 (low), SLA due 2026-11-30 08:00 UTC, "
            "last contact 2026-11-20\n"
            "- #4 Crash on login: solved; fixed in SUP-2, not told"
        ),
    }


def test_an_account_without_tickets_shows_zeros_and_nothing() -> None:
    """Nothing is made up where there is nothing."""
    context = account_context([], NOW)
    assert {name for name, value in context.items() if value is not None} == {
        "support.open_tickets",
        "support.untold_fixes",
    }
    assert all(find(name) is not None for name in context)


@given(st.permutations(story()))
def test_the_order_of_tickets_does_not_show(tickets: list[tuple[Ticket, Score | None]]) -> None:
    """The same tickets make the same context, so that nothing is written for nothing."""
    assert account_context(tickets, NOW) == account_context(story(), NOW)


@pytest.mark.parametrize("now", ["2026-11-21T08:00:00Z", "2026-11-21T23:59:59Z", "2026-11-28T10:00:00Z"])
def test_the_clock_alone_changes_nothing(now: str) -> None:
    """While no deadline comes near, a week passes without a write."""
    assert account_context(story(), now) == account_context(story(), NOW)


@given(st.integers(0, 40), st.integers(0, 300), st.sampled_from(["x", "🙂", "word "]))
def test_a_summary_stays_a_summary(tickets: int, length: int, piece: str) -> None:
    """However many tickets, and however long their names: few lines, and the rest is counted."""
    many = [(ticket(n, subject=piece * length), Score(n, "low", n / 100)) for n in range(tickets)]
    text = str(account_context(many, NOW)["support.summary"] or "")
    named = [line for line in text.splitlines()[1:] if line.startswith("- #")]
    assert len(text) <= SUMMARY
    assert len(named) <= 10
    left = tickets - len(named)
    assert (f"- and {left} more" in text) == (left > 0)


def test_long_lines_make_fewer_of_them() -> None:
    """A summary has room for what there is room for."""
    many = [(ticket(n, engineering__status="very long " * 40), None) for n in range(9)]
    text = str(account_context(many, NOW)["support.summary"])
    assert len(text) <= SUMMARY
    assert text.splitlines()[-1] == "- and 5 more"


@pytest.mark.parametrize(
    ("said", "trend"),
    [
        ((), None),
        ((("2026-11-19", BAD),), None),
        ((("2026-10-01", GOOD), ("2026-11-19", BAD)), None),
        ((("2026-11-01", GOOD), ("2026-11-19", BAD)), "worse"),
        ((("2026-11-05", BAD), ("2026-11-19", GOOD)), "better"),
        ((("2026-11-06", BAD), ("2026-11-19", GOOD)), None),
        ((("long ago", BAD), ("2026-11-19", GOOD)), None),
        (
            (("2026-11-01", PLAIN), ("2026-11-02", GOOD), ("2026-11-19", PLAIN), ("2026-11-20", GOOD)),
            "steady",
        ),
    ],
)
def test_the_trend_sets_a_fortnight_against_the_one_before(said: Any, trend: Any) -> None:
    """It ends with the customer's newest word, not today: silence moves nothing, nor do our words."""
    theirs = tuple((day, ANN, text) for day, text in said)
    ours = (("2026-11-21", AGENT, BAD),)
    assert sentiment_trend([ticket(1, theirs + ours)]) == trend
    apart = [ticket(n, (one,)) for n, one in enumerate(theirs)]
    assert sentiment_trend(apart) == sentiment_trend(apart[::-1]) == trend
