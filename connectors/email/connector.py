"""A support mailbox, as the hub sees any system: conversations are its replicas, mails its comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from connectors.email import arrived, conversations, observing, shelf
from connectors.email import webhook as webhooks
from connectors.email.arrived import Raw
from connectors.email.conversations import Held, label
from connectors.email.executing import Executor, execute
from connectors.email.hearing import Hearing
from connectors.email.inbox import Inbox
from connectors.email.outbox import Outbox
from connectors.email.parts import open_part
from connectors.email.pruning import Pruning
from hub.errors import HubError
from hub.model import EMAIL, Attachment, System, TicketId
from hub.operations import Operation, Outcome
from hub.ports import Hint, Webhook
from hub.replica import Cursor, Observation, Page
from hub.schema import Schema
from hub.store.core import Core

PAGE = 200
"""Conversations a page."""


class EmailConnector:
    """
    One support mailbox, or several that are one.

    What it shows lies in the hub's own database: `inboxes` bring mails there, `hearing` makes
    conversations of them, `executor` adds what the hub says, and `outbox` sends it. `groups` names the
    group of each address of ours; `calls` counts what both servers are asked.
    """

    def __init__(
        self,
        core: Core,
        inboxes: Sequence[Inbox],
        outbox: Outbox,
        hearing: Hearing,
        executor: Executor,
        *,
        pruning: Pruning,
        groups: Mapping[str, str],
        calls: Counter[str],
        webhook_secret: str = "",
    ) -> None:
        self._core = core
        self._inboxes = inboxes
        self.outbox = outbox
        self._hearing = hearing
        self._executor = executor
        self._pruning = pruning
        self._groups = groups
        self._calls = calls
        self._webhook_secret = webhook_secret
        self._sends = True

    @property
    def system(self) -> System:
        return EMAIL

    @property
    def inbox(self) -> Inbox:
        """The first account: the one that is watched."""
        return self._inboxes[0]

    def changes(self, cursor: Cursor | None) -> Iterator[Page]:
        """
        Send what is still to be sent, take in what is new in the mailbox, and yield what changed.

        A server that fails stops neither: what is there already is shown before it is told. A cursor
        that is not ours raises `ValueError`.
        """
        place = int(cursor or 0)
        failed = self._deliver() if self._sends else None
        _ = self._hearing.work()  # what an earlier run left, and what people recovered
        for page in self._pages(place):
            place = int(page.cursor)
            yield page
        for inbox in self._inboxes:
            try:
                for taken in inbox.read():
                    _ = self._hearing.work() if taken else 0
                    for page in self._pages(place) if taken else ():
                        place = int(page.cursor)
                        yield page
            except HubError as error:
                failed = failed or error
        yield Page((), Cursor(str(place)))
        if failed is not None:
            raise failed

    @contextmanager
    def withholding(self) -> Generator[None]:
        """Within it, nothing leaves: for who only looks, or must first know what was taken back meanwhile."""
        self._sends = False
        try:
            yield
        finally:
            self._sends = True

    def send(self) -> None:
        """Let go what nothing needs any more, and send what is due. Raises `HubError` where that fails."""
        _ = self._pruning.run()
        _ = self.outbox.deliver()

    def _deliver(self) -> HubError | None:
        try:
            _ = self.outbox.deliver()
        except HubError as error:
            return error
        return None

    def _pages(self, place: int) -> Iterator[Page]:
        while True:
            with self._core.reading() as connection:
                found = conversations.changed_since(connection, place, PAGE)
                ids = [held.id for held in found]
                said, files = conversations.comments(connection, ids), conversations.files(connection, ids)
            if not found:
                return
            place = found[-1].changed
            seen = tuple(
                observing.observe(held, said.get(held.id, ()), files.get(held.id, ()), self._groups)
                for held in found
            )
            yield Page(seen, Cursor(str(place)))

    def fetch(self, names: Sequence[str], *, whole: bool = False) -> Mapping[str, Observation]:
        """Look at conversations, by number or label (`mail-7`). Always complete."""
        del whole
        wanted = {name: conversations.number(name) for name in names}
        with self._core.reading() as connection:
            numbers = [found for found in wanted.values() if found is not None]
            held = conversations.load(connection, numbers)
            said = conversations.comments(connection, held)
            files = conversations.files(connection, held)
        shown: dict[str, Observation] = {}
        for name, found in wanted.items():
            one = held.get(found) if found is not None else None
            if one is None:
                shown[name] = observing.missing(name)
            else:
                shown[name] = observing.observe(
                    one, said.get(one.id, ()), files.get(one.id, ()), self._groups
                )
        return shown

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """Return the conversations that the hub began under these keys."""
        with self._core.reading() as connection:
            held: Mapping[str, Held] = conversations.by_keys(connection, keys)
        shown = self.fetch([label(one.id) for one in held.values()])
        return {TicketId(key): shown[label(one.id)] for key, one in held.items()}

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        """Do these operations; then send what is in the outbox, if that is not withheld."""
        yield from execute(self._executor, operations)
        if self._sends:
            _ = self.outbox.deliver()

    def schema(self) -> Schema:
        """Describe the fields of a conversation."""
        return observing.schema(self._groups)

    @contextmanager
    def open(self, attachment: Attachment) -> Generator[Iterator[bytes]]:
        """Stream a file out of the mail that it came in."""
        number = conversations.number(attachment.remote_id)
        with self._core.reading() as connection:
            file = conversations.file(connection, number) if number is not None else None
            if file is None:
                raise FileNotFoundError(f"the mail side has no file {attachment.name!r} any more")
            raw = Raw(connection, file.value.owner)
            if file.value.size and not raw.size:
                raise FileNotFoundError(f"the bytes of {attachment.name!r} were let go, for their age")
            yield open_part(raw, file.value.part)

    def verify(self, webhook: Webhook) -> tuple[Hint, ...]:
        """Return the mailbox that a nudge is about, or raise `Rejected`."""
        return webhooks.verify(webhook, self._webhook_secret)

    def acknowledgement(self, webhook: Webhook) -> bytes | None:
        """Any answer in the 200s will do."""
        del webhook
        return None

    def troubles(self) -> Mapping[str, int]:
        """Mails that a filter or their own bytes keep out, and mails of ours that did not arrive or leave."""
        with self._core.reading() as connection:
            kept_out, capped = arrived.held_back(connection), len(shelf.capped(connection))
        lost = self.outbox.counts().get("failed", 0)
        found = {"mails held back": kept_out, "mails not delivered": lost, "mails held up by a cap": capped}
        return {what: count for what, count in found.items() if count or what != "mails held up by a cap"}

    def calls(self) -> Mapping[str, int]:
        return dict(self._calls)

    def look(self) -> None:
        """Sign in at both servers and open every mailbox, as a check: nothing is taken, nothing is sent."""
        self.inbox.look()
        self.outbox.greet()

    def close(self) -> None:
        for inbox in self._inboxes:
            inbox.close()
        self.outbox.close()
