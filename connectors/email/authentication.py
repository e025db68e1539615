"""
Whether a mail's From can be believed: what trusted hosts wrote into Authentication-Results (RFC 8601).

Nothing is checked here again: the host that took the mail from the world did, and said so in a header.
Anyone can write such a header, so only those count that name a trusted host and stand above the first
Received of a host that is not trusted; and of these the topmost, since hosts write on top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from connectors.email.house import House
from connectors.email.model import Message

Verified: TypeAlias = Literal["pass", "fail", "none"]
"""`none`: nobody who is trusted said anything, or only that there was nothing to check."""

EXCHANGE_ONLINE = "exchange-online"
"""In `House.trusted`: Exchange Online's headers, which name no host, are believed. So does an empty name."""

_LONGEST = 5000  # characters of a header that are looked at
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s;"]+)|(;)', re.DOTALL)
_BY = re.compile(r"\bby\s+\[?([^\s;()\]]+)", re.IGNORECASE)
_LOCAL_DELIVERY = re.compile(r"\bwith\s+(?:LMTP|LOCAL)", re.IGNORECASE)
_ADDRESS_LITERAL = re.compile(r"[0-9a-f:.]*(?:[0-9]\.[0-9.]+|:[0-9a-f:]*)\Z", re.IGNORECASE)
_SEALER = re.compile(r"(?:^|;)\s*d\s*=\s*([^\s;]+)", re.IGNORECASE)
_INSTANCE = re.compile(r"\s*i\s*=\s*(\d{1,3})\s*;", re.IGNORECASE)


class Result(NamedTuple):
    """What a host found by one method."""

    method: str
    result: str
    properties: Mapping[str, str]
    """`header.from`, `header.d`, `smtp.mailfrom` and the like, all in lower case."""


class Results(NamedTuple):
    """One header: who says it, empty where nobody is named, and what."""

    host: str
    found: tuple[Result, ...]

    def of(self, method: str) -> Iterator[Result]:
        return (it for it in self.found if it.method == method)


def read_results(value: str) -> Results:
    """Return what a header says. Whatever stands there, something is returned and nothing raised."""
    host, found = "", list[Result]()
    for n, words in enumerate(_statements(_without_comments(value[:_LONGEST]))):
        if n == 0 and words and "=" not in words[0]:
            host = words.pop(0).rstrip(".").lower()
        if words and (result := _result(words)) is not None:
            found.append(result)
    return Results(host, tuple(found))


def verify(message: Message, house: House) -> Verified:
    """Return whether trusted hosts found that the mail is from the domain in its From."""
    domain = message.sender.email.rpartition("@")[2]
    results = _believed(message, house)
    if not domain or results is None:
        return "none"
    verdict = _verdict(results, domain)
    if verdict != "pass" and any(it.result == "pass" for it in results.of("arc")):
        # A list or a forwarder changed the mail; a trusted one says what it had found before it did.
        sealed = _sealed(message, house)
        if sealed is not None and _verdict(sealed, domain) == "pass":
            return "pass"
    return verdict


def _verdict(results: Results, domain: str) -> Verified:
    for dmarc in results.of("dmarc"):
        if dmarc.result in ("pass", "bestguesspass"):
            about = dmarc.properties.get("header.from", domain)
            return "pass" if _domain_of(about) == domain else "fail"
        if dmarc.result == "fail":
            return "fail"
    signers = [
        (it.result, it.properties.get("header.d") or it.properties.get("header.i", ""))
        for it in results.of("dkim")
    ]
    if any(result == "pass" and _aligned(signer, domain) for result, signer in signers):
        return "pass"
    for spf in results.of("spf"):
        sender = spf.properties.get("smtp.mailfrom") or spf.properties.get("smtp.helo", "")
        if _aligned(sender, domain) and spf.result in ("pass", "fail", "hardfail"):
            return "pass" if spf.result == "pass" else "fail"
    return "none"


def _aligned(about: str, domain: str) -> bool:
    """
    Return whether two domains belong together: the same one, or one below the other.

    Without a list of public suffixes, two domains side by side below a third are not taken together.
    """
    about = _domain_of(about)
    shorter, longer = sorted((about, domain), key=len)
    return about == domain or (longer.endswith(f".{shorter}") and not _is_public_suffix(shorter))


