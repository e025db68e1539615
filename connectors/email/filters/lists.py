"""Posts of mailing lists and mass mailings: nobody asked us anything, and an answer would go to everybody."""

from __future__ import annotations

import re

from connectors.email.house import House
from connectors.email.model import Message

_LIST_HEADERS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
)
_LIST_ID = re.compile(r"<([^<>]+)>")
_ADDRESS = re.compile(r"(?<![\w.+=-])[\w.+=-]{1,64}@[\w.-]{1,255}")


def list_post(message: Message, house: House, *, in_known_thread: bool) -> str:
    """
    Return why this is a list's mail, or nothing.

    A group address that is ours (a Google Group that hands on what customers write to it) is no list to
    us; nor is an answer to a mail of ours that someone sent to a list and to us.
    """
    sign = next((name for name in _LIST_HEADERS if message.header(name)), "")
    if not sign and message.header("precedence").strip().lower() != "list":
        return ""
    if _is_our_group(message, house) or (in_known_thread and _is_to_us(message, house)):
        return ""
    name = _name(message)
    return (
        f"it came through the mailing list {name}"
        if name
        else f"it is a mass mailing ({sign or 'precedence'})"
    )


def _is_to_us(message: Message, house: House) -> bool:
    return any(house.is_ours(it.email) for it in (*message.to, *message.cc))


def _is_our_group(message: Message, house: House) -> bool:
    posts = _ADDRESS.findall(f"{message.header('list-post')} {message.header('mailing-list')}".lower())
    beenthere = message.header("x-beenthere").strip().lower()
    if any(house.is_ours(it) for it in (*posts, beenthere) if it):
        return True
    ours = {it.lower().replace("@", ".") for it in (house.address, *house.aliases)}
    return _name(message).lower() in ours


def _name(message: Message) -> str:
    """Return the list's own name, `support.example.org`, from `"Support" <support.example.org>`."""
    value = message.header("list-id").strip()
    found = _LIST_ID.search(value)
    return found[1].strip() if found else value
