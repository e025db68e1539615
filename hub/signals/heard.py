"""
What is heard on a ticket: the mood of its customer, how it moves, and the signals that still hold. Pure.

Only the customer's own words count; of ours, an internal note may ask for an escalation, and a public
answer ends what waited for one. The same comments always give the same, machines' words give nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.model import Audience, Comment, Ticket, Value
from hub.signals.human import described, human_text
from hub.signals.lexicon import read
from hub.signals.mention import Mention
from hub.signals.reading import SIGNALS, Reading, Sentiment, digest
from hub.support import by_customer

FADES: Final = 21
"""Days after which a signal that was not told again holds no more."""
_SLOPE: Final = 0.4
"""How far the mood must move over the thread to be called a trend."""
_FEWEST, _NEWEST = 3, 8
"""Comments that a trend takes at least, and at most."""
_OVER: Final = frozenset(
    {"frustration", "urgency", "production_down", "follow_up", "confusion", "escalation_request"}
)
"""What ends when the customer says that all is well again; who wanted to leave may still."""
_SOOTHED: Final = frozenset({"frustration", "urgency", "follow_up", "confusion"})
"""What ends with honest thanks."""
_ANSWERED: Final = frozenset({"follow_up", "confusion"})
"""What a public answer of ours ends."""
_AFRESH: Final = frozenset({"frustration", "production_down", "follow_up", "churn", "escalation_request"})
"""What takes back that all is well."""
_SOUND: Final = 0.8
"""As sure as a signal must be to end others."""


class Heard(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a ticket's people said, as far as it bears on its score."""

    sentiment: Sentiment | str = ""
    """Of the customer's latest words; "" if they said nothing that can be read."""
    trend: str = ""
    """`better`, `steady` or `worse` over the thread; "" while there is too little to tell."""
    mood: float = 0.0
    """Of the customer's latest words, -1 to 1."""
    lowest: float = 0.0
    negatives: int = 0
    """How many of their comments are negative."""
    count: int = 0
    """How many of their comments could be read."""
    language: str = ""
    mentions: Mapping[str, Mention] = {}
    """By signal, as far as it still holds."""
    course: tuple[tuple[str, float], ...] = ()
    """The mood of each of their comments, in order."""


class _Remark(NamedTuple):
    """Words of a person, in their place."""

    at: str
    comment: str
    audience: Audience
    text: str
    theirs: bool


def heard(
    ticket: Ticket,
    readings: Mapping[str, Reading] = {},
    denied: Sequence[str] = (),
    *,
    now: str = "",
    fades: int = FADES,
) -> Heard:
    """
    Return what is heard on a ticket.

    `readings`, by `digest` of their text, know moods better than the lexicon. `denied` signals are those
    of which people said that they are wrong: ignored, but for what was said after that. `now` is when
    old signals fade; without it, the newest words are now.
    """
    standing: dict[str, Mention] = {}
    told: list[tuple[_Remark, Reading]] = []
    since = (
        _moment(ticket.origins["feedback.not_signals"].at)
        if "feedback.not_signals" in ticket.origins
        else None
    )
    remarks = list(_remarks(ticket))
    for remark in remarks:
        reading = _reading(remark.text, readings)
        if remark.theirs:
            told.append((remark, reading))
            _end(standing, reading)
        elif remark.audience == "public":
            _drop(standing, _ANSWERED)
        for signal in reading.signals:
            if (remark.theirs or _asks_us(signal, remark)) and not _is_denied(
                signal, remark.at, denied, since
            ):
                standing[signal] = _mention(signal, remark, reading, standing.get(signal))
    newest = now or max((r.at for r in remarks), default="")
    mentions = {
        s: standing[s] for s in SIGNALS if s in standing and not _faded(standing[s].at, newest, fades)
    }
    return _summed(told, mentions)


def text_registers(said: Heard) -> dict[str, Value]:
    """Return the registers of a ticket that show what is heard on it."""
    tones = {"positive": "good", "neutral": "neutral", "negative": "bad"}
    return {
        "support.tone": tones.get(said.sentiment),
        "support.tone_trend": said.trend or None,
        "support.signals": tuple(sorted(said.mentions)) or None,
    }


# what was said ----------------------------------------------------------------------------------


