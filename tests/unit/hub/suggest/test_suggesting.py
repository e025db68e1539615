"""Suggestions: only where something speaks for them, and never against what people chose."""

from __future__ import annotations

from typing import Any

from hub.model import TicketId
from hub.suggest.rows import Near, Row
from hub.suggest.rules import RoutingRules, load_routing
from hub.suggest.suggesting import suggestions
from tests.unit.hub.brief.threads import ANA, BOT, said, ticket
from tests.worlds import MAPPINGS

SHIPPED = load_routing((MAPPINGS / "routing.yaml").read_text(encoding="utf-8"), "routing.yaml")


def rules(text: str) -> RoutingRules:
    return load_routing(text, "routing.yaml")


def asked(text: str, **changes: Any) -> Any:
    """A ticket with nothing but its customer's words."""
    plain = {"product_area": None, "type": None, "group": None, "impact.blocked": None, "tags": None}
    return ticket(said(1, ANA, "3 14:05", text), **{"subject": "Help", **plain, **changes})


def near(number: int, likeness: float = 0.5, solution: str = "", **decided: str) -> Near:
    row = Row(TicketId(f"zendesk:{number}"), name=f"#{number}", decided=decided, done=True, solution=solution)
    return Near(row, likeness)


class TestRules:
    def test_words_speak_in_any_form(self) -> None:
        """English and Russian; the reason quotes the words as they stand there."""
        found = suggestions(asked("We were charged twice, see both invoices."), SHIPPED)
        assert found.value("product_area") == "billing"
        assert (
            found.registers()["suggested.why"]
            == "Product area billing: rule billing (“invoices”, “charged twice”)"
        )
        russian = suggestions(asked("Пришлите счета за октябрь."), SHIPPED)
        assert russian.registers()["suggested.why"] == "Product area billing: rule billing (“счета”)"

    def test_a_phrase_stands_side_by_side(self) -> None:
        assert suggestions(asked("The app of our mobile van crashed."), SHIPPED).value("product_area") is None
        assert suggestions(asked("Your mobile apps crash."), SHIPPED).value("product_area") == "mobile"

    def test_never_silences_a_rule(self) -> None:
        made = rules("rules: {r: {words: [report], never: [bug report], suggest: {product_area: reporting}}}")
        assert suggestions(asked("The report is empty"), made).value("product_area") == "reporting"
        assert suggestions(asked("A bug report: the report is empty"), made).found == ()

    def test_a_condition_must_hold(self) -> None:
        made = rules(
            "rules: {r: {words: [slow], when: 'account.tier == \"enterprise\"', suggest: {team: vip}}}"
        )
        assert suggestions(asked("It is slow"), made).value("team") == "vip"
        assert suggestions(asked("It is slow", **{"account.tier": "starter"}), made).found == ()

    def test_two_rules_of_equal_weight_suggest_nothing(self) -> None:
        """Neither leads by the margin; a heavier one does, and `first` takes the first."""
        text = "rules: {a: {words: [slow], suggest: {team: a}}, b: {words: [page], WEIGHTsuggest: {team: b}}}"
        assert suggestions(asked("A slow page"), rules(text.replace("WEIGHT", ""))).found == ()
        assert (
            suggestions(asked("A slow page"), rules(text.replace("WEIGHT", "weight: 2, "))).value("team")
            == "b"
        )
        first = rules("match: first\n" + text.replace("WEIGHT", "weight: 2, "))
        assert suggestions(asked("A slow page"), first).value("team") == "a"

    def test_all_tags_that_are_spoken_for(self) -> None:
        made = rules("rules: {a: {words: [leak], suggest: {tags: [security, privacy]}}}")
        assert suggestions(asked("Your page leaks data", tags=("security",)), made).tags == ("privacy",)


class TestPeopleDecide:
    def test_what_they_chose_is_not_suggested_again(self) -> None:
        assert (
            suggestions(asked("Which invoice?", product_area="billing"), SHIPPED).value("product_area")
            is None
        )

    def test_another_choice_than_theirs_is_shown_beside_it(self) -> None:
        """It may be a mistake; only the `suggested.*` registers are ever returned."""
        found = suggestions(asked("Which invoice?", product_area="mobile"), SHIPPED).registers()
        assert found["suggested.product_area"] == "billing"
        assert all(name.startswith("suggested.") for name in found)

    def test_machines_are_not_classified(self) -> None:
        alert = ticket(
            said(1, BOT, "3 14:05", "Invoice job failed: 502"), subject="ALERT invoice", requester=None
        )
        assert suggestions(alert, SHIPPED).found == ()


class TestNeighbours:
    def test_solved_tickets_vote(self) -> None:
        """Named with what solved the most alike of them."""
        found = suggestions(
            asked("Zq vw"),
            SHIPPED,
            [near(1, 0.9, "restarted the pool", team="ops"), near(2, team="ops"), near(3, 0.1, team="web")],
        )
        assert found.value("team") == "ops"
        assert found.registers()["suggested.why"] is not None

    def test_a_unanimous_vote_is_enough_a_mixed_one_adds_to_a_rule(self) -> None:
        mixed = [near(1, team="ops"), near(2, team="ops"), near(3, team="web")]
        lone = rules("enough: 1.0")
        assert suggestions(asked("Zq"), lone, mixed).found == ()
        told = suggestions(
            asked("Zq"), lone, [near(1, 0.6, "restarted the pool", team="ops"), near(2, team="ops")]
        )
        assert told.registers()["suggested.why"] == "Team ops: like #1, #2 (solved: “restarted the pool”)"
        both = rules("enough: 1.5\nrules: {a: {words: [zq], suggest: {team: ops}}}")
        assert suggestions(asked("Zq"), both, mixed).value("team") == "ops"

    def test_open_unlike_and_lonely_ones_do_not_vote(self) -> None:
        open_ones = [Near(Row(TicketId(f"z:{n}"), decided={"team": "ops"}), 0.9) for n in range(5)]
        for given in (
            open_ones,
            [near(1, 0.1, team="ops"), near(2, 0.1, team="ops")],
            [near(1, 0.9, team="ops")],
        ):
            assert suggestions(asked("Zq"), rules("enough: 0.5"), given).found == ()
