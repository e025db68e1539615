"""Business time on days that people can check with a calendar on the wall."""

from __future__ import annotations

import pytest

from hub.sla.calendar import ALWAYS, END, add_business, business_hours, instant_of, seconds_of
from hub.sla.calendars import CalendarSpec, HolidaySpec, made

BERLIN = made(
    "berlin",
    CalendarSpec(
        zone="Europe/Berlin",
        hours={"mon-thu": "09:00-12:00, 13:00-17:00", "fri": "09:00-15:00"},
        holidays=HolidaySpec(country="DE", subdivision="BE"),
        dates={
            "12-24": "09:00-12:00",
            "12-31": "closed",
            "2026-05-15": "closed",
            "2026-10-03": "10:00-11:00",
            "2027-12-24": "closed",
        },
    ),
)
NIGHT = made("night", CalendarSpec(zone="America/New_York", hours={"mon-sun": "00:00-24:00"}))


@pytest.mark.parametrize(
    ("since", "until", "hours", "why"),
    [
        ("2026-11-23T08:00:00Z", "2026-11-23T09:30:00Z", 1.5, "winter: nine o'clock is 08:00 UTC"),
        ("2026-07-06T07:00:00Z", "2026-07-06T08:30:00Z", 1.5, "summer: it is 07:00 UTC"),
        ("2026-11-23T10:30:00Z", "2026-11-23T12:30:00Z", 1.0, "the lunch hour does not count"),
        ("2026-11-20T13:00:00Z", "2026-11-23T09:00:00Z", 2.0, "Friday 14:00 to Monday 10:00"),
        ("2026-05-14T00:00:00Z", "2026-05-16T22:00:00Z", 0.0, "Ascension Day, then a day of our own"),
        ("2026-03-06T23:00:00Z", "2026-03-09T08:30:00Z", 0.5, "Women's Day fell on a Sunday"),
        ("2027-03-07T23:00:00Z", "2027-03-08T22:00:00Z", 0.0, "Women's Day is a holiday in Berlin"),
        ("2026-12-23T23:00:00Z", "2026-12-24T22:00:00Z", 3.0, "half a day on Christmas Eve"),
        (
            "2027-12-23T23:00:00Z",
            "2027-12-24T22:00:00Z",
            0.0,
            "but not in 2027: one day wins over each year's",
        ),
        ("2026-12-24T23:00:00Z", "2026-12-28T08:00:00Z", 0.0, "Christmas and a week-end"),
        ("2026-10-02T22:00:00Z", "2026-10-03T21:00:00Z", 1.0, "a date of its own wins over the holiday"),
        ("2026-12-30T15:00:00Z", "2027-01-04T09:00:00Z", 2.0, "over New Year: one hour before, one after"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", 0.0, "no time at all"),
        ("2026-11-24T10:00:00Z", "2026-11-23T10:00:00Z", 0.0, "the wrong way round"),
        ("", "2026-11-23T10:00:00Z", 0.0, "never"),
    ],
)
def test_hours_of_an_office(since: str, until: str, hours: float, why: str) -> None:
    """Hours, lunch, week-ends, holidays of the land, dates of our own, winter and summer time."""
    assert business_hours(since, until, BERLIN) == hours, why


@pytest.mark.parametrize(
    ("start", "minutes", "due", "why"),
    [
        ("2026-11-23T08:00:00Z", 60, "2026-11-23T09:00:00Z", "within a span"),
        ("2026-11-23T05:00:00Z", 60, "2026-11-23T09:00:00Z", "from the opening on"),
        ("2026-11-23T10:30:00Z", 60, "2026-11-23T12:30:00Z", "over lunch"),
        ("2026-11-20T13:30:00Z", 30, "2026-11-20T14:00:00Z", "until the very closing, not the next opening"),
        ("2026-11-20T13:30:00Z", 31, "2026-11-23T08:01:00Z", "a minute more is Monday"),
        ("2026-12-24T10:30:00Z", 60, "2026-12-28T08:30:00Z", "over Christmas"),
        ("2026-11-21T12:00:00Z", 0, "2026-11-21T12:00:00Z", "nothing to add"),
    ],
)
def test_a_time_is_added(start: str, minutes: float, due: str, why: str) -> None:
    """The deadline is the first instant by which that much business time passed."""
    assert add_business(start, minutes, BERLIN) == due, why


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    """23 hours in spring, 25 in autumn, for a service that never closes."""
    assert business_hours("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", NIGHT) == 23
    assert business_hours("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", NIGHT) == 25


def test_day_and_night_is_known_as_such() -> None:
    """Its lengths are told without the word business."""
    assert ALWAYS.always
    assert NIGHT.always
    assert not BERLIN.always


def test_a_calendar_ends_some_day() -> None:
    """What nobody lives to see is due at the end, and nothing breaks on the way."""
    assert BERLIN.later(0, 10**12) == END
    assert BERLIN.between(END, END + 10) == 0
    assert ALWAYS.between(-10, 10) == 10


@pytest.mark.parametrize("text", ["", "2026-11-23", "2026-11-23T10:00:00", "soon", "T", None, 5])
def test_what_is_no_instant_is_none(text: object) -> None:
    """A day, a local time or a word says no moment; adding to it is a mistake of ours."""
    assert seconds_of(text) is None
    with pytest.raises(ValueError, match="not an instant"):
        _ = add_business(str(text), 1, ALWAYS)


def test_an_instant_is_itself_again() -> None:
    """To the second, in UTC."""
    assert instant_of(seconds_of("2026-11-23T11:00:00.5+01:00") or 0) == "2026-11-23T10:00:00Z"
