"""Record ids: 15 characters that mind case, and three check characters for those who do not."""

from __future__ import annotations

import re

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


def id18(text: str) -> str:
    """Return the 18-character form of an id of 15; any other text as it is."""
    if len(text) != 15:
        return text
    return text + "".join(
        _CHECK[sum(1 << at for at, char in enumerate(text[start : start + 5]) if "A" <= char <= "Z")]
        for start in (0, 5, 10)
    )


def id15(text: str) -> str:
    """Return the 15-character form, which DUPLICATE_VALUE messages quote."""
    return text[:15]


def is_id(text: str) -> bool:
    """Whether a text has the form of an id, of 15 or 18 characters."""
    return _ID.fullmatch(text) is not None


def restored(text: str) -> str | None:
    """Return the id that a text means, by its check characters where case was lost; None if none."""
    if not is_id(text):
        return None
    if len(text) == 15:
        return id18(text)
    letters = []
    for block, check in enumerate(text[15:].upper()):
        bits = _CHECK.find(check)
        if bits < 0:
            return None
        part = text[block * 5 : block * 5 + 5]
        letters += [char.upper() if bits >> at & 1 else char.lower() for at, char in enumerate(part)]
    whole = "".join(letters)
    return id18(whole)


def made(prefix: str, number: int) -> str:
    """Return the id of the n-th record under a key prefix; later numbers sort later."""
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return id18(f"{prefix}Hs0000{digits}")
