"""What the filters ask of the mail side's store: which mails and conversations are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from connectors.email.model import Conversation


class Known(Protocol):
    """Questions only; every answer is as recorded now. Message-IDs are without <>, addresses lower case."""

    def conversations_of(self, message_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        """Return the conversations, open, closed or merged ones, that each known Message-ID belongs to."""
        ...

    def by_thread(self, thread_index: str) -> tuple[int, ...]:
        """Return the conversations with a mail whose Thread-Index began so."""
        ...

    def outbox_of(self, message_id: str) -> int | None:
        """Return the row of our outbox with this Message-ID: ours, or one that a provider gave it."""
        ...

    def conversation(self, id: int) -> Conversation | None: ...  # noqa: A002 # it is its id

    def survivor(self, id: int) -> int:  # noqa: A002
        """Return the conversation that this one was merged into, by however many merges; or itself."""
        ...

    def mails_from(self, email: str, since: str, conversation: int | None) -> int:
        """Return how many mails of this address were heard or noted since then, there or (None) anywhere."""
        ...

    def is_participant(self, id: int, email: str) -> bool:  # noqa: A002
        """Return whether this is its requester, a follower, or someone who was heard there in public."""
        ...
