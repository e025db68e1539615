"""A history, a window or a log that is not right: where, what, what to write; exit code 2, and no page."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.conftest import Ran

Hub = Callable[..., Ran]
LINE = '{"ticket": "%s", "at": "2026-01-%02dT12:00:00Z", "set": {"status": "open", "priority": "normal"}}\n'
ASKED = {
    "--label": "escalation_like", "--train-until": "2026-01-20", "--test": "2026-01-28..2026-02-10",
}  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> Path:
    file = tmp_path / "history.jsonl"
    _ = file.write_text("".join(LINE % (day, day) for day in range(1, 31)))
    return file


@pytest.fixture
def backtest(hub: Hub, history: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Run it with these options instead of good ones."""

    def run(file: Path | str = history, **options: str) -> Ran:
        given = {**ASKED, **{f"--{name.replace('_', '-')}": value for name, value in options.items()}}
        page = tmp_path / "page.html"
        given.setdefault("--page", str(page))
        ran = hub("backtest", "--history", file, *(word for pair in given.items() for word in pair))
        assert not page.exists()
        return ran

    return run


def refused(ran: Ran, *said: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    for words in said:
        assert words in ran.err, ran.err
    assert "Traceback" not in ran.err


def test_there_is_no_such_file(backtest: Callable[..., Ran], tmp_path: Path) -> None:
    refused(backtest(tmp_path / "no.jsonl"), f"{tmp_path}/no.jsonl: cannot be read (No such file or directory).")
    refused(backtest(tmp_path), f"{tmp_path}: cannot be read (Is a directory).")


def test_a_line_is_broken(backtest: Callable[..., Ran], history: Path) -> None:
    """Its file and line are said; nothing is passed over in silence."""
    lines = history.read_text().splitlines(keepends=True)
    _ = history.write_text("".join([*lines[:4], lines[4][:30] + "\n", *lines[5:]]))
    refused(backtest(), f"{history}:5:")


def test_a_register_holds_what_no_register_can(backtest: Callable[..., Ran], history: Path) -> None:
    line = b'{"ticket":"1","at":"2026-01-01T00:00:00Z","set":{"status":"new","custom.a":{"b":1}}}\n'
    _ = history.write_bytes(line + history.read_bytes())
    refused(backtest(), f"{history}:1:", 'register `custom.a` is {"b":1}', "a list of texts")


def test_there_is_nothing_in_it(backtest: Callable[..., Ran], history: Path) -> None:
    _ = history.write_text("\n\n")
    refused(backtest(), f"{history}: there is not one event in it")


def test_it_ends_in_the_middle(backtest: Callable[..., Ran], history: Path) -> None:
    """A download that broke off: what is left of a compressed file is not taken for the whole."""
    whole = gzip.compress(history.read_bytes())
    _ = history.write_bytes(whole[: len(whole) // 2])
    refused(backtest(), f"{history}: cannot be read to its end")


def test_it_is_no_text(backtest: Callable[..., Ran], history: Path) -> None:
    _ = history.write_bytes(bytes(range(256)))
    refused(backtest(), f"{history}:1:")


def test_nobody_knows_the_label(backtest: Callable[..., Ran]) -> None:
    refused(
        backtest(label="escalation_lik"),
        "--label: mappings/risk.yaml has no label `escalation_lik`; did you mean `escalation_like`?",
        "sla_miss",
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("train_until", "31.03.2026", "--train-until: '31.03.2026' is no date; write it like 2026-01-31"),
        ("train_until", "2026-02-30", "--train-until: '2026-02-30' is no date"),
        ("test", "2026-02-01", "--test: '2026-02-01' is no window; write it like 2026-02-08..2026-02-28"),
        ("test", "2026-02-01..", "is no window"),
        ("test", "2026-02-01..soon", "--test: 'soon' is no date"),
        ("test", "2026-02-10..2026-02-01", "--test: '2026-02-10..2026-02-01' ends before it begins"),
        ("test", "2026-01-01..2026-01-15", "ends before --train-until '2026-01-20'"),
        ("embargo", "a week", "--embargo: 'a week' is no time; write 7d, 12h or 2w, or 0 for none"),
    ],
)
def test_what_is_asked_makes_no_sense(
    backtest: Callable[..., Ran], option: str, value: str, said: str
) -> None:
    refused(backtest(**{option: value}), said)


@pytest.mark.parametrize(("option", "value"), [("capacity", "0"), ("resamples", "-1"), ("capacity", "many")])
def test_a_number_is_none(backtest: Callable[..., Ran], option: str, value: str) -> None:
    ran = backtest(**{option: value})
    assert ran.code == 2
    assert f"--{option}" in ran.err


def test_the_window_lies_outside_the_history(backtest: Callable[..., Ran], history: Path) -> None:
    """What the history holds is said, so that the next try can be right."""
    refused(
        backtest(test="2027-01-01..2027-02-01"),
        f"{history}: nothing to test on from 2027-01-01 to 2027-02-01",
        "its rows are of 2026-01-01 to 2026-01-30",
    )


def test_nothing_in_the_window_has_come_out_yet(backtest: Callable[..., Ran]) -> None:
    refused(backtest(), "nothing to test on", "3 not matured")


def test_the_history_has_other_words(backtest: Callable[..., Ran], history: Path) -> None:
    """A label that looks at what is never set would come true for nobody; what is set is said."""
    _ = history.write_text(history.read_text().replace('"priority"', '"custom.urgency"'))
    refused(
        backtest(label="sla_miss"),
        f"{history}: it never sets what label `sla_miss` looks at (sla.state, sla.customer_state, "
        "sla.engineering_state), so nothing can come true; it sets custom.urgency, status",
    )


def test_the_rules_are_wrong(backtest: Callable[..., Ran], tmp_path: Path) -> None:
    rules = tmp_path / "risk.yaml"
    _ = rules.write_text("label: nothing\nlabels: {}\n")
    refused(backtest(rules=str(rules)), f"{rules}:1:", "no label `nothing`")
    refused(backtest(rules=str(tmp_path / "no.yaml")), f"{tmp_path}/no.yaml: cannot be read")


def test_the_page_cannot_be_written(hub: Hub, tmp_path: Path, history: Path) -> None:
    """The figures took their time; that the page failed is said after them, not instead."""
    words = [word for pair in ASKED.items() for word in pair]
    words[words.index("2026-01-28..2026-02-10")] = "2026-01-21..2026-01-23"
    ran = hub(
        "backtest", "--history", history, *words, "--embargo", "0", "--page", tmp_path / "no" / "page.html"
    )
    assert ran.code == 2
    assert f"{tmp_path}/no/page.html: cannot be written: No such file" in ran.err
    assert "How well they rank" in ran.out


# logs that are turned into histories ------------------------------------------------------------


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.histories", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ":1: it is empty"),
        ("a,b\n1,2\n", ":2: there is no `number` (columns: a, b)"),
        ("number,sys_updated_at\n1\n", ":2: this row has 1 columns, the first line names 2"),
        ("number,sys_updated_at\n1,soon\n", ":2: 'soon' is no time"),
        ("number,sys_updated_at\n1,31/31/2016 10:00\n", ":2: '31/31/2016 10:00' is no time"),
        ("<log><trace>\n<event></trace></log>", ":2:10: this is not XML (mismatched tag)"),
    ],
)
def test_a_log_is_not_what_it_should_be(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    _ = file.write_text(content)
    ran = run("uci", file)
    assert ran.returncode == 2
    assert f"bench.histories: {file}{said}" in ran.stderr
    assert ran.stdout == ""


def test_a_log_is_not_there(tmp_path: Path) -> None:
    ran = run("uci", tmp_path / "log.csv")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"bench.histories: {tmp_path}/log.csv: No such file or directory" in ran.stderr
    ran = run("uci", tmp_path / "log.csv", "--zone", "Mars/Olympus")
    assert ran.returncode == 2
    assert "'Mars/Olympus' is no zone" in ran.stderr
