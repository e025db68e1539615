"""Ask the systems for what was decided, in bulk and side by side, and note every answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event
from typing import TypeAlias

from hub.answering import broke
from hub.cluster import Policy, Replica
from hub.errors import HubError, unforeseen
from hub.model import System, Ticket, TicketId
from hub.note import Circle, Consequence, consequence, replica_of
from hub.operations import Done, Outcome, Refused, Retryable, Unanswered
from hub.ports import Connector
from hub.records import Asked, Decision, Noted
from hub.replica import Link
from hub.spans import UNTRACED, Spans, over, within
from hub.tally import Tally

CHUNK = 250
"""Outcomes noted in one transaction: a death in between costs one look, not one answer each."""

Answer: TypeAlias = tuple[Asked, Outcome]


@dataclass
class Applied:
    """What carrying out some decisions led to."""

    again: set[TicketId] = field(default_factory=set[TicketId])
    """Tickets that can go on at once: a replica got its name, or somebody wrote meanwhile."""
    touched: set[Replica] = field(default_factory=set[Replica])
    settled: set[TicketId] = field(default_factory=set[TicketId])


class Ledger:
    """The links and tickets of the decisions, as they move with every answer."""

    def __init__(self, decisions: Sequence[Decision], policy: Policy) -> None:
        self._policy = policy
        self._tickets: dict[TicketId, Ticket] = {}
        self._links: dict[Replica, dict[TicketId, Link]] = {}
        for decision in decisions:
            self._tickets[decision.ticket.id] = decision.ticket
            for link in decision.links:
                self._move(link)

    def _move(self, link: Link) -> None:
        replica = Replica(link.system, link.remote_id)
        self._links.setdefault(replica, {})[link.ticket_id] = link

    def take(self, asked: Asked, outcome: Outcome, at: str) -> Consequence:
        replica = replica_of(asked.operation)
        everyone = self._links.get(replica, {})
        links = {
            ticket: link
            for ticket, link in everyone.items()
            if link.state != "unlinked" or ticket == asked.operation.ticket_id
        }
        result = consequence(asked.operation, outcome, Circle(self._tickets, links), self._policy, at)
        for link in result.links:
            self._move(link)
        return result


class World:
    """What `apply` acts on: the connectors, and the store through `note`."""

    def __init__(
        self,
        connectors: Mapping[System, Connector],
        policy: Policy,
        note: Callable[[Sequence[Noted]], None],
        progress: Callable[[str, int, int], None],
        now: Callable[[], str],
        *,
        side_by_side: bool = True,
        spans: Spans = UNTRACED,
    ) -> None:
        self.connectors = connectors
        self.policy = policy
        self.note = note
        self.progress = progress
        self.now = now
        self.side_by_side = side_by_side
        self.spans = spans


def apply(
    decisions: Sequence[Decision],
    asked: Sequence[Asked],
    world: World,
    tally: Tally,
) -> Applied:
    """Ask for every journalled operation; note each answer; say which tickets can go on at once."""
    ledger = Ledger(decisions, world.policy)
    applied = Applied()
    open_: dict[TicketId, int] = {}
    for one in asked:
        open_[one.operation.ticket_id] = open_.get(one.operation.ticket_id, 0) + 1
    buffer: list[Noted] = []
    # Closed before anything else, should noting fail: what is not noted any more must not be asked, and
    # whoever lets go of the tickets then must have nothing on its way.
    with closing(_answers(asked, world, tally)) as answers:
        for done, (one, answer) in enumerate(answers, 1):
            ticket = one.operation.ticket_id
            outcome, result = _taken(ledger, one, answer, tally, world.now())
            buffer.append(Noted(one.journal, ticket, outcome, result.links, result.parked, result.losses))
            tally.take(one.operation, outcome, result)
            applied.touched.add(replica_of(one.operation))
            if result.look_again:
                applied.again.add(ticket)
            if isinstance(outcome, Done | Refused):
                open_[ticket] -= 1
            if len(buffer) >= CHUNK:
                world.note(buffer)
                buffer = []
                world.progress("writing", done, len(asked))
    if buffer:
        world.note(buffer)
    unfinished = {d.ticket.id for d in decisions if d.unfinished}
    applied.settled = {t for t, left in open_.items() if not left} - unfinished - applied.again
    return applied


def _taken(
    ledger: Ledger, one: Asked, answer: Outcome, tally: Tally, at: str
) -> tuple[Outcome, Consequence]:
    """Take an answer in. One that nobody foresaw counts as none: it must not stop the other tickets."""
    try:
        return answer, ledger.take(one, answer, at)
    except Exception as error:  # noqa: BLE001  whatever it is
        said = f"was answered so that nobody foresaw it, and is looked at again ({unforeseen(error)})"
        tally.unforeseen[one.operation.ticket_id] = said
        missed = Unanswered(said)
        return missed, ledger.take(one, missed, at)


def _answers(asked: Sequence[Asked], world: World, tally: Tally) -> Generator[Answer]:
    by_system: dict[System, list[Asked]] = {}
    for one in asked:
        by_system.setdefault(one.operation.system, []).append(one)
    if len(by_system) < 2 or not world.side_by_side:  # noqa: PLR2004  one side needs no thread
        for system, items in by_system.items():
            answers = _execute(world.connectors.get(system), system, items, tally)
            yield from over(world.spans, "apply", system, answers)
        return
    yield from _merged(by_system, world, tally)


def _merged(by_system: dict[System, list[Asked]], world: World, tally: Tally) -> Generator[Answer]:
    answers: SimpleQueue[Answer | BaseException | None] = SimpleQueue()
    ended = Event()

    def work(system: System, items: list[Asked]) -> None:
        try:
            found = _execute(world.connectors.get(system), system, items, tally)
            with closing(over(world.spans, "apply", system, found)) as told:
                for answer in told:
                    answers.put(answer)
                    if ended.is_set():
                        break
        except BaseException as error:  # noqa: BLE001  it is raised again where it can be seen
            answers.put(error)
        answers.put(None)

    with ThreadPoolExecutor(len(by_system), thread_name_prefix="apply") as pool:
        for system, items in by_system.items():
            _ = pool.submit(within(work), system, items)
        running = len(by_system)
        try:
            while running:
                answer = answers.get()
                if answer is None:
                    running -= 1
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    yield answer
        finally:
            ended.set()


def _execute(
    connector: Connector | None, system: System, items: Sequence[Asked], tally: Tally
) -> Iterator[Answer]:
    left = dict(enumerate(items))
    if connector is None:
        yield from ((one, Retryable(f"{system} is not configured")) for one in items)
        return
    try:
        for index, outcome in connector.execute([one.operation for one in items]):
            yield left.pop(index), outcome
    except HubError as error:
        tally.down.setdefault(system, str(error))
        for one in left.values():
            yield one, Retryable(str(error))
    except Exception as error:  # noqa: BLE001  whatever it is, it is this system's affair
        said = broke(system, error)
        tally.down.setdefault(system, said)
        for one in left.values():
            yield one, Unanswered(said)  # what was asked before it broke may have been done
