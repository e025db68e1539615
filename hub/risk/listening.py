"""What was said on a ticket of a history, heard as on a living one."""

from __future__ import annotations

from collections.abc import Mapping

from hub.history.event import Event
from hub.model import HUB, Comment, CommentId, Course, Person, System, Ticket, TicketId, Value
from hub.signals.heard import Heard, heard

_CUSTOMER = "customer"
"""Who asks, where a history names no requester: whoever its comments say is the customer."""


class Thread:
    """The comments of one ticket so far."""

    __slots__ = ("_comments", "_heard", "_seen")

    def __init__(self) -> None:
        self._comments: dict[CommentId, Comment] = {}
        self._heard: Heard | None = None
        self._seen: tuple[int, Value, Value] = (0, None, None)

    def add(self, event: Event, requester: Value) -> None:
        """Take in what was said in an event; `requester` is the ticket's, as far as it is known by then."""
        said = event.comment
        if said is None or said.by == "machine":
            return
        origin = System(event.side or HUB)
        key = CommentId(said.id or f"{origin}:{len(self._comments)}")
        who = str(requester or _CUSTOMER) if said.by == "customer" else event.actor or ""
        name, _, own = who.partition(":")
        author = Person(own) if own and name == origin else Person(email=who or None)
        self._comments[key] = Comment(key, said.body, author, event.at, said.audience, origin)

    def heard(self, registers: Mapping[str, Value], course: Course) -> Heard:
        """Return what is heard on the ticket; read again only when there is something new to read."""
        described, requester = registers.get("description"), registers.get("requester")
        seen = (len(self._comments), described, requester)
        if self._heard is None or seen != self._seen:
            ticket = Ticket(
                TicketId(""),
                {"requester": requester or _CUSTOMER, "description": described},
                comments=self._comments,
                course=course,
            )
            self._heard, self._seen = heard(ticket), seen
        return self._heard
