"""
What a mail is taken for, before its words go anywhere.

Each filter under `connectors.email.filters` knows one concern and gives its reason as a sentence for the
people who run the hub. Here they are asked in turn, and the first one decides; a mail that none of them
knows is heard. Nothing is thrown away: what is held back waits on a list from which it can be recovered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from connectors.email.authentication import verify
from connectors.email.filters import authenticity, automatic, bounces, echoes, lists, loops, oversize, peers
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message
from connectors.email.placing import Placement, place

What: TypeAlias = Literal[
    "hear",  # a person's word
    "note",  # a machine's word on a conversation: an internal note, without a change of status
    "bounce",  # word of the delivery of a mail of ours
    "echo",  # a mail of ours
    "peer",  # tells what the hub reads at its source
    "suspend",  # held back
]


class Judgement(NamedTuple):
    """What a mail is taken for, and by which sign."""

    what: What
    reason: str = ""
    outbox: int = 0
    """The row of the outbox that it is, or tells of; 0: none, or it cannot be told."""
    rewritten: str = ""
    """Of an echo: the Message-ID that a provider gave it instead of ours."""


class _Case(NamedTuple):
    message: Message
    house: House
    known: Known
    now: str
    placement: Placement

    @property
    def is_placed(self) -> bool:
        return bool(self.placement.conversation or self.placement.question)


def judge(message: Message, house: House, known: Known, now: str) -> Judgement:
    """Return what the mail is taken for; it is never an error."""
    case = _Case(message, house, known, now, place(message, house, known))
    found = (judgement for filter_ in _FILTERS if (judgement := filter_(case)) is not None)
    return next(found, Judgement("hear"))


def _echo(case: _Case) -> Judgement | None:
    echo = echoes.echo_of(case.message, case.house, case.known)
    return echo and Judgement("echo", echo.reason, echo.outbox, echo.rewritten)


def _bounce(case: _Case) -> Judgement | None:
    bounce = bounces.bounce_of(case.message, case.house, case.known)
    return bounce and Judgement("bounce", bounce.reason, bounce.outbox)


def _peer(case: _Case) -> Judgement | None:
    peer = peers.peer_of(case.message, case.house, answers_us=case.is_placed)
    return peer and Judgement("suspend" if peer.foreign else "peer", peer.reason)


def _loop(case: _Case) -> Judgement | None:
    return _suspended(loops.loop_in(case.message, case.house))


def _list(case: _Case) -> Judgement | None:
    return _suspended(lists.list_post(case.message, case.house, in_known_thread=case.is_placed))


def _cap(case: _Case) -> Judgement | None:
    conversation = case.placement.conversation
    return _suspended(loops.too_many(case.message, conversation, case.house, case.known, case.now))


def _automatic(case: _Case) -> Judgement | None:
    reason = automatic.automatic(case.message)
    if not reason:
        return None
    return Judgement("note", reason, bounces.named_row(case.message, case.house, case.known))


def _false_name(case: _Case) -> Judgement | None:
    verified = verify(case.message, case.house)
    reason = authenticity.forged_sender(case.message, case.house, verified, begins=not case.is_placed)
    return _suspended(reason)


def _measure(case: _Case) -> Judgement | None:
    return _suspended(oversize.out_of_measure(case.message, case.house))


def _suspended(reason: str) -> Judgement | None:
    return Judgement("suspend", reason) if reason else None


_FILTERS: tuple[Callable[[_Case], Judgement | None], ...] = (
    _echo,  # first: our own mails carry headers that other filters take for signs
    _bounce,
    _peer,  # before false names: a peer may write from our own support address
    _loop,
    _false_name,
    _list,
    _cap,  # before machines' answers: they too are counted, and make the loops
    _automatic,
    _measure,
)
"""In this order; the first that knows a mail decides."""
