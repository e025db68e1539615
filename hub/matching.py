"""
Which replicas that were there before the hub are the same problem: pairs, each with a score and why. Pure.

Pairs come from blocks: replicas that name each other, or have a subject or a mail in common. Nobody
compares all with all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from hub.fingerprint import digest
from hub.matching_names import MESSAGE, Trace, addresses_in, messages_in, names_in, names_of
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, RemoteId, System, TicketId, Value

HOMES = (ZENDESK, SALESFORCE, EMAIL, JIRA)
"""Of a pair, the side named first keeps the ticket: there people talk with the customer."""
SHARED = frozenset({JIRA})
"""One replica there may serve many tickets."""
LARGEST = 60
"""Replicas in a block; a subject that more have (`Help`) tells nothing by itself."""
LEAST = 0.5
"""Pairs below are not proposed."""
_LINKED, _ADDRESS, _MAIL, _NAMED, _SUBJECT, _REQUESTER, _HOUR, _DAY, _WEEK, _TEXT = (
    0.99, 0.96, 0.95, 0.85, 0.45, 0.45, 0.45, 0.3, 0.1, 0.5,
)  # fmt: skip
_PREFIX = re.compile(
    r"^(?:\s*(?:re|fwd?|aw|wg|antw|sv|vs|tr)\s*(?:\[\d+\])?\s*:\s*|\s*\[[^\]]{1,40}\]\s*)+", re.IGNORECASE
)
_WORD = re.compile(r"\w+")
_SHINGLE = 5


class Entry(msgspec.Struct, frozen=True):
    """One replica, as far as it tells what it is about."""

    system: System
    remote_id: RemoteId
    label: str
    registers: Mapping[str, Value]
    at: str = ""
    """When it was made, as far as that is known."""
    texts: tuple[str, ...] = ()
    names: frozenset[Trace] = frozenset()
    """What its fields name: keys typed into a field, ids that another connector left."""

    @property
    def ticket(self) -> TicketId:
        return TicketId(f"{self.system}:{self.remote_id}")


class Evidence(msgspec.Struct, frozen=True):
    """One reason to take two replicas for the same problem."""

    what: str
    weight: float


class Proposal(msgspec.Struct, frozen=True):
    """Two replicas that may be the same problem."""

    id: str
    ticket: TicketId
    label: str
    system: System
    remote_id: RemoteId
    other: str
    """The other one's label."""
    subject: str
    score: float
    evidence: tuple[Evidence, ...]
    rivals: tuple[str, ...] = ()
    """Labels of others that could be the one as well: a person must choose."""


def propose(entries: Sequence[Entry], linked: Iterable[tuple[TicketId, Trace]] = ()) -> list[Proposal]:
    """Return the pairs worth showing, the likeliest first; `linked`: by another connector."""
    looked = [_Looked(entry) for entry in entries]
    by_name = _index(looked)
    found: dict[tuple[TicketId, TicketId], dict[str, float]] = {}
    for one, other, what, weight in _signs(looked, by_name, set(linked)):
        first, second = sorted((one, other), key=lambda e: HOMES.index(e.entry.system))
        signs = found.setdefault((first.entry.ticket, second.entry.ticket), {})
        signs[what] = max(weight, signs.get(what, 0.0))
    held = {it.entry.ticket: it for it in looked}
    proposals = [
        made
        for (first, second), signs in found.items()
        if (made := _proposal(held[first], held[second], signs)) is not None
    ]
    return sorted(_with_rivals(proposals), key=lambda p: (-p.score, p.ticket, p.remote_id))


