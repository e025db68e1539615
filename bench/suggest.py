"""How often the nearest tickets know where one belongs; what incidents, neighbours and briefs cost."""

from __future__ import annotations

import csv
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, TypeVar

from hub.brief import EVERYTHING, as_markdown, brief
from hub.model import ZENDESK, Comment, CommentId, Person, Ticket, TicketId
from hub.suggest.incidents import incidents
from hub.suggest.likeness import Likeness
from hub.suggest.rows import Near, Row
from hub.suggest.rules import IncidentRules, NeighbourRules, RoutingRules
from hub.suggest.suggesting import suggestions

T = TypeVar("T")

_START = datetime(2026, 11, 2, tzinfo=UTC)
_TEXTS = (("Issue",), ("Issue", "Sub-issue"), ("Issue", "Sub-issue", "Company"), ("Company",))
_OUTAGE = (
    "Checkout down\nNobody can pay in our shop, the checkout answers with error 502.",
    "Payments fail\nAll card payments fail at checkout with a 502 bad gateway.",
    "502 at checkout\nOur customers get a 502 page when they press the pay button in the checkout.",
    "Cannot complete orders\nThe checkout page breaks with error 502 after the card details.",
    "Shop not working\nCheckout returns 502 for every order. Is there an outage?",
)


class Told(NamedTuple):
    """How often the nearest tickets were right."""

    of: int
    right: int
    majority: int
    suggested: int
    suggested_right: int
    new: int
    new_right: int


