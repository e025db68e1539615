"""Which tickets are alike: by their words' stems, the rarer a word the more it tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import TicketId
from hub.suggest.likeness import Likeness
from hub.suggest.rows import Row, account_of, row_of
from tests.unit.hub.brief.threads import BO, BOT, RUSSIAN, THREAD, said, ticket
from tests.unit.hub.suggest.talk import CHECKOUT, EVERYDAY, LOGIN_RU

TEXTS = (*EVERYDAY, *CHECKOUT, *LOGIN_RU)
ROWS = [Row(TicketId(f"zendesk:{i}"), text, name=f"#{i}", done=i % 2 == 0) for i, text in enumerate(TEXTS)]
INDEX = Likeness.of(ROWS)


def test_the_same_trouble_in_other_words_is_nearest() -> None:
    """Each of a burst finds mostly the others, in English and in Russian."""
    for texts in (CHECKOUT, LOGIN_RU):
        for text in texts:
            found = INDEX.nearest(text, 4)
            assert found[0].likeness == pytest.approx(1.0, abs=1e-3)
            assert sum(TEXTS[int(n.row.name[1:])] in texts for n in found) >= 3


def test_only_wanted_ones_and_only_alike_ones() -> None:
    assert all(n.row.done for n in INDEX.nearest(CHECKOUT[0], 5, wanted=lambda row: row.done))
    assert INDEX.nearest("qwertz uiopü", 5) == []
    assert INDEX.nearest("", 5) == Likeness.of([]).nearest("checkout", 5) == []


def test_it_keeps_no_text() -> None:
    assert all(row.text == "" for row in INDEX.rows)
    assert b"pay button" not in INDEX.dump()


def test_a_dump_is_the_index_again() -> None:
    again = Likeness.load(INDEX.dump())
    assert again.nearest(CHECKOUT[0], 9) == INDEX.nearest(CHECKOUT[0], 9)
    with pytest.raises(ValueError, match=r"truncated|malformed|Expected"):
        _ = Likeness.load(b"\x93nothing")


ALL = list(range(len(TEXTS)))


@given(
    st.lists(st.sampled_from(ALL), unique=True, max_size=12),
    st.lists(st.sampled_from(ALL), unique=True, max_size=12),
)
def test_an_updated_index_is_one_built_anew(gone: list[int], changed: list[int]) -> None:
    """Whatever is added, changed or removed: the same neighbours, equally near."""
    out = {ROWS[i].id for i in gone}
    fresh = [Row(ROWS[i].id, TEXTS[-1 - i], name=f"#{i}") for i in changed]
    new = {row.id for row in fresh}
    expected = Likeness.of([*(r for r in ROWS if r.id not in out | new), *fresh])
    found = INDEX.updated(fresh, out)
    assert len(found) == len(expected)
    for text in (CHECKOUT[0], EVERYDAY[3]):
        assert found.nearest(text, 50) == expected.nearest(text, 50)


class TestRows:
    def test_a_ticket_is_its_customers_first_words(self) -> None:
        row = row_of(ticket(*THREAD, product_area="checkout", group="tier-2", tags=("vip",)))
        assert row.text.startswith("Checkout returns 502\nHi team")
        assert "restarted" not in row.text
        assert row.at == "2026-11-03T14:05:00Z"
        assert row.decided == {"product_area": "checkout", "team": "tier-2"}
        assert (row.name, row.issues, row.tags, row.done) == ("#123", ("SUP-12",), ("vip",), False)

    def test_of_a_solved_one_it_is_known_what_solved_it(self) -> None:
        row = row_of(ticket(*RUSSIAN, status="solved"))
        assert row.solution == "Причина была в пуле соединений, исправили в 4.2.2."

    def test_what_solved_it_was_said_in_public(self) -> None:
        """It is shown on other tickets, on every side: an engineer's note among themselves is not."""
        note = replace(RUSSIAN[4], audience="engineering")
        assert row_of(ticket(*RUSSIAN[:4], note, status="solved")).solution == ""

    def test_what_a_machine_wrote_has_no_text(self) -> None:
        """Its subject neither."""
        assert row_of(ticket(said(1, BOT, "3 14:05", "CPU at 99 %"), subject="ALERT")).text == ""

    def test_customers_are_told_apart(self) -> None:
        """By the account, else the organization, else the company's domain, else the address."""
        held = ticket(**{"account.key": "A1", "organization.id": "7"})
        assert account_of(held) == "account.key:A1"
        assert account_of(ticket(**{"organization.id": "7"})) == "organization.id:7"
        assert account_of(ticket()) == "globex.example"
        assert account_of(ticket(requester="kim@gmail.com")) == "kim@gmail.com"


@pytest.mark.parametrize(
    "answer",
    [
        "The fix: we reset the password of Ana, it is solved now.",
        "The cause was Globex's own proxy, fixed in 4.2.2.",
        "Fixed: the cause was order 88231, we removed it.",
        "Fixed in 4.2.2, the cause was the mailbox ana@globex.example.",
        "The cause is described on https://globex.example/x, fixed in 4.2.2.",
    ],
)
def test_a_solution_names_no_customer(answer: str) -> None:
    """It is shown on tickets of others: what concerns one customer alone is not quoted there."""
    done = ticket(THREAD[0], said(9, BO, "5 10:00", answer), status="solved")
    assert row_of(done).solution == ""
    plain = said(9, BO, "5 10:00", "The cause was the connection pool, fixed in 4.2.2.")
    assert row_of(ticket(THREAD[0], plain, status="solved")).solution
