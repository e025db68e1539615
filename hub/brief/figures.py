"""The figures of a ticket: what registers count, and versions, errors, orders that people name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from hub.brief.reader import Reader
from hub.brief.reading import Said
from hub.model import Ticket
from hub.wording import money, plain

# ruff: noqa: RUF001  Russian words are meant

_TOLD = 8
"""Figures that are named out of texts, at most."""
_READ = 20_000
_KEPT = 4_000
"""Texts no longer than this are remembered with their figures: most are, and memory stays small."""
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)")
"""What could be a card or an account number is never pointed at."""
_WHOLE = r"(?:\d{1,3}(?:[ ,.\u00a0\u202f]\d{3})+|\d+)"
_AMOUNT = _WHOLE + r"(?:[.,]\d{1,2}(?!\d))?"
_PATTERNS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        ("http", "status", "error", "ошибк", "код"),
        re.compile(
            (
                r"\b(?:HTTP[ /]?(?:1\.[01] |2 )?|status(?: code)? |error (?:code )?|ошибк[аиу] "
                r"|код(?: ошибки)? )(?P<it>[45]\d\d)\b"
            ),
            re.IGNORECASE,
        ),
    ),
    (
        ("_", "-"),
        re.compile(r"\b(?P<it>(?:ERR|ERROR|EXC|SQLSTATE|ORA|TLS|SSL|E)[_-][A-Z0-9][A-Z0-9_-]{1,40})\b"),
    ),
    (
        ("exception", "error"),
        re.compile(r"\b(?P<it>[A-Za-z][\w.]{2,60}(?:Exception|Error))\b"),
    ),
    (
        ("0x",),
        re.compile(r"\b(?P<it>0x[0-9A-Fa-f]{4,16})\b"),
    ),
    (
        (".",),
        re.compile(r"(?<![\d.])(?P<it>v?\d{1,4}\.\d{1,4}\.\d{1,6}(?:[.-]\w{1,12})?)(?![\d.]*\d)"),
    ),
    (
        ("version", "release", "build", "верси", "релиз", "сборк"),
        re.compile(
            (
                r"\b(?P<it>(?:version|release|build|верси[яию]|релиз"
                r"|сборк[аи])\s+v?\d[\w.]{0,15}\w)"
            ),
            re.IGNORECASE,
        ),
    ),
    (
        (
            "order",
            "invoice",
            "booking",
            "contract",
            "transaction",
            "payment",
            "заказ",
            "сч",
            "договор",
            "плат",
        ),
        re.compile(
            (
                r"\b(?P<it>(?:order|invoice|booking|contract|transaction|payment|заказ\w{0,2}"
                r"|сч[её]т\w{0,2}|договор\w{0,2}"
                r"|плат[её]ж\w{0,2})\s*(?:no\.?|number|id|номер)?\s*[#№:]?\s*(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20})\b"
            ),
            re.IGNORECASE,
        ),
    ),
    (
        ("€", "$", "£", "₽", "eur", "usd", "gbp", "rub", "chf", "руб"),
        re.compile(
            rf"(?P<it>[€$£₽]\s?{_AMOUNT}|(?<![\w.,-]){_AMOUNT}\s?(?:(?:EUR|USD|GBP|RUB|CHF|руб)\b|[€₽]))",
            re.IGNORECASE,
        ),
    ),
    (
        ("%",),
        re.compile(r"(?P<it>(?<![\d.,])\d[\d.,]*\s?%)"),
    ),
    (
        (
            "user",
            "customer",
            "order",
            "people",
            "account",
            "employee",
            "shop",
            "store",
            "device",
            "request",
            "transaction",
            "пользовател",
            "клиент",
            "заказ",
            "человек",
            "сотрудник",
            "магазин",
        ),
        re.compile(
            (
                rf"(?<![\w.,-])(?P<it>{_WHOLE}\s(?:users?|customers?|orders?|people|accounts?"
                r"|employees|shops?|stores?|devices?"
                r"|requests?|transactions?|пользовател\w+|клиент\w+|заказ\w+|человек|сотрудник\w+|магазин\w+))\b"
            ),
            re.IGNORECASE,
        ),
    ),
)
"""Each with words in lower case, one of which stands wherever it is found: to look for these is quicker."""


def of_registers(ticket: Ticket, reader: Reader) -> Iterator[str]:
    """Yield the figures that registers hold and the reader may see."""

    def held(name: str) -> str:
        return plain(name, ticket.get(name)) if reader.shows(name) else ""

    if users := held("impact.affected_users"):
        yield f"{users} users affected"
    risk = ticket.get("impact.revenue_at_risk")
    if isinstance(risk, int | float) and reader.shows("impact.revenue_at_risk"):
        yield f"revenue at risk {money(risk, held('account.currency'))}"
    if live := held("go_live_date"):
        yield f"go-live {live}"
    if renewal := held("account.renewal_date"):
        yield f"renews {renewal}"


def of_texts(said: Sequence[Said], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the figures that people name beside the known ones, each with where it stands first."""
    found: dict[str, list[str]] = {}
    seen = {figure.casefold() for figure in known}
    for one in said:
        for figure in _figures(one.text[:_READ]):
            key = figure.casefold()
            if not any(key in other or other in key for other in seen):
                found.setdefault(one.where, []).append(figure)
                seen.add(key)
            if len(seen) - len(known) >= _TOLD:
                return _told(found)
    return _told(found)


def _told(found: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{', '.join(figures)} ({where})" for where, figures in found.items())


def _figures(text: str) -> tuple[str, ...]:
    return _kept(text) if len(text) <= _KEPT else _found(text)


@lru_cache(maxsize=1 << 12)
def _kept(text: str) -> tuple[str, ...]:
    return _found(text)


def _found(text: str) -> tuple[str, ...]:
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
    text = _CARD.sub(lambda match: " " * len(match.group()), text)
    lowered = text.lower()
    told = (pattern for hints, pattern in _PATTERNS if any(hint in lowered for hint in hints))
    hits = sorted((hit for pattern in told for hit in pattern.finditer(text)), key=lambda h: h.start())
    return tuple(figure for hit in hits if "\n" not in (figure := hit.group("it").strip()))