def data() -> Path:
    """Return where the public data sets lie: beside the checkout, or where SHARED_DATA says."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("SHARED_DATA") or beside) / "scoring"


def run(count: int) -> Iterator[str]:
    """Yield the tables."""
    yield from _classification()
    yield from _false_incidents()
    yield from _cost(count)


# where a complaint belongs ----------------------------------------------------------------------


def _classification() -> Iterator[str]:
    file = data() / "cfpb" / "consumer_complaints_2013_sample.csv"
    if not file.exists():
        yield f"Classification: {file} is not there; set SHARED_DATA to the folder that holds scoring/."
        return
    with file.open(encoding="utf-8") as lines:
        complaints = sorted(csv.DictReader(lines), key=_received)
    cut = len(complaints) * 7 // 10
    yield "Product of a complaint (CFPB, public domain), in the order of time:"
    yield f"the first {cut} vote, the {len(complaints) - cut} after them are asked."
    yield ""
    yield "| text | nearest: accuracy | majority | suggested | of these right | accuracy on new texts |"
    yield "|---|---:|---:|---:|---:|---:|"
    for columns in _TEXTS:
        told = _asked([_row(i, c, columns) for i, c in enumerate(complaints)], cut)
        yield (
            f"| {', '.join(columns)} | {_share(told.right, told.of)} | {_share(told.majority, told.of)} "
            f"| {_share(told.suggested, told.of)} | {_share(told.suggested_right, told.suggested)} "
            f"| {_share(told.new_right, told.new)} of {told.new} |"
        )
    yield ""


def _received(complaint: dict[str, str]) -> tuple[int, ...]:
    month, day, year = complaint["Date received"].split("/")
    return int(year), int(month), int(day)


def _row(number: int, complaint: dict[str, str], columns: Sequence[str]) -> Row:
    text = ". ".join(complaint[column] for column in columns)
    return Row(TicketId(f"cfpb:{number}"), text, decided={"product_area": complaint["Product"]}, done=True)


def _asked(rows: Sequence[Row], cut: int) -> Told:
    index = Likeness.of(rows[:cut])
    known = {row.text for row in rows[:cut]}
    majority = Counter(row.decided["product_area"] for row in rows[:cut]).most_common(1)[0][0]
    asked = NeighbourRules()
    rules = RoutingRules(enough=asked.share)
    counts: Counter[str] = Counter()
    for row in rows[cut:]:
        near = index.nearest(row.text, asked.count)
        product, said = row.decided["product_area"], _first(near) or majority
        sure = suggestions(Ticket(row.id, {"subject": row.text}), rules, near).value("product_area")
        counts.update(right=said == product, majority=majority == product, suggested=sure is not None)
        counts.update(suggested_right=sure == product)
        if row.text not in known:
            counts.update(new=1, new_right=said == product)
    return Told(len(rows) - cut, *(counts[name] for name in Told._fields[1:]))


def _first(near: Iterable[Near]) -> str:
    votes: Counter[str] = Counter()
    for one in near:
        votes[one.row.decided["product_area"]] += one.likeness  # pyright: ignore[reportArgumentType]
    return votes.most_common(1)[0][0] if votes else ""


def _share(part: int, of: int) -> str:
    return f"{part / of:.3f}" if of else "-"


# incidents that are none ------------------------------------------------------------------------


def _false_incidents() -> Iterator[str]:
    folder = data() / "uci_sentiment_sentences"
    texts = [
        line.split("\t")[0]
        for file in sorted(folder.glob("*.txt"))
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if "\t" in line
    ]
    if not texts:
        yield f"False incidents: {folder} is not there; set SHARED_DATA to the folder that holds scoring/."
        return
    random.Random(1).shuffle(texts)
    yield f"{len(texts)} real sentences of reviews (UCI) that have nothing to do with each other,"
    yield "each as a ticket of another customer; a burst of 5 customers is hidden among them."
    yield ""
    yield "| tickets a day | days | false incidents | a week | the burst is found |"
    yield "|---:|---:|---:|---:|---|"
    for a_day in (50, 250, 1000):
        rows = [_ticket(i, text, _START + timedelta(days=i / a_day)) for i, text in enumerate(texts)]
        days = len(texts) / a_day
        hidden = _burst(_START + timedelta(days=days * 0.8))
        found = incidents([*rows, *hidden], "2027-06-01T00:00:00Z", IncidentRules())
        ours = {row.id for row in hidden}
        wrong = [one for one in found if not ours & {*one.tickets}]
        told = max((len(ours & {*one.tickets}) for one in found), default=0)
        yield f"| {a_day} | {days:.0f} | {len(wrong)} | {len(wrong) / days * 7:.1f} | {told} of {len(ours)} |"
    yield ""


def _ticket(number: int, text: str, at: datetime, account: str = "") -> Row:
    return Row(
        TicketId(f"x:{number}"), text, f"#{number}", f"{at:%Y-%m-%dT%H:%M:%SZ}", account or f"a{number}"
    )


def _burst(at: datetime) -> list[Row]:
    return [_ticket(10**6 + i, text, at + timedelta(minutes=9 * i)) for i, text in enumerate(_OUTAGE)]


# cost -------------------------------------------------------------------------------------------


def _cost(count: int) -> Iterator[str]:
    dice = random.Random(3)
    words = ["".join(dice.choices("abdegiklmnoprstu", k=dice.randint(3, 9))) for _ in range(12_000)]
    often = list(accumulate(1 / (i + 5) for i in range(len(words))))

    def text() -> str:
        return " ".join(dice.choices(words, cum_weights=often, k=dice.randint(20, 100)))

    rows = [_ticket(i, text(), _START + timedelta(days=14 * i / count), f"a{i % 8000}") for i in range(count)]
    rows += _burst(_START + timedelta(days=13.5))
    yield f"CPU, {count:,} tickets of 20 to 100 words within a fortnight:"
    yield ""
    yield "| what | CPU |"
    yield "|---|---:|"
    spent, found = _timed(lambda: incidents(rows, "2026-11-16T00:00:00Z", IncidentRules()))
    yield f"| look for incidents among all ({len(found)} found) | {spent:.1f} s |"
    spent, index = _timed(lambda: Likeness.of(rows))
    yield f"| build the index | {spent:.1f} s |"
    spent, _ = _timed(lambda: index.updated(rows[:100]))
    yield f"| bring 100 tickets of it up to date | {spent:.1f} s |"
    spent, _ = _timed(lambda: [index.nearest(row.text, 15) for row in rows[:200]])
    yield f"| the 15 nearest of one | {spent * 5:.1f} ms |"
    threads = [_thread(i) for i in range(50)]
    spent, _ = _timed(lambda: [as_markdown(brief(held, EVERYTHING)) for held in threads])
    yield f"| a brief of {len(threads[0].comments)} comments, read for the first time | {spent * 20:.1f} ms |"
    spent, _ = _timed(lambda: [as_markdown(brief(held, EVERYTHING)) for held in threads])
    yield f"| the same for another side | {spent * 20:.1f} ms |"


def _thread(number: int) -> Ticket:
    said = (
        "Checkout answers with 502 since the update to 4.2.1. About 240 users cannot pay.",
        "We will get back to you by tomorrow noon. Which browser do you use?",
        "We restarted the pods and cleared the cache, no change.",
        "@engineering can you check whether the pool is exhausted after 4.2.1?",
        "Any news? We lose 12,000 EUR an hour.",
    )
    comments = [
        Comment(
            CommentId(f"x:{i}"),
            f"{said[i % 5]} Case {number}-{i}. {said[i % 3]} Again {number}-{i}.",
            Person(str(i), "Ana"),
            f"2026-11-03T{i:02}:05:00Z",
            "public",
            ZENDESK,
        )
        for i in range(20)
    ]
    return Ticket(
        TicketId("zendesk:1"), {"subject": "Checkout", "status": "open"}, comments={c.id: c for c in comments}
    )


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    made = work()
    return time.process_time() - begun, made