class _Looked:
    """An entry with what was found in it, once."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        whole = "\n".join(entry.texts)
        self.addresses = frozenset(addresses_in(whole))
        self.named = frozenset(names_in(whole)) - self.addresses
        self.mails = frozenset(messages_in(whole)) | {n for n in entry.names if n[0] == MESSAGE}
        self.own = names_of(entry.system, entry.remote_id, entry.label)
        self.subject = normal_subject(str(entry.registers.get("subject") or ""))
        self.requester = str(entry.registers.get("requester") or "").casefold()
        self.moment = datetime.fromisoformat(entry.at).timestamp() if entry.at else None
        self._shingles: frozenset[int] | None = None

    @property
    def shingles(self) -> frozenset[int]:
        if self._shingles is None:
            words = _WORD.findall(self.entry.texts[0].casefold()) if self.entry.texts else []
            rows = (tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1))
            self._shingles = frozenset(hash(row) for row in rows)
        return self._shingles


def normal_subject(text: str) -> str:
    """Return a subject without `Re:` and the like, letter case and blanks aside."""
    return " ".join(_PREFIX.sub("", text).casefold().split())


def _index(looked: Iterable[_Looked]) -> dict[Trace, list[_Looked]]:
    by_name: dict[Trace, list[_Looked]] = {}
    for it in looked:
        for name in it.own:
            by_name.setdefault(name, []).append(it)
    return by_name


def _signs(
    looked: Sequence[_Looked], by_name: Mapping[Trace, list[_Looked]], linked: set[tuple[TicketId, Trace]]
) -> Iterator[tuple[_Looked, _Looked, str, float]]:
    by_ticket = {it.entry.ticket: it for it in looked}
    for ticket, name in linked:
        for other in by_name.get(name, ()):
            if ticket in by_ticket:
                yield by_ticket[ticket], other, "another connector linked them", _LINKED
    for it in looked:
        for names, how, weight in (
            (it.entry.names, "is named in a field of", _ADDRESS),
            (it.addresses, "is linked to in the words of", _ADDRESS),
            (it.named, "is named in the words of", _NAMED),
        ):
            for name in names:
                for other in by_name.get(name, ()):
                    if other.entry.system != it.entry.system:
                        yield it, other, f"{other.entry.label} {how} {it.entry.label}", weight
    yield from _alike(looked)


def _alike(looked: Sequence[_Looked]) -> Iterator[tuple[_Looked, _Looked, str, float]]:
    """What two replicas have in common without naming each other."""
    blocks: dict[tuple[str, ...], list[_Looked]] = {}
    for it in looked:
        for mail in it.mails:
            blocks.setdefault(mail, []).append(it)
        if it.subject:
            blocks.setdefault(("subject", it.subject), []).append(it)
            if it.requester:
                blocks.setdefault(("both", it.subject, it.requester), []).append(it)
    for key, block in blocks.items():
        if len(block) > LARGEST:
            continue
        for one, other in _across(block):
            if key[0] == MESSAGE:
                yield one, other, "the same mail (its Message-ID) is on both", _MAIL
            else:
                yield from _likeness(one, other, len(block))


def _across(block: Sequence[_Looked]) -> Iterator[tuple[_Looked, _Looked]]:
    for i, one in enumerate(block):
        for other in block[i + 1 :]:
            if one.entry.system != other.entry.system:
                yield one, other


def _likeness(one: _Looked, other: _Looked, size: int) -> Iterator[tuple[_Looked, _Looked, str, float]]:
    # a subject that many have in common says less
    yield one, other, "the same subject", _SUBJECT * (2 / max(size, 2)) ** 0.5
    if one.requester and one.requester == other.requester:
        yield one, other, "the same requester", _REQUESTER
    if one.moment is not None and other.moment is not None:
        apart = abs(one.moment - other.moment)
        for bound, weight, word in ((3600, _HOUR, "hour"), (86_400, _DAY, "day"), (604_800, _WEEK, "week")):
            if apart <= bound:
                yield one, other, f"made within one {word}", weight
                break
    if one.shingles and other.shingles:
        common = len(one.shingles & other.shingles) / min(len(one.shingles), len(other.shingles))
        if common >= 0.5:  # noqa: PLR2004  half of the shorter one
            yield one, other, f"{common:.0%} of the description is the same", _TEXT * common


def _proposal(first: _Looked, second: _Looked, signs: Mapping[str, float]) -> Proposal | None:
    doubt = 1.0
    for weight in signs.values():
        doubt *= 1 - weight
    score = round(1 - doubt, 3)
    if score < LEAST:
        return None
    one, other = first.entry, second.entry
    ordered = sorted(signs.items(), key=lambda it: (-it[1], it[0]))
    return Proposal(
        id=digest([one.ticket, other.ticket])[:8],
        ticket=one.ticket,
        label=one.label,
        system=other.system,
        remote_id=other.remote_id,
        other=other.label,
        subject=str(one.registers.get("subject") or ""),
        score=score,
        evidence=tuple(Evidence(what, round(weight, 3)) for what, weight in ordered),
    )


def _with_rivals(proposals: Sequence[Proposal]) -> Iterator[Proposal]:
    """A ticket has one replica in a system, and a replica one ticket, but for those that many may share."""
    by_ticket: dict[tuple[TicketId, System], list[Proposal]] = {}
    by_replica: dict[tuple[System, RemoteId], list[Proposal]] = {}
    for proposal in proposals:
        if proposal.system not in SHARED:
            by_ticket.setdefault((proposal.ticket, proposal.system), []).append(proposal)
            by_replica.setdefault((proposal.system, proposal.remote_id), []).append(proposal)
    for proposal in proposals:
        same_ticket = by_ticket.get((proposal.ticket, proposal.system), ())
        same_replica = by_replica.get((proposal.system, proposal.remote_id), ())
        rivals = {p.other for p in same_ticket if _contends(p, proposal)}
        rivals |= {p.label for p in same_replica if _contends(p, proposal)}
        yield msgspec.structs.replace(proposal, rivals=tuple(sorted(rivals)))


def _contends(rival: Proposal, proposal: Proposal) -> bool:
    """Whether it is not clearly the lesser one."""
    return rival.id != proposal.id and 1 - rival.score < 4 * (1 - proposal.score) + 0.02
