"""
Personal data and secrets, taken out of a text before it leaves the hub and put back into quotes. Pure.

Masked are e-mail addresses, telephone numbers, payment cards, IBANs, IP addresses and what looks like a
token or password. Names of people are not: they cannot be told from other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

_SHORTEST_PHONE, _LONGEST_PHONE = 9, 15
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
_HIGHEST_DIGIT = 9


class Masked(msgspec.Struct, frozen=True):
    """A text as it may be sent, and what stood where the masks are."""

    text: str
    held: Mapping[str, str]
    """By mask."""

    def unmask(self, words: str) -> str:
        """Return words of the masked text as they stand in the text itself."""
        return _MASK.sub(lambda mask: self.held.get(mask.group(), mask.group()), words)


def _luhn(digits: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if at % 2 else 1)
        total += value - _HIGHEST_DIGIT if value > _HIGHEST_DIGIT else value
    return total % 10 == 0


def _is_card(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    return _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD and _luhn(digits)


def _is_phone(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    told = found.startswith(("+", "8 ", "8(", "8-", "0", "(")) or any(c in found for c in "()")
    return _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE and (
        told or found.count("-") + found.count(" ") > 1
    )


def _is_token(found: str) -> bool:
    return any(map(str.isdigit, found)) and any(map(str.isalpha, found))


def _always(_: str) -> bool:
    return True


_MASK: Final = re.compile(r"\[(?:e-mail|secret|card|account|address|phone) \d+\]")
_KINDS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...]] = (
    ("e-mail", re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), _always),
    (
        "secret",
        re.compile(
            r"(?i:(?<=password:)|(?<=password: )|(?<=password is )|(?<=пароль:)|(?<=пароль: )|(?<=пароль )"
            r"|(?<=bearer )|(?<=token: )|(?<=token=)|(?<=key=)|(?<=secret: ))\S{4,}"
        ),
        _always,
    ),
    (
        "secret",
        re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:sk|pk|ghp|xox[abp]|AKIA)[-_]?[\w-]{12,}"),
        _always,
    ),
    ("secret", re.compile(r"(?<![\w/.-])[A-Za-z0-9_+/-]{28,}={0,2}(?![\w/])"), _is_token),
    ("account", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _always),
    ("card", re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)"), _is_card),
    ("address", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), _always),
    ("phone", re.compile(r"(?<![\w.])\+?\(?\d(?:[ ()-]{0,2}\d){8,14}(?!\w)"), _is_phone),
)


def mask(text: str) -> Masked:
    """Return the text with a numbered mask for each value, equal values under the same one."""
    text = _MASK.sub(lambda found: found.group().replace("[", "(").replace("]", ")"), text)
    masks: dict[tuple[str, str], str] = {}
    for kind, pattern, is_one in _KINDS:

        def hide(found: re.Match[str], kind: str = kind, is_one: Callable[[str], bool] = is_one) -> str:
            value = found.group()
            if not is_one(value):
                return value
            known = sum(k == kind for k, _ in masks)
            return masks.setdefault((kind, value), f"[{kind} {known + 1}]")

        text = pattern.sub(hide, text)
    return Masked(text, {name: value for (_, value), name in masks.items()})