def _remarks(ticket: Ticket) -> Iterator[_Remark]:
    """Yield what people said, oldest first; the description is the first."""
    said = [
        _Remark(c.created_at, c.id, c.audience, text, by_customer(c, ticket))
        for c in sorted(ticket.comments.values(), key=_place)
        if (text := human_text(c, ticket))
    ]
    first = described(ticket) if ticket.get("requester") else ""
    theirs = next((r.text for r in said if r.theirs), "")
    if first and first != theirs:  # a helpdesk shows the description as the first comment, too
        yield _Remark(_opened(ticket, said), "", "public", first, theirs=True)
    yield from said


def _place(comment: Comment) -> tuple[str, int, str]:
    return comment.place


def _opened(ticket: Ticket, said: Sequence[_Remark]) -> str:
    origin = ticket.origins.get("description")
    known = (ticket.course.opened, origin.at if origin else "", said[0].at if said else "")
    return min((at for at in known if at), default="")


def _reading(text: str, readings: Mapping[str, Reading]) -> Reading:
    """Return the lexicon's reading, with the mood of a better reader and what signals it saw besides."""
    own = read(text)
    better = readings.get(digest(text)) if readings else None
    if better is None:
        return own
    seen = {(span.signal, span.quote) for span in own.spans}
    more = (
        s for s in better.spans if s.signal in SIGNALS and s.quote in text and (s.signal, s.quote) not in seen
    )
    spans = (*own.spans, *more)
    return replace(own, sentiment=better.sentiment, mood=better.mood, by=better.by, spans=spans)


# signals ----------------------------------------------------------------------------------------


def _asks_us(signal: str, remark: _Remark) -> bool:
    return signal == "escalation_request" and remark.audience != "public"


def _mention(signal: str, remark: _Remark, reading: Reading, before: Mention | None) -> Mention:
    weight = max(span.weight for span in reading.spans if span.signal == signal)
    by = "customer" if remark.theirs else "us"
    times = before.times + 1 if before else 1
    if before is not None and before.by == "customer" and by == "us":
        return replace(before, times=times)  # what the customer asked for themselves says more
    first = before.first if before else remark.at
    return Mention(
        reading.quote(signal), remark.at, remark.comment, remark.audience, times, by, weight, first
    )


def _end(standing: dict[str, Mention], reading: Reading) -> None:
    """Let go what the customer's new words end."""
    sure = {span.signal for span in reading.spans if span.weight >= _SOUND}
    if "closure" in sure and reading.sentiment != "negative":
        _drop(standing, _OVER)
    elif "gratitude" in sure and reading.sentiment == "positive":
        _drop(standing, _SOOTHED)
    if not _AFRESH.isdisjoint(reading.signals):
        _drop(standing, frozenset({"closure", "gratitude"}))


def _drop(standing: dict[str, Mention], signals: frozenset[str]) -> None:
    for signal in signals:
        _ = standing.pop(signal, None)


def _is_denied(signal: str, at: str, denied: Sequence[str], since: datetime | None) -> bool:
    if signal not in denied:
        return False
    said = _moment(at)
    return since is None or said is None or said <= since


def _faded(at: str, now: str, days: int) -> bool:
    said, moment = _moment(at), _moment(now)
    return said is not None and moment is not None and moment - said > timedelta(days=days)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


# the whole --------------------------------------------------------------------------------------


def _summed(told: Sequence[tuple[_Remark, Reading]], mentions: Mapping[str, Mention]) -> Heard:
    if not told:
        return Heard(mentions=mentions)
    _, last = told[-1]
    moods = [reading.mood for _, reading in told]
    return Heard(
        sentiment=last.sentiment,
        trend=_trend(moods[-_NEWEST:]),
        mood=last.mood,
        lowest=min(moods),
        negatives=sum(reading.sentiment == "negative" for _, reading in told),
        count=len(told),
        language=next((r.language for _, r in reversed(told) if r.language), ""),
        mentions=mentions,
        course=tuple((remark.at, reading.mood) for remark, reading in told),
    )


def _trend(moods: Sequence[float]) -> str:
    """Return where a straight line through the moods leads."""
    many = len(moods)
    if many < _FEWEST:
        return ""
    middle, mean = (many - 1) / 2, sum(moods) / many
    spread = sum((at - middle) ** 2 for at in range(many))
    slope = sum((at - middle) * (mood - mean) for at, mood in enumerate(moods)) / spread
    moved = slope * (many - 1)
    return "better" if moved >= _SLOPE else "worse" if moved <= -_SLOPE else "steady"
