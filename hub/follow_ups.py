"""
Where something comes for a ticket that is closed for good: a follow-up, begun by the hub. Pure.

It is the same ticket, shown anew: what was said stays on the closed replica, what came since goes on the new
one, and every other side goes on as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.cluster import Replica, Work, lives_here
from hub.creation import ask_creation
from hub.fingerprint import fingerprint
from hub.keys import key_of
from hub.mapping import Mapping as FieldMapping
from hub.marks import mark_comment, may_show
from hub.model import HUB, Comment, Origin, System, TicketId, Value
from hub.project import agree
from hub.records import Loss
from hub.registers import DONE
from hub.remarks import TAKEN_AWAY, spoken
from hub.replica import Link, Mark, Shadow
from hub.signals.human import is_by_machine
from hub.successors import is_closed

LATE = timedelta(days=1)
"""What was said no longer before the closing may not have been seen by whoever closed it."""
NOTE = "Follow-up of {label}, which is closed. What was said on other sides since then follows."


def begin_follow_ups(work: Work) -> None:
    """Begin a follow-up of a closed ticket for which something came that it should show."""
    for ticket in sorted(work.tickets):
        for replica, link in list(work.live(ticket)):
            if not work.policy.traits[replica.system].follow_ups or not is_closed(work, replica, link):
                continue
            mapping = work.policy.mappings[replica.system]
            _pass_over_old(work, ticket, replica, mapping)
            if work.policy.follow_ups and not work.policy.quiet and ticket not in work.cluster.new:
                _leave_to_others(work, ticket, replica, mapping)
                if _is_called_for(work, ticket, replica, mapping):
                    _end(work, ticket, replica, mapping)


def ask_follow_ups(work: Work) -> None:
    """Ask for the follow-up of every replica that is closed and was left."""
    for ticket in sorted(work.tickets):
        for system, mapping in sorted(work.policy.mappings.items()):
            if not work.policy.traits[system].follow_ups:
                continue
            here = [k for r, k in work.links[ticket].items() if r.system == system]
            if not here or any(link.ended != "followed" for link in here):
                continue
            if system in work.cluster.down:
                work.postponed.add(ticket)
            else:
                _ask(work, ticket, system, mapping, sorted(here, key=_age))


def _age(link: Link) -> tuple[int, str]:
    return len(link.remote_id), link.remote_id


def _pass_over_old(work: Work, ticket: TicketId, closed: Replica, mapping: FieldMapping) -> None:
    """What was said before the hub met a closed ticket, or on an issue before it was linked, stays there."""
    joined = [replica for one, replica in work.joined if one == ticket]
    for comment in work.tickets[ticket].comments.values():
        old = ticket in work.cluster.new or any(lives_here(comment.id, replica) for replica in joined)
        if old and _is_lacking(work, ticket, comment, closed, mapping):
            mark_comment(work, ticket, closed, comment.id, _told(comment))


def _leave_to_others(work: Work, ticket: TicketId, closed: Replica, mapping: FieldMapping) -> None:
    """
    Of many tickets of one issue, one is followed up at most, and none if another one is open.

    What is said on the issue is heard there; that somebody took it up again concerns that one alone. And a
    machine's words are nobody's.
    """
    for comment in list(_late_words(work, ticket, closed, mapping)):
        home = next((r for r in work.links[ticket] if lives_here(comment.id, r)), None)
        other = _heard_by(work, ticket, home) if home is not None else None
        if other is not None:
            where, late_for = _label(work, ticket, home), _label(work, ticket, closed)
            said = f"said on {where} after {late_for} was closed; heard on {other}"
            work.losses[ticket].append(Loss(ticket, closed.system, f"comment {comment.id}", "dropped", said))
        if other is not None or is_by_machine(comment, work.tickets[ticket]):
            mark_comment(work, ticket, closed, comment.id, _told(comment))
    before = work.cluster.held[ticket].ticket
    origin = before.origins.get("status")
    if origin is None or before.get("status") not in DONE or not _is_taken_up(work, ticket, closed.system):
        return
    issues = [r for r, _ in work.live(ticket) if _heard_by(work, ticket, r) is not None]
    if issues:
        held = work.tickets[ticket]
        registers = {**held.registers, "status": before.get("status")}
        origins = {**held.origins, "status": origin}
        work.tickets[ticket] = replace(held, registers=registers, origins=origins)
        _agree_status(work, ticket, issues, before.get("status"))


def _heard_by(work: Work, ticket: TicketId, replica: Replica | None) -> TicketId | None:
    """Return another ticket of the same replica that is there to be told, or will be."""
    sharers = work.sharers(replica) if replica is not None else []
    first = sharers[0] if sharers and sharers[0] != ticket else None
    return next((other for other in sharers if other != ticket and _hears(work, other)), first)


def _hears(work: Work, ticket: TicketId) -> bool:
    places = [(r, k) for r, k in work.live(ticket) if work.policy.traits[r.system].follow_ups]
    if not places:
        return work.tickets[ticket].get("status") not in DONE
    return not all(is_closed(work, replica, link) for replica, link in places)


def _label(work: Work, ticket: TicketId, replica: Replica | None) -> str:
    link = work.links[ticket].get(replica) if replica is not None else None
    return link.label if link is not None else ""


def _is_called_for(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> bool:
    """Whether somebody took the ticket up again elsewhere, or said something that it should show."""
    return _is_taken_up(work, ticket, replica.system) or any(_late_words(work, ticket, replica, mapping))


def _is_taken_up(work: Work, ticket: TicketId, system: System) -> bool:
    held = work.tickets[ticket]
    origin = held.origins.get("status")
    return held.get("status") not in DONE and origin is not None and origin.system not in (system, HUB)


def _late_words(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> Iterator[Comment]:
    """Yield what was said elsewhere about the time of the closing or after it, and is not shown yet."""
    held = work.tickets[ticket]
    origin = held.origins.get("status")
    earliest = _moved(origin.at, -LATE) if origin is not None else ""
    dropped = {p.slot for p in work.cluster.held[ticket].parked if p.state == "dropped"}
    for comment in held.comments.values():
        new = comment.created_at >= earliest and f"comment:{comment.id}" not in dropped
        if new and _is_lacking(work, ticket, comment, replica, mapping):
            yield comment


def _is_lacking(
    work: Work, ticket: TicketId, comment: Comment, replica: Replica, mapping: FieldMapping
) -> bool:
    shown = work.links[ticket][replica].shadow.comments
    if comment.removed or not may_show(comment, mapping) or comment.id in shown:
        return False
    return not any(
        lives_here(comment.id, other) for other in work.links[ticket] if other.system == replica.system
    )


def _end(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    """Leave the closed replica as it is; what is old and was not carried to it never will be."""
    late = list(_late_words(work, ticket, replica, mapping))
    taken_up = _is_taken_up(work, ticket, replica.system)
    names = {comment.id for comment in late}
    for comment in work.tickets[ticket].comments.values():
        if comment.id not in names and _is_lacking(work, ticket, comment, replica, mapping):
            mark_comment(work, ticket, replica, comment.id, _told(comment))
    link = work.links[ticket][replica]
    work.set_link(replace(link, state="unlinked", primary=False, ended="followed"))
    # that somebody waits is told by the follow-up, and needs no decision
    work.conflicts[ticket] = [
        c for c in work.conflicts[ticket] if not (c.register == "status" and c.kept == "closed")
    ]
    if taken_up:
        return
    reply = next((c for c in late if c.audience == "public" and work.policy.traits[c.origin].customers), None)
    _open(work, ticket, Origin(reply.origin if reply else HUB, work.now, work.run))
    if reply is None:  # there is something to see to; but words open nothing that is done elsewhere
        _agree_status(work, ticket, [r for r, _ in work.live(ticket)], "open")


def _open(work: Work, ticket: TicketId, origin: Origin) -> None:
    held = work.tickets[ticket]
    registers = {**held.registers, "status": "open"}
    work.tickets[ticket] = replace(held, registers=registers, origins={**held.origins, "status": origin})


def _agree_status(work: Work, ticket: TicketId, places: Sequence[Replica], status: Value) -> None:
    """What these show stands for this status, whatever it says by itself."""
    for replica in places:
        link = work.links[ticket][replica]
        rule = work.policy.mappings[replica.system].rule("status")
        agreed = link.shadow.registers.get("status")
        if rule is None or work.policy.traits[replica.system].customers:
            continue
        seen = work.seen(replica)
        if seen is not None and seen.raw is not None and rule.lens.field in seen.raw:
            shown = fingerprint(rule.lens.focus(seen.raw[rule.lens.field]))
        elif agreed is not None:
            shown = agreed.raw
        else:
            continue
        work.set_link(replace(link, shadow=agree(link.shadow, "status", shown, status)))


def _ask(work: Work, ticket: TicketId, system: System, mapping: FieldMapping, closed: list[Link]) -> None:
    ask_creation(
        work,
        work.tickets[ticket],
        system,
        mapping,
        key=key_of(ticket, len(closed)),
        follows=closed[-1].remote_id,
        instead={"description": NOTE.format(label=closed[-1].label)},
        told=_told_on(work, ticket, closed),
    )


def _told_on(work: Work, ticket: TicketId, closed: Sequence[Link]) -> Shadow:
    """What was said, and shown, on the closed replicas is not said again on the follow-up."""
    said = {key: mark.said for link in closed for key, mark in link.shadow.comments.items()}
    comments = {key: Mark(TAKEN_AWAY, said=words) for key, words in said.items()}
    files = {
        file.id: Mark(TAKEN_AWAY)
        for file in work.tickets[ticket].attachments.values()
        if file.comment in comments
        or any(
            file.id in link.shadow.attachments or (file.origin, file.on) == (link.system, link.remote_id)
            for link in closed
        )
    }
    return Shadow(comments=comments, attachments=files)


def _told(comment: Comment) -> Mark:
    return Mark(TAKEN_AWAY, said=spoken(comment))


def _moved(at: str, by: timedelta) -> str:
    """Return an instant moved; of none, none."""
    if not at:
        return ""
    return (datetime.fromisoformat(at) + by).strftime("%Y-%m-%dT%H:%M:%SZ")
