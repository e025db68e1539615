"""Mistakes in sla.yaml: each is told with its place, what is wrong, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.problems import FileRefused
from hub.sla.load import load_sla
from tests.bad_input.conftest import place_of, replaced
from tests.world import MAPPINGS

MISTAKES = {
    # what stands there, what somebody writes, the word that the place points at, what is said
    "an unknown key": ("soon: {share", "soon: {shre", "shre", "unknown key `shre`; did you mean `share`?"),
    "a key too few": ("    zone: UTC\n    hours: {mon-fri", "    hours: {mon-fri", "office", "`zone` is missing here"),
    "no zone of the world": (
        "zone: UTC\n    hours: {mon-fri",
        "zone: Europe/Berln\n    hours: {mon-fri",
        "zone",
        "`Europe/Berln` is not a time zone; did you mean `Europe/Berlin`?",
    ),
    "a zone that is a path": ("zone: UTC\n    hours: {mon-fri", "zone: ../passwd\n    hours: {mon-fri", "zone", "time zone"),
    "no weekday": ("{mon-fri: ", "{mon-fry: ", "mon-fry", "`mon-fry` is no weekday; did you mean"),
    "weekdays backwards": ("{mon-fri: ", "{fri-mon: ", "fri-mon", "is no weekday"),
    "a weekday twice": ('"09:00-17:00"}', '"09:00-17:00", tue: "09:00-15:00"}', "tue", "`tue` has hours already, by `mon-fri`"),
    "no span": ('"09:00-17:00"}', '"9-17"}', "mon-fri", "`9-17` is no span of hours; write it as 09:00-17:00"),
    "past midnight": ('"09:00-17:00"}', '"22:00-06:00"}', "mon-fri", "past midnight, write -24:00 here, and 00:00- on the next day"),
    "more hours than a day": ('"09:00-17:00"}', '"09:00-25:00"}', "mon-fri", "a day ends at 24:00"),
    "spans that overlap": ('"09:00-17:00"}', '"09:00-13:00, 12:00-17:00"}', "mon-fri", "begins before the span ahead of it ends"),
    "never open": ('"09:00-17:00"}', "closed}", "hours: {", "never open"),
    "no country": ("# holidays: {country: DE,", "holidays: {country: XX,", "country", "no holidays are known of `XX`"),
    "a country's name": ("# holidays: {country: DE,", "holidays: {country: Germany,", "country", "write its ISO 3166 code"),
    "no part of the country": ("# holidays: {country: DE, subdivision: BE", "holidays: {country: DE, subdivision: ZH", "subdivision", "`ZH` is no part of DE"),
    "a truth value for Norway": ("# holidays: {country: DE,", "holidays: {country: NO,", "NO", 'write `false` if you mean that, or "NO" if you mean the word'),
    "no day": ("# dates: {12-24: closed", "dates: {24-12: closed", "24-12", "`24-12` is no day; write 12-24"),
    "a day without hours": ("# dates: {12-24: closed", "dates: {12-24: half", "12-24", "`half` is no span of hours"),
    "no calendar of this file": ("default: office", "default: ofice", "default", "`ofice` is not a calendar of this file; did you mean `office`?"),
    "no calendar for a tier": ("{enterprise: always}", "{enterprise: night}", "enterprise", "`night` is not a calendar of this file; there are office, always"),
    "a tier twice": ("    other:\n      first_reply: {urgent: 4h", "    Business:\n      first_reply: {urgent: 4h", "Business", "`business` means the same"),
    "a tier's calendar twice": ("{enterprise: always}", "{enterprise: always, Enterprise: office}", "Enterprise", "`enterprise` means the same"),
    "no target": ("      next_reply:  {urgent: 1h", "      next_answer:  {urgent: 1h", "next_answer", "`next_answer` is not a target of this clock"),
    "no priority": ("first_reply: {urgent: 30m, high", "first_reply: {urgent: 30m, hihg", "hihg", "`hihg` is not a priority; did you mean `high`?"),
    "no severity": ("s3: 8h, s4: 16h", "s3: 8h, p4: 16h", "p4", "`p4` is not a severity"),
    "no length of time": ("{urgent: 30m, high: 1h,", "{urgent: half an hour, high: 1h,", "urgent", "`half an hour` is no length of time; write it as 30m, 4h or 1h30m"),
    "days": ("resolution:  {urgent: 8h", "resolution:  {urgent: 2d", "urgent: 2d", "a day of business time is as long as the calendar is open"),
    "a number alone": ("{urgent: 30m, high: 1h,", "{urgent: 30, high: 1h,", "30, ", "this must be text, not `30`"),
    "no time at all": ("{urgent: 30m, high: 1h,", "{urgent: 0m, high: 1h,", "urgent: 0m", "write more than 0m"),
    "more time for what is worse": ("{urgent: 30m, high: 1h,", "{urgent: 2h, high: 1h,", "urgent: 2h", "`urgent` has more time than `high`: 2h and 1h"),
    "no time for what is worse": ("update:      {urgent: 4h, high: 24h}", "update:      {high: 24h}", "update", "`high` has a time and `urgent` has none"),
    "no status": ("    update: [pending, hold]", "    update: [pendng, hold]", "pendng", "did you mean `pending`?"),
    "a pause when it is done": ("    update: [pending, hold]", "    update: [solved]", "solved", "`solved` is not a status in which a clock can pause"),
    "a least of what is not there": ("least: {first_reply: 15m", "least: {firstreply: 15m", "firstreply", "did you mean `first_reply`?"),
    "a share above one": ("renewal: [[90, 0.75]", "renewal: [[90, 1.5]", "[90", "more than 0 and 1 at most, not 1.5; it only makes tighter"),
    "days that rise": ("[[90, 0.75], [30, 0.5]]", "[[30, 0.75], [90, 0.5]]", "renewal", "the lines must be falling: days before the renewal"),
    "half a day": ("renewal: [[90, 0.75]", "renewal: [[90.5, 0.75]", "[90.5", "write whole days"),
    "shares that rise": ("[[90, 0.75], [30, 0.5]]", "[[90, 0.5], [30, 0.75]]", "renewal", "each line must leave no more time than the one before it"),
    "three numbers": ("risk: [[0.3, 0.75]", "risk: [[0.3, 0.75, 1]", "[0.3", "each line is [<from this risk>, <share of the time>]"),
    "no signal": ("{production_down: 0.5", "{production_dwn: 0.5", "production_dwn", "did you mean `production_down`?"),
    "no health": ("health: {red: 0.75}", "health: {rd: 0.75}", "rd: 0.75", "`rd` is none of the health"),
    "worse health, more time": ("health: {red: 0.75}", "health: {red: 0.75, yellow: 0.5}", "health: {red", "worse health must not give more time"),
    "too tight": ("at_least: 0.25\n", "at_least: 0.1\n", "at_least: 0.1", "0.1 is not between 0.25 and 1"),
    "looser than the contract": ("contract: {}", "contract: {business: {next_reply: {urgent: 1h}}}", "urgent: 2h, high: 4h, normal: 8h", "`2h` is later than the contract's 1h; write 1h or less"),
    "an odd word in the contract": ("contract: {}", "contract: {business: {first_rely: {urgent: 30m}}}", "first_rely", "did you mean `first_reply`?"),
    "no length before it is near": ("within: 2h}", "within: two}", "within", "`two` is no length of time"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_place(mistake: str, tmp_path: Path) -> None:
    """One problem, one place, one way out."""
    right, wrong, word, said = MISTAKES[mistake]
    file = tmp_path / "sla.yaml"
    _ = file.write_text((MAPPINGS / "sla.yaml").read_text("utf-8"), encoding="utf-8")
    replaced(file, right, wrong)
    with pytest.raises(FileRefused) as caught:
        _ = load_sla(file.read_text("utf-8"), "sla.yaml")
    [problem] = caught.value.problems
    first = word.splitlines()[0]
    line = next(line for line in wrong.splitlines() if first in line) if first in wrong else first
    assert str(problem).startswith(f"sla.yaml:{place_of(file, line, first)}: error: "), problem
    assert said in problem.message


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    """Nobody mends a file one message at a time."""
    file = tmp_path / "sla.yaml"
    _ = file.write_text((MAPPINGS / "sla.yaml").read_text("utf-8"), encoding="utf-8")
    replaced(file, "default: office", "default: ofice")
    replaced(file, "{urgent: 30m, high: 1h,", "{urgent: 2h, high: 1h,")
    with pytest.raises(FileRefused) as caught:
        _ = load_sla(file.read_text("utf-8"), "sla.yaml")
    assert len(caught.value.problems) == 2
