"""Mails under a false name."""

from __future__ import annotations

from connectors.email.authentication import Verified
from connectors.email.house import House
from connectors.email.model import Message


def forged_sender(message: Message, house: House, verified: Verified, *, begins: bool) -> str:
    """
    Return why the sender is not believed so far that the mail is held back, or nothing.

    In a known conversation it is kept, privately (see `trust`); to begin one it must not have failed.
    What comes from our own address and is not known as ours was sent by somebody else, or by a colleague
    past the hub: nobody is to be answered at our own address.
    """
    if house.is_ours(message.sender.email):
        return f"it says that it is from {message.sender.email}, our own address, but the hub did not send it"
    if verified == "fail" and begins:
        return f"failed authentication: trusted hosts found that it is not from {message.sender.email}"
    return ""