def _is_public_suffix(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) < 2 or (len(labels) == 2 and len(labels[0]) <= 3 and len(labels[1]) == 2)  # noqa: PLR2004 # co.uk


def _domain_of(about: str) -> str:
    return about.rpartition("@")[2].rstrip(".").lower()


def _believed(message: Message, house: House) -> Results | None:
    """Return the topmost results of a trusted host, of those written before the mail came to it."""
    for name, value in message.headers if house.trusted else ():
        if name == "received" and not _is_inside(value, house):
            return None
        if name == "authentication-results":
            results = read_results(value)
            if _is_trusted(results.host, house):
                return results
    return None


def _is_trusted(host: str, house: House) -> bool:
    if not host:
        return EXCHANGE_ONLINE in house.trusted or "" in house.trusted
    return any(host == it or (it.startswith(".") and host.endswith(it)) for it in _hosts(house))


def _is_inside(received: str, house: House) -> bool:
    """Return whether a Received is by a trusted host, or by one that hands mail on within the same house."""
    found = _BY.search(_without_comments(received[:_LONGEST]))
    by = found[1].rstrip(".").lower() if found else ""
    if _LOCAL_DELIVERY.search(received) or ("." not in by and ":" not in by) or _ADDRESS_LITERAL.match(by):
        return bool(by)
    if _is_trusted("", house) and by.endswith(".outlook.com"):
        return True
    return any(by == it.lstrip(".") or by.endswith(f".{_around(it)}") for it in _hosts(house))


def _hosts(house: House) -> Iterator[str]:
    return (it.lower() for it in house.trusted if it and it != EXCHANGE_ONLINE)


def _around(host: str) -> str:
    """Return the domain that a host stands in: `mx.example.org` stands in `example.org`."""
    below = host.partition(".")[2]
    return below if "." in below and not _is_public_suffix(below) else host


def _sealed(message: Message, house: House) -> Results | None:
    """Return what the newest trusted sealer of the ARC chain (RFC 8617) had found."""
    sealers = dict[int, str]()
    for value in message.all_headers("arc-seal"):
        found, sealer = _instance(value), _SEALER.search(value[:_LONGEST])
        if found and sealer:
            sealers[found] = sealer[1].rstrip(".").lower()
    for value in sorted(message.all_headers("arc-authentication-results"), key=_instance, reverse=True):
        if _is_sealer(sealers.get(_instance(value), ""), house):
            return read_results(_INSTANCE.sub("", value, count=1))
    return None


def _is_sealer(domain: str, house: House) -> bool:
    return any(domain and domain in (it.lstrip("."), _around(it)) for it in _hosts(house))


def _instance(value: str) -> int:
    found = re.search(r"(?:^|;)\s*i\s*=\s*(\d{1,3})\s*(?:;|$)", value[:_LONGEST], re.IGNORECASE)
    return int(found[1]) if found else 0


def _result(words: list[str]) -> Result | None:
    method, equals, result = words[0].partition("=")
    if not equals:
        return None
    pairs = (word.partition("=") for word in words[1:])
    properties = dict[str, str]()
    for name, equals, value in pairs:
        if equals:
            _ = properties.setdefault(name.lower(), value.strip().lower())
    return Result(method.partition("/")[0].lower(), result.lower(), properties)


def _statements(value: str) -> Iterator[list[str]]:
    """Split at semicolons, and each statement into words; `name = value` and quoted values are one word."""
    words = list[str]()
    joined = False  # the last word ends in `=`, or what follows begins with it
    for quoted, word, end in (found.groups("") for found in _TOKEN.finditer(value)):
        if end:
            yield words
            words, joined = [], False
            continue
        text = word or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        if words and (joined or (word and word.startswith("="))):
            words[-1] += text
        else:
            words.append(text)
        joined = words[-1].endswith("=") and word.endswith("=")
    yield words


def _without_comments(value: str) -> str:
    """Return the value without (comments), nested ones too; what stands in quotes is not one."""
    kept, depth, quoted, escaped = list[str](), 0, False, False
    for character in value:
        if escaped or character == "\\":
            escaped = not escaped
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            kept.append(" ")
            continue
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(character)
    return "".join(kept)
