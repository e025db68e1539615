"""How choices are read: tolerant of how people write, deaf to who may not choose."""

from __future__ import annotations

import pytest

from hub.desk.rules import hours_in
from hub.desk.words import KEEP, Choice, choice_of, chosen_in, tags_of
from hub.model import HUB, JIRA, ZENDESK, Audience, Comment, CommentId, Person, Ticket, TicketId

TICKET = Ticket(TicketId("zendesk:1"), {"requester": "kim@customer.example"})
AT = "2026-01-02T03:04:05Z"


def said(body: str, audience: Audience = "internal", email: str = "ann@us.example", name: str = "Ann") -> list[Choice]:
    who = Person("1", name, email)
    comment = Comment(CommentId("zendesk:1:7"), body, who, AT, audience, ZENDESK)
    return list(chosen_in(comment, TICKET))


@pytest.mark.parametrize(
    ("body", "use", "about"),
    [
        ("/conflict keep", KEEP, ""),
        ("/conflict use jira", "jira", ""),
        ("/Conflict  USE  Jira.", "jira", ""),
        ("hub: use zendesk", "zendesk", ""),
        ("Hub: use Zendesk's", "zendesk", ""),
        ("Hub: use Zendesk\u2019s value!", "zendesk", ""),
        ("conflict: keep it", KEEP, ""),
        ("/conflict keep both", KEEP, ""),
        ("/conflict take what jira said", "jira", ""),
        ("/conflict use before", HUB, ""),
        ("/conflict use salesforce for Business impact", "salesforce", "business impact"),
        ("/conflict keep for #7.", KEEP, "#7"),
        ("They are right.\n\n   /conflict use jira   \nThanks", "jira", ""),
        ("\\/conflict use jira", "jira", ""),
    ],
)
def test_a_choice_is_read_as_people_write_it(body: str, use: str, about: str) -> None:
    [choice] = said(body)
    assert (choice.use, choice.about, choice.at, choice.by) == (use, about, AT, "Ann in Zendesk")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "we had a /conflict use jira in mind",
        "> /conflict use jira",
        "- `/conflict use jira`: put it on every side",
        "hub: keep in mind that she calls back",
        "hub: use the other one please",
        "/conflict",
        "/conflict use",
        "/conflict use jira and close it",
        "conflict use jira",
    ],
)
def test_what_is_no_line_of_its_own_chooses_nothing(body: str) -> None:
    assert said(body) == []


def test_only_colleagues_among_themselves_are_heard() -> None:
    """keeps_secrets, and nobody from outside decides: not in public, not the customer, not a machine."""
    body = "/conflict use jira"
    assert said(body, "engineering")
    assert not said(body, "public")
    assert not said(body, email="kim@customer.example")
    assert not said(body, email="noreply@us.example", name="Automation for Jira")


def test_who_speaks_among_engineers_alone_is_not_named_elsewhere() -> None:
    [choice] = said("/conflict keep", "engineering")
    assert choice.by == "somebody in Zendesk"


@pytest.mark.parametrize(
    ("tag", "use"),
    [
        ("conflict_keep", KEEP),
        ("conflict-keep", KEEP),
        ("hub_conflict_kept", KEEP),
        ("conflict_use_jira", "jira"),
        ("Conflict-Use-Jira", "jira"),
        ("conflict_use_before", HUB),
    ],
)
def test_a_tag_chooses(tag: str, use: str) -> None:
    choice = choice_of(tag, JIRA, AT)
    assert choice is not None
    assert (choice.use, choice.tag) == (use, tag)


def test_other_tags_are_left_alone() -> None:
    assert tags_of(("conflict_keep", "conflict", "conflict_use", "vip", "conflict_of_interest")) == ("conflict_keep",)
    assert tags_of(None) == tags_of("conflict_keep") == ()


def test_of_two_words_at_once_the_careful_one_comes_first() -> None:
    keep, use = choice_of("conflict_keep", ZENDESK, AT), choice_of("conflict_use_jira", ZENDESK, AT)
    assert keep is not None and use is not None
    assert sorted([use, keep]) == [keep, use]


@pytest.mark.parametrize(("text", "hours"), [("36h", 36), ("2d", 48), ("1w", 168), ("2 days", 48), (" 3H ", 3)])
def test_spans_are_read(text: str, hours: float) -> None:
    assert hours_in(text) == hours


@pytest.mark.parametrize("text", ["", "2", "d", "0d", "-1d", "2m", "1.5d", "99999d"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert hours_in(text) is None


def test_a_line_without_end_costs_nothing_and_chooses_nothing() -> None:
    """A customer can write it, too: each of these took minutes once."""
    for head in ("/conflict keep", "/conflict use jira", "hub: use jira for"):
        assert said(f"{head}{' ' * 300_000}x y") == []
        assert said(f"{' ' * 300_000}{head}{' ' * 300_000}x\n/conflict keep")[0].use == KEEP
