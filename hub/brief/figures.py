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
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)")
"""What could be a card or an account number is never pointed at."""
_WHOLE = r"(?:\d{1,3}(?:[ ,.\u00a0\u202f]\d{3})+|\d+)"
_AMOUNT = _WHOLE + r"(?:[.,]\d{1,2}(?!\d))?"
_PATTERNS = (
    re.compile(
        (
            r"\b(?:HTTP[ /]?(?:1\.[01] |2 )?|status(?: code)? |error (?:code )?|ошибк[аиу] "
            r"|код(?: ошибки)? )(?P<it>[45]\d\d)\b"
        ),
        re.IGNORECASE,
    ),
    re.compile(r"\b(?P<it>(?:ERR|ERROR|EXC|SQLSTATE|ORA|TLS|SSL|E)[_-][A-Z0-9][A-Z0-9_-]{1,40})\b"),
    re.compile(r"\b(?P<it>[A-Za-z][\w.]{2,60}(?:Exception|Error))\b"),
    re.compile(r"\b(?P<it>0x[0-9A-Fa-f]{4,16})\b"),
    re.compile(r"(?<![\d.])(?P<it>v?\d{1,4}\.\d{1,4}\.\d{1,6}(?:[.-]\w{1,12})?)(?![\d.]*\d)"),
    re.compile(
        (
            r"\b(?P<it>(?:version|release|build|верси[яию]|релиз"
            r"|сборк[аи])\s+v?\d[\w.]{0,15}\w)"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        (
            r"\b(?P<it>(?:order|invoice|booking|contract|transaction|payment|заказ\w{0,2}"
            r"|сч[её]т\w{0,2}|договор\w{0,2}"
            r"|плат[её]ж\w{0,2})\s*(?:no\.?|number|id|номер)?\s*[#№:]?\s*(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20})\b"
        ),
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<it>[€$£₽]\s?{_AMOUNT}|(?<![\w.,-]){_AMOUNT}\s?(?:(?:EUR|USD|GBP|RUB|CHF|руб)\b|[€₽]))",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<it>(?<![\d.,])\d[\d.,]*\s?%)"),
    re.compile(
        (
            rf"(?<![\w.,-])(?P<it>{_WHOLE}\s(?:users?|customers?|orders?|people|accounts?"
            r"|employees|shops?|stores?|devices?"
            r"|requests?|transactions?|пользовател\w+|клиент\w+|заказ\w+|человек|сотрудник\w+|магазин\w+))\b"
        ),
        re.IGNORECASE,
    ),
)


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


@lru_cache(maxsize=1 << 10)
def _figures(text: str) -> tuple[str, ...]:
    text = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
    text = _CARD.sub(lambda match: " " * len(match.group()), text)
    hits = sorted((hit for pattern in _PATTERNS for hit in pattern.finditer(text)), key=lambda h: h.start())
    return tuple(figure for hit in hits if "\n" not in (figure := hit.group("it").strip()))
