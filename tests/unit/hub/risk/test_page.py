"""The reliability page: whole, alone in one file, and true to what was found."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from hub.risk.bootstrap import Figure
from hub.risk.drift import Verdict, Week
from hub.risk.page import as_page
from hub.risk.reliability import (
    FIGURES,
    Begun,
    Bin,
    Daily,
    Judged,
    Point,
    Reliability,
    Sample,
    Slice,
)
from hub.risk.sentences import in_a_hundred, judged_in_words, number, signed, with_interval

_SAMPLE = Sample("2026-01-01", "2026-01-31", 1000, 400, 200, 0.2)
_FIGURE = Figure(0.31, 0.25, 0.37)
_FIGURES = dict.fromkeys(FIGURES, _FIGURE)
_VOID = {"meta", "br", "line", "polyline", "path", "circle", "rect", "img", "input"}


def found(**changes: object) -> Reliability:
    """A back-test's result in which everything is there."""
    names = ("prior", "priority", "fifo", "rule", "logistic", "chosen", "shown")
    whole = Reliability(
        label="escalation",
        says="The ticket escalates",
        moment="in_flight",
        horizon_days=7.0,
        capacity=20,
        embargo_days=7.0,
        resamples=300,
        history=_SAMPLE,
        train=_SAMPLE,
        test=_SAMPLE,
        left_out={"in_embargo": 0, "not_matured": 3, "outcome_unknown": 0},
        chosen="logistic",
        version="logistic-1",
        features=12,
        models=tuple(Judged(name, f"says {name}", _FIGURES) for name in names),
        ahead_of_rule=dict.fromkeys(FIGURES, Figure(0.09, 0.06, 0.12)),
        calibration={
            name: (Bin(0.1, Figure(0.08, 0.05, 0.12)), Bin(0.4, Figure(0.45, 0.4, 0.5)))
            for name in ("chosen", "shown")
        },
        calibration_noise=0.02,
        begun=(Begun("customer", 50, _FIGURE), Begun("employee", 150, _FIGURE)),
        recall={name: (Point(0, 0), Point(0.2, 0.4), Point(1, 1)) for name in ("prior", "rule", "shown")},
        daily=(Daily(20, _FIGURE, Figure(0.1), Figure(30.0)),),
        slices=(
            Slice("group", "first", 500, 200, 100, 0.2, 0.19, _FIGURE, Figure(0.1, 0.05, 0.2), Figure(0.03)),
        ),
        weeks=(Week("2026-01-05", 500, 200, 0.2), Week("2026-01-12", 500, 200, 0.2, 0.19, 0.3, 0.2)),
        moved=(),
        lost=(),
        verdict=Verdict(False, False, ()),
        notes=("3 rows were left out",),
    )
    return msgspec.structs.replace(whole, **changes)


class Tree(HTMLParser):
    """Checks that every element is closed where it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(page: str) -> Tree:
    tree = Tree()
    tree.feed(page)
    tree.close()
    assert tree.open == []
    return tree


def test_it_is_whole_and_alone() -> None:
    """Every element is closed; nothing is loaded, nothing runs."""
    page = as_page(found(), "2026-02-01")
    tree = parsed(page)
    assert "http" not in page.replace('http-equiv="', "")
    assert not {tag for tag, _ in tree.seen} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, attrs in tree.seen for name in attrs if name.startswith("on") or name == "src"]
    assert "default-src 'none'" in page
    assert re.search(r"NaN|None|nan\b|inf\b", " ".join(tree.text)) is None


def test_names_of_others_are_text() -> None:
    """Labels, groups and notes come from files and tickets; none of them is markup."""
    evil = '<script>alert("x")</script>&'
    some = found().slices[0]
    page = as_page(
        found(
            label=evil,
            says=evil,
            notes=(evil,),
            slices=(msgspec.structs.replace(some, by=evil, value=evil),),
            verdict=Verdict(False, False, (f"`{evil}` moved",)),
            models=tuple(msgspec.structs.replace(m, says=evil) for m in found().models),
        )
    )
    tree = parsed(page)
    assert "script" not in {tag for tag, _ in tree.seen}
    assert "".join(tree.text).count('alert("x")') >= 5


def test_it_tells_what_the_list_is_worth_and_what_not() -> None:
    text = "".join(parsed(as_page(found())).text)
    assert (
        "Of 100 tickets on the daily lists of 20, it happened to 31 (25 to 37) within 7 days; to 69 it did not. "
        "Of 100 taken at random, to 20." in text
    )


def test_a_model_that_is_worse_is_called_so() -> None:
    worse = found(ahead_of_rule=dict.fromkeys(FIGURES, Figure(-0.09, -0.12, -0.06)))
    assert "ranks worse than the rule, with confidence" in next(iter(judged_in_words(worse)))
    assert 'verdict bad"' in as_page(worse)
    unsure = found(ahead_of_rule=dict.fromkeys(FIGURES, Figure(0.01, -0.02, 0.04)))
    assert "not shown to rank better" in next(iter(judged_in_words(unsure)))
    assert 'verdict bad"' in as_page(found(verdict=Verdict(True, False, ("the rule ranked better",))))


@pytest.mark.parametrize(
    "bare",
    [
        {"slices": (), "weeks": (), "notes": ()},
        {
            "models": tuple(
                Judged(n, "", dict.fromkeys(FIGURES, Figure(None))) for n in ("rule", "chosen", "shown")
            )
        },
        {"calibration": {"chosen": (), "shown": ()}, "recall": {}, "daily": ()},
        {"horizon_days": None, "moment": "intake", "ahead_of_rule": dict.fromkeys(FIGURES, Figure(None))},
        {"train": Sample("", "", 0, 0, 0, None)},
    ],
    ids=["little", "no figures", "no pictures", "until closing", "nothing learned"],
)
def test_what_is_not_there_is_left_out(bare: dict[str, object]) -> None:
    tree = parsed(as_page(found(**bare)))
    assert re.search(r"None|nan\b", " ".join(tree.text)) is None


def test_figures_are_written_as_people_write_them() -> None:
    assert [number(v) for v in (0.2994, 1.0, 0.0, -0.05, None)] == [
        ".299",
        "1.000",
        ".000",
        "-.050",
        "\N{EN DASH}",
    ]
    assert number(12.34, "lead_hours") == "12.3"
    assert with_interval(Figure(0.3, 0.25, 0.35)) == ".300 [.250, .350]"
    assert with_interval(Figure(0.3)) == ".300"
    assert signed(Figure(0.0296, -0.01, 0.06)) == "+.030 [-.010, +.060]"
    assert in_a_hundred(found(models=(Judged("shown", "", dict.fromkeys(FIGURES, Figure(None))),))) == (
        "No day had a list."
    )
