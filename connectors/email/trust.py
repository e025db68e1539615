"""
Whether what a mail says may be shown to everyone who takes part in its conversation.

A token or a Message-ID says which conversation is meant; both travel with every forwarded mail. So what
an outsider, or somebody under a false name, says there is kept where only agents read it, with a flag
that says why. Nothing is lost by that: an agent can make it public.
"""

from __future__ import annotations

from typing import NamedTuple

from connectors.email.authentication import Verified, verify
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message
from connectors.email.placing import Placement


class Trust(NamedTuple):
    """How far a mail is believed."""

    public: bool
    flag: str = ""
    """What agents read above a comment that is kept private; of a new conversation: beside it."""
    verified: Verified = "none"


def trust(message: Message, placement: Placement, house: House, known: Known) -> Trust:
    """
    Return whether a mail's words may be public in its conversation.

    | placed by | sender | authentication | then |
    |---|---|---|---|
    | anything | takes part | passed, or senders are not checked | public |
    | its own token | takes part | no verdict | public: the token was given to this address |
    | anything else | takes part | no verdict | private, flagged |
    | anything | takes part | failed | private, flagged |
    | anything | unknown | any | private, flagged |
    | anything, beside a forged token | any | any | private, flagged |
    | nothing: it begins a conversation | any | not failed | public |
    | nothing | any | failed | private, flagged (`judging` holds it back) |
    """
    verified = verify(message, house)
    flag = _flag(message, placement, house, known, verified)
    begins = not placement.conversation and verified != "fail"
    return Trust(public=not flag or begins, flag=flag, verified=verified)


def _flag(message: Message, placement: Placement, house: House, known: Known, verified: Verified) -> str:
    name = message.sender.email or "somebody without an address"
    if placement.forged:
        return f"Not shown to others: {placement.forged}. Its From says {name}."
    if verified == "fail":
        return f"Not shown to others: {name} did not pass the check of senders; it may be somebody else."
    if not placement.conversation:
        return ""
    if not placement.sender_is_recipient and not known.is_participant(
        placement.conversation, message.sender.email
    ):
        return _outsider(name, placement)
    if verified == "none" and house.trusted and not placement.sender_is_recipient:
        return f"Not shown to others: nothing vouches for it that this is {name}."
    return ""


def _outsider(name: str, placement: Placement) -> str:
    if placement.by == "token":
        return (
            f"Not shown to others: {name} takes no part in this conversation. The mail that it answers was "
            "sent to somebody else, and perhaps forwarded; or on a ticket that was merged into this one."
        )
    return f"Not shown to others: it answers a mail of this conversation, in which {name} takes no part."
