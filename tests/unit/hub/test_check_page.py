"""The page of `hub mappings check --html`: it stands by itself, tells all, and breaks on nothing that it shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from hub.check import Report, check
from hub.check_losses import EXAMPLES, tallies
from hub.check_page import MEANING, as_page
from hub.hops import WORTH, Arrival, Hop
from hub.mapping import load
from hub.model import System, TicketId
from hub.problems import Place, Problem
from hub.records import Loss
from tests.worlds import MAPPINGS, SCHEMAS, PlainDialect

_VOID = {"meta", "br", "input", "link", "img", "hr"}


def report() -> Report:
    """Return the report on the demo files of all three sides."""
    files = {name: load((MAPPINGS / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml") for name in SCHEMAS}
    accounts = files.pop("accounts"), SCHEMAS["accounts"]
    return check(files.values(), SCHEMAS, dict.fromkeys(files, PlainDialect()), accounts)


def lost(number: int, **changed: object) -> Loss:
    made = Loss(
        TicketId(f"zendesk:{number}"), System("jira"), "subject", "cut", "at 255 characters",
        id=number, at=f"2026-05-{number:02}T10:00:00Z",
    )  # fmt: skip
    return replace(made, **changed)


class Checker(HTMLParser):
    """Every tag is closed in its turn; ids are unique; what is linked to is there."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def read(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    return checker


def words(page: str) -> str:
    return " ".join(" ".join(read(page).text).split())


@pytest.fixture(scope="module")
def whole() -> Report:
    return report()


class TestDocument:
    def test_it_is_well_formed(self, whole: Report) -> None:
        """Tags close in their turn, ids are unique, links within the page lead somewhere."""
        page = read(as_page(whole, [lost(1)], at="1 May 2026"))
        assert page.open == []
        assert len(set(page.ids)) == len(page.ids)
        assert page.links
        assert {link.removeprefix("#") for link in page.links} <= set(page.ids)

    def test_it_stands_by_itself(self, whole: Report) -> None:
        """Nothing is loaded, nothing runs: it may be sent by mail or put behind any policy."""
        page = as_page(whole, [lost(1)])
        assert "<script" not in page
        assert "url(" not in page
        assert "@import" not in page
        loading = [(t, n) for t, n, _ in read(page).attributes if n in {"src", "srcset", "data", "action"}]
        assert loading == []
        assert not [n for _, n, _ in read(page).attributes if n.startswith("on")]
        assert "default-src 'none'" in page

    def test_it_is_for_every_reader(self, whole: Report) -> None:
        """A language, a title, one main heading, headed tables, labelled boxes, bars in words, light and dark, paper."""
        page = as_page(whole)
        assert '<html lang="en">' in page
        assert page.count("<h1>") == 1
        assert "prefers-color-scheme: dark" in page
        assert "@media print" in page
        bars = [v for t, n, v in read(page).attributes if (t, n) == ("span", "aria-label")]
        assert len(bars) == 2 * len(whole.hops)
        assert all(re.fullmatch(r"(\d+ [a-z ]+)(, \d+ [a-z ]+)*", bar) for bar in bars)
        assert page.count("<label>") == page.count('type="checkbox"')

    def test_whatever_it_shows_is_text(self) -> None:
        """Names and messages come from systems and files: none of them is markup."""
        evil = "<b onclick=x>&\"'`"
        hop = Hop(System(evil), System("jira"), (Arrival(evil, evil, "native", evil, evil, evil, evil),))
        place = Place(evil, 1, 2)
        made = Report((Problem(place, evil),), (hop,), 1)
        page = as_page(made, [lost(1, ticket_id=TicketId(evil), register=evil, detail=evil)], at=evil,
                       excerpts={place: evil * 2})  # fmt: skip
        assert "<b " not in page.lower()
        assert not [n for _, n, _ in read(page).attributes if n == "onclick"]

    def test_an_empty_report(self) -> None:
        """Files so wrong that no hop is known: the page still says what to do."""
        place = Place("jira.yaml", 3, 5)
        page = as_page(
            Report((Problem(place, "unknown key `fild`"),), (), 1), excerpts={place: "    fild: summary"}
        )
        assert "The hub does not run on these files." in words(page)
        assert "jira.yaml:3:5" in words(page)
        assert "<mark>fild: summary</mark>" in page
        assert 'id="hops"' not in page


