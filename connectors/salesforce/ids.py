"""Salesforce's record ids: 15 characters in which letter case counts, and 3 more that check it. Pure."""

from __future__ import annotations

import re

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT, _FULL = 15, 18
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
CASE = "500"
"""What every id of a Case begins with."""


def is_id(text: str) -> bool:
    """Whether this can be a record's id, in either form."""
    return _ID.fullmatch(text) is not None


def full(record_id: str) -> str:
    """
    Return the 18-character form of an id; that form is what the API answers with.

    An 18-character id that lost its letter case on the way (a spreadsheet) gets it back from its check.
    Raises `ValueError` if it is no id.
    """
    if not is_id(record_id):
        raise ValueError(f"{record_id[:40]!r} is not a record id of Salesforce (15 or 18 letters and digits)")
    if len(record_id) == _SHORT:
        return record_id + _check(record_id)
    return _recased(record_id)


def short(record_id: str) -> str:
    """Return the 15-character form, as some of Salesforce's messages quote it."""
    return full(record_id)[:_SHORT]


def same(one: str, other: str) -> bool:
    """Whether two ids, in whichever form, name one record."""
    return is_id(one) and is_id(other) and full(one) == full(other)


def _check(short_id: str) -> str:
    blocks = (short_id[at : at + 5] for at in range(0, _SHORT, 5))
    return "".join(
        _ALPHABET[sum(1 << bit for bit, letter in enumerate(block) if "A" <= letter <= "Z")]
        for block in blocks
    )


def _recased(record_id: str) -> str:
    if _check(record_id[:_SHORT]) == record_id[_SHORT:]:
        return record_id
    check = record_id[_SHORT:].upper()
    if any(letter not in _ALPHABET for letter in check):
        raise _wrong_check(record_id)
    letters: list[str] = []
    for at, letter in enumerate(record_id[:_SHORT]):
        upper = _ALPHABET.index(check[at // 5]) >> at % 5 & 1
        letters.append(letter.upper() if upper else letter.lower())
    mended = "".join(letters)
    if _check(mended) != check:  # a digit where the check says a capital letter stood
        raise _wrong_check(record_id)
    return mended + check


def _wrong_check(record_id: str) -> ValueError:
    return ValueError(f"{record_id!r} is not a record id of Salesforce: its last three letters do not fit it")
