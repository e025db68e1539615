"""Incidents: several customers, the same trouble, at once, more than usual; in English and Russian, among noise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.suggest.incidents import Incident, incidents, told_on
from hub.suggest.rows import Row
from hub.suggest.rules import IncidentRules
from tests.unit.hub.suggest.talk import (
    CHECKOUT,
    EVERYDAY,
    GATEWAY,
    LOGIN_RU,
    MAIL,
    MONDAY,
    SMS_RU,
    burst,
    everyday,
    row,
)

AT = MONDAY + timedelta(days=12, hours=8)
NOW = "2026-11-14T16:30:00Z"
RULES = IncidentRules()
NOISE = everyday()


def found(rows: list[Row], now: str = NOW) -> tuple[Incident, ...]:
    return incidents(rows, now, RULES)


def test_everyday_tickets_are_no_incident() -> None:
    """A fortnight of questions that come again and again."""
    assert found(NOISE) == ()


def test_nine_accounts_report_the_same() -> None:
    """Since when, who, in which words, and the tickets of all of them."""
    (one,) = found(NOISE + burst(CHECKOUT, AT))
    assert one.tickets == tuple(f"zendesk:{i}" for i in range(1, 10))
    assert len(one.accounts) == 9
    assert one.since == "2026-11-14T14:00:00Z"
    assert {"502", "Checkout"} <= {*one.words}
    assert not one.over
    assert one.told.startswith(
        "at least 7 customers report the same since 2026-11-14 14:00 UTC: “Checkout”, “502”"
    )
    assert "#1, #2, #3, #4 of at least 7 tickets" in one.told


@pytest.mark.parametrize(
    "texts", [CHECKOUT, LOGIN_RU, MAIL, SMS_RU, GATEWAY], ids=lambda texts: texts[0].split("\n")[0]
)
def test_every_one_of_them_is_found(texts: tuple[str, ...]) -> None:
    """English and Russian, each in words of their own; nothing else is drawn in."""
    (one,) = found(NOISE + burst(texts, AT))
    assert one.tickets == tuple(f"zendesk:{i}" for i in range(1, len(texts) + 1))


def test_two_at_once_are_two() -> None:
    assert [len(i.tickets) for i in found(NOISE + burst(CHECKOUT, AT) + burst(LOGIN_RU, AT, start=50))] == [
        9,
        6,
    ]


def test_one_account_that_writes_nine_times_is_one() -> None:
    assert found(NOISE + burst(CHECKOUT, AT, account="acme")) == ()


def test_one_text_that_is_sent_around_is_one_voice() -> None:
    """A newsletter that many forward, a form letter: word for word the same, whoever sends it."""
    letter = "Our autumn offer\nDear customer, save thirty percent on all yearly plans until the end of November, just reply."
    assert found(NOISE + burst((letter,) * 20, AT, every=3)) == ()


def test_what_a_machine_wrote_is_not_counted() -> None:
    """Such rows have no text (`row_of`)."""
    assert found(NOISE + burst(("",) * 20, AT, every=3)) == ()


def test_what_is_usual_is_no_incident() -> None:
    """Five reset requests in four hours are nothing where they come every hour; for a rare trouble they are much."""
    reset = "Password reset\nThe reset mail does not arrive."
    usual = [row(5000 + i, f"{reset} Case {i}", MONDAY + timedelta(hours=i)) for i in range(14 * 24)]
    five = [row(9000 + i, f"{reset} Again {i}", AT + timedelta(minutes=20 * i)) for i in range(5)]
    assert found(NOISE + usual + five) == ()
    assert [len(i.tickets) for i in found([r for r in NOISE if "reset" not in r.text] + five)] == [5]


def test_spread_over_days_is_no_incident() -> None:
    assert found(NOISE + burst(CHECKOUT, MONDAY + timedelta(days=3), every=11 * 60)) == ()


def test_it_proposes_one_issue_for_all() -> None:
    """The one that most of them are linked to; who lacks it is told how to link."""
    rows = burst(CHECKOUT, AT)
    linked = [
        row(1, CHECKOUT[0], AT, issues=("SUP-12",)),
        row(2, CHECKOUT[1], AT, issues=("SUP-12", "SUP-9")),
    ]
    (one,) = found(NOISE + linked + rows[2:])
    assert one.issues == ("SUP-12", "SUP-9")
    assert one.commands()[0] == "hub link zendesk:3 SUP-12"
    assert len(one.commands()) == 7
    assert one.told.endswith("SUP-12 is linked already")
    (none,) = found(NOISE + rows)
    assert none.commands() == ()


def test_it_grows_and_ends() -> None:
    """Under the same name since the same minute; told anew only at some sizes; over when nobody adds to it."""
    rows = burst(CHECKOUT, AT)
    seen = [found(NOISE + rows[:n]) for n in range(1, 10)]
    assert [len(s) for s in seen[:2]] == [0, 0]
    ids = {(s[0].id, s[0].since) for s in seen[3:]}
    assert ids == {("zendesk:1", "2026-11-14T14:00:00Z")}
    assert len({s[0].told for s in seen[5:]}) <= 2
    assert found(NOISE + rows, "2026-11-15T09:00:00Z")[0].over
    assert told_on(found(NOISE + rows)).keys() == {row.id for row in rows}
    assert told_on(found(NOISE + rows, "2026-11-15T09:00:00Z")) == {}
    solved = burst(CHECKOUT, AT, done=True)
    assert found(NOISE + solved)[0].over


def test_a_hub_that_knows_nothing_of_the_time_before_believes_what_many_say() -> None:
    assert len(found(burst(CHECKOUT, AT))) == 1


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(dice: object) -> None:
    rows = NOISE[:100] + burst(CHECKOUT, MONDAY + timedelta(days=3))
    turned = list(rows)
    dice.shuffle(turned)  # pyright: ignore[reportAttributeAccessIssue]
    assert found(turned) == found(rows)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*EVERYDAY, *CHECKOUT, "", "?"]), st.integers(0, 20_000), st.sampled_from("abcd")
        ),
        max_size=40,
    )
)
def test_every_incident_keeps_its_promise(given: list[tuple[str, int, str]]) -> None:
    """Enough accounts, no ticket in two of them, moments in order; odd times and empty texts are passed over."""
    rows = [row(i, text, MONDAY + timedelta(minutes=at), who) for i, (text, at, who) in enumerate(given)]
    made = found([*rows, Row(rows[0].id, "No time", at="yesterday") if rows else row(0, "x", MONDAY)])
    tickets = [ticket for one in made for ticket in one.tickets]
    assert len(tickets) == len({*tickets})
    for one in made:
        assert len(one.accounts) >= RULES.accounts
        assert one.since <= one.last