class TestContent:
    def test_the_matrix_has_every_pair(self, whole: Report) -> None:
        """Each ordered pair of systems: score, and the shares."""
        page = as_page(whole)
        text = words(page)
        assert len(whole.hops) == 12
        for hop in whole.hops:
            assert f'href="#{hop.origin}-{hop.destination}"' in page
            if hop.counted:
                assert f"{hop.score} of 100" in text
                assert f"{hop.natively:.0%} in fields of its own, {hop.at_all:.0%} arrives" in text
        kept = [hop for hop in whole.hops if not hop.counted]
        assert {hop.destination for hop in kept} == {"email"}
        assert text.count("kept from customers ") >= len(kept)

    def test_each_hop_names_each_register(self, whole: Report) -> None:
        """A row a register: how it arrives, both fields, and why."""
        page = as_page(whole)
        for hop in whole.hops:
            part = page.partition(f'id="{hop.origin}-{hop.destination}"')[2].partition("</details>")[0]
            assert part.count("<tr") == len(hop.arrivals) + 2  # the heads: of the table, of the rest
            for arrival in hop.arrivals:
                assert f"<code>{arrival.register}</code>" in part

    def test_the_score_adds_up_in_words(self, whole: Report) -> None:
        """The sum that is told gives the score that is told."""
        told = re.findall(r"(\d+) context values?: ([^.]+)\. They count ([\d.]+) of (\d+), so the score is (\d+)",
                          words(as_page(whole)))  # fmt: skip
        assert len(told) == sum(bool(hop.counted) for hop in whole.hops)
        for count, parts, points, total, score in told:
            ways = dict(reversed(part.split(" ", 1)) for part in parts.split(", "))
            assert sum(map(int, ways.values())) == int(count) == int(total)
            assert sum(WORTH[how] * int(n) for how, n in ways.items()) == pytest.approx(
                float(points), abs=0.06
            )
            assert round(100 * float(points) / int(total)) == pytest.approx(int(score), abs=1)

    def test_every_way_to_arrive_is_explained_and_can_be_hidden(self, whole: Report) -> None:
        """One box a way that occurs, one rule that hides it, one sentence that says what it means."""
        page = as_page(whole)
        assert MEANING.keys() == WORTH.keys()
        for how in {a.how for h in whole.hops for a in h.arrivals}:
            slug = how.replace(" ", "-")
            assert f'id="show-{slug}" checked' in page
            assert f"body:has(#show-{slug}:not(:checked)) .arrivals tr.{slug}" in page
            assert MEANING[how] in page

    def test_accounts_have_a_table_of_their_own(self, whole: Report) -> None:
        """What is read of an account and where it is shown; what is shown on it."""
        text = words(as_page(whole))
        assert "Accounts are at home in Salesforce." in text
        assert "What the hub reads of an account" in text
        assert "Account field in Salesforce Shown in Zendesk Shown in Jira" in text
        assert "What the hub shows on an account" in text
        assert "up to 255 characters" in text
        assert 'id="accounts"' not in as_page(replace(whole, accounts=None))

    @pytest.mark.parametrize(
        ("severities", "said"),
        [
            ((), "The hub runs on these files."),
            (("warning",), "The hub runs on these files, but look at the warnings."),
            (("warning", "error"), "The hub does not run on these files."),
        ],
    )
    def test_the_verdict(self, whole: Report, severities: tuple[str, ...], said: str) -> None:
        """Whether the hub runs stands first, in words."""
        problems = tuple(Problem(Place("a.yaml", n + 1), "x", s) for n, s in enumerate(severities))  # pyright: ignore[reportArgumentType]
        text = words(as_page(replace(whole, problems=problems)))
        assert said in text
        assert "The weakest hop is" in text


class TestLosses:
    def test_nothing_lost_is_no_section(self, whole: Report) -> None:
        """No ledger, no table."""
        assert 'id="losses"' not in as_page(whole)

    def test_entries_are_counted_by_way_value_and_kind(self) -> None:
        """The most frequent first; the newest examples, of different tickets."""
        losses = [
            *(lost(n) for n in range(1, 7)),
            lost(6, id=60, at="2026-05-31T10:00:00Z", detail="again"),
            lost(9, ticket_id=TicketId("jira:SUP-9"), system=System("zendesk"), what="retyped"),
        ]
        first, second = tallies(losses)
        assert (first.born, first.side, first.register, first.what) == ("zendesk", "jira", "subject", "cut")
        assert (first.count, first.tickets, len(first.newest)) == (7, 6, EXAMPLES)
        assert [x.ticket_id for x in first.newest] == ["zendesk:6", "zendesk:5", "zendesk:4"]
        assert first.newest[0].detail == "again"
        assert (second.born, second.side, second.count) == ("jira", "zendesk", 1)

    def test_the_section_tells_them(self, whole: Report) -> None:
        """People read the value's name, the way, the count, and which ticket to look at."""
        back = lost(
            3, system=System("zendesk"), register="status", what="edit_unseen", detail="`x` is no status"
        )
        text = words(as_page(whole, [lost(1), lost(2), back]))
        assert "There are 3 entries on 3 tickets." in text
        assert "Subject cut Zendesk → Jira 2 zendesk:2 at 255 characters 2026-05-02 10:00" in text
        assert "Status edit unseen back to Zendesk 1" in text
