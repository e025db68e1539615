"""
How people choose in a conflict, where they work. Pure.

By a line of its own in an internal comment, close to those of the verdicts (`/risk dismiss`):

    /conflict use jira
    /conflict keep
    /conflict use jira for priority
    hub: use jira

or by a tag or label: `conflict_use_jira`, `conflict_keep`. Nothing is heard of what customers write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from hub.model import HUB, Comment, CommentId, System, Ticket, Value
from hub.signals.human import is_by_machine
from hub.support import by_customer

KEEP = "kept"
"""What stands is right."""
_LONGEST = 300
"""Characters of a line that may choose: what a customer wrote is looked at, too, and no line costs more."""
_LINE = re.compile(
    r"[ \t]*(?:[/\\]+conflicts?|conflicts?[ \t]*:|/?hub[ \t]*:)[ \t]*"
    r"(?:(?P<keep>keep|kept|leave)(?:[ \t]+(?:it|both|as[ \t]+it[ \t]+is))?"
    r"|(?:use|take|choose)[ \t]+(?:what[ \t]+)?(?P<side>[a-z]+)(?:['\u2019]s)?(?:[ \t]+(?:said|had|value))?)"
    r"(?:[ \t]+for[ \t]+(?P<about>[^\n]{1,80}?))?[ \t]*[.!]*[ \t]*",
    re.IGNORECASE,
)
_TAG = re.compile(r"(?:hub[_-])?conflict[_-](?:(?P<keep>keep|kept)|use[_-](?P<side>[a-z]+))", re.IGNORECASE)
_BEFORE = {"hub", "before", "old", "previous"}
"""How people name what the hub held before."""


class Choice(msgspec.Struct, frozen=True, order=True):
    """One person's word on the conflicts of a ticket. Earlier ones come first; of one instant, `keep`."""

    at: str
    change: bool
    """Whether another value than the one that stands is to be put in place."""
    use: str
    """A side; `kept`."""
    by: str
    """Who, and where."""
    side: System
    """Where it was said."""
    about: str = ""
    """The field or the ticket that it is about; empty: all that is open here."""
    comment: CommentId | None = None
    tag: str = ""


def chosen_in(comment: Comment, ticket: Ticket) -> Iterator[Choice]:
    """Yield the choices in a comment of our own people's; none in anybody else's."""
    lines = [found for line in comment.body.split("\n") if (found := _chosen(line)) is not None]
    if not lines or comment.removed or comment.audience == "public":
        return
    if is_by_machine(comment, ticket) or by_customer(comment, ticket):
        return
    who = comment.author.name or comment.author.email or "somebody"
    if comment.audience == "engineering":  # what they say there stays there, and that they do
        who = "somebody"
    for found in lines:
        use = KEEP if found["keep"] else named(found["side"])
        yield Choice(
            comment.created_at,
            use != KEEP,
            use,
            f"{who} in {comment.origin.capitalize()}",
            comment.origin,
            " ".join((found["about"] or "").casefold().split()),
            comment.id,
        )


def _chosen(line: str) -> re.Match[str] | None:
    said = line.rstrip()
    return _LINE.fullmatch(said) if len(said) <= _LONGEST else None


def choice_of(tag: str, side: System, at: str) -> Choice | None:
    """Return what a tag or label chooses, if it is one that does."""
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    use = KEEP if found["keep"] else named(found["side"])
    return Choice(at, use != KEEP, use, f"the tag {tag} in {side.capitalize()}", side, tag=tag)


def tags_of(value: Value) -> tuple[str, ...]:
    """Return the tags of a register that holds some that choose."""
    return tuple(t for t in value if _TAG.fullmatch(t)) if isinstance(value, tuple) else ()


def named(side: str) -> str:
    """Return the side that a person means."""
    word = side.casefold()
    return HUB if word in _BEFORE else word
