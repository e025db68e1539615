"""
Which conversation a mail belongs to.

The signed token in an address that it was sent to says so; then the mails that it answers, the nearest
one first; then, only where these say nothing, Outlook's Thread-Index. Never the subject: two customers
write "Printer" on the same day. Where two of them disagree, a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from connectors.email import tokens
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message

_MOST_REFERENCES = 200  # of each header, the newest
_FORGED = (
    "it was sent to an address of ours with a token that we did not sign, or that was damaged on its way"
)


class Placement(NamedTuple):
    """Where a mail belongs, merges followed; 0: it begins a conversation, or there is a `question`."""

    conversation: int = 0
    by: Literal["token", "message-id", "thread-index", ""] = ""
    question: str = ""
    """Why it cannot be told: two ways disagree, and which."""
    sender_is_recipient: bool = False
    """The token of this conversation was given to the very address that now writes."""
    forged: str = ""
    """A token whose signature does not hold: it does not place the mail, and nothing with it is public."""


class _Named(NamedTuple):
    """The conversations that one way names, and what the others read of it."""

    conversations: tuple[int, ...]
    words: str


def place(message: Message, house: House, known: Known) -> Placement:
    """Return where the mail belongs."""
    found, forged = _tokens(message, house)
    by_token = _Named(
        _living(known, (it.conversation for it in found)), "the address that it was sent to names"
    )
    by_token, *by_id = _newest(known, [by_token, *_by_message_ids(message, known)])
    by_id = [it for it in by_id if it.conversations]
    question = _disagreement([by_token, *by_id])
    if question:
        return Placement(question=question, forged=forged)
    if by_token.conversations:
        here = by_token.conversations[0]
        # Who took part in what was merged into it does not take part in it by that.
        own = any(
            tokens.is_recipient(house, it, message.sender.email) for it in found if it.conversation == here
        )
        return Placement(here, "token", sender_is_recipient=own, forged=forged)
    if by_id:
        return Placement(by_id[0].conversations[0], "message-id", forged=forged)
    return _by_thread(message, known)._replace(forged=forged)


def _tokens(message: Message, house: House) -> tuple[list[tokens.Token], str]:
    found, forged = list[tokens.Token](), ""
    addresses = [*message.delivered_to, *(it.email for it in (*message.to, *message.cc))]
    for address in dict.fromkeys(addresses):
        try:
            token = tokens.read_reply(house, address)
        except tokens.Forged:
            forged = _FORGED
            continue
        if token is not None:
            found.append(token)
    return found, forged


def _by_message_ids(message: Message, known: Known) -> Iterator[_Named]:
    """Yield what the nearest known mail of References names, and that of In-Reply-To."""
    references = message.references[::-1][:_MOST_REFERENCES]
    answered = message.in_reply_to[:_MOST_REFERENCES]
    if message.report is not None and message.report.original_message_id:
        answered = (*answered, message.report.original_message_id)
    of = known.conversations_of(tuple(dict.fromkeys([*references, *answered])))
    for ids, words in (references, "References name"), (answered, "In-Reply-To names"):
        living = _nearest(known, (of.get(it, ()) for it in ids))
        if living:
            yield _Named(living, words)


def _nearest(known: Known, named: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return next((living for it in named if (living := _living(known, it))), ())


def _by_thread(message: Message, known: Known) -> Placement:
    """Place by Thread-Index, which Outlook also keeps in a new mail made from an old one: only a hint."""
    if not message.thread_index:
        return Placement()
    here = [
        it
        for it in _living(known, known.by_thread(message.thread_index))
        if known.is_participant(it, message.sender.email)
    ]
    if len(here) > 1:
        return Placement(question=_disagreement([_Named(tuple(here), "its Thread-Index names")]))
    return Placement(here[0], "thread-index") if here else Placement()


def _living(known: Known, conversations: Iterable[int]) -> tuple[int, ...]:
    """Return each once, merges followed, without those that are gone."""
    survivors = dict.fromkeys(known.survivor(it) for it in conversations)
    return tuple(it for it in survivors if known.conversation(it) is not None)


def _newest(known: Known, ways: Sequence[_Named]) -> list[_Named]:
    """Leave out what is closed and goes on in another conversation that the mail names, too."""
    named = {it for way in ways for it in way.conversations}
    over = {before for it in named for before in _followed(known, it)} if len(named) > 1 else set[int]()
    kept = [tuple(it for it in way.conversations if it not in over) for way in ways]
    return [way._replace(conversations=left) for way, left in zip(ways, kept, strict=True)]


def _followed(known: Known, conversation: int) -> Iterator[int]:
    """Yield what a conversation follows, as far as that is closed; one is always begun after it."""
    while (held := known.conversation(conversation)) is not None and held.follows.isdecimal():
        before = known.survivor(int(held.follows))
        closed = known.conversation(before)
        if before >= conversation or closed is None or closed.status != "closed":
            return
        yield before
        conversation = before


def _disagreement(ways: Sequence[_Named]) -> str:
    if len({conversation for way in ways for conversation in way.conversations}) < 2:  # noqa: PLR2004 # two disagree
        return ""
    said = [f"{way.words} {_listed(way.conversations)}" for way in ways if way.conversations]
    return f"it cannot be told which conversation it belongs to: {', '.join(said)}"


def _listed(conversations: Sequence[int]) -> str:
    plural = "s" if len(conversations) > 1 else ""
    return f"conversation{plural} {' and '.join(str(it) for it in conversations)}"
