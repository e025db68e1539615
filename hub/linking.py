"""
Which replicas belong to which ticket: links made and undone by people, deletions, merges. Pure.

A link is made by a gesture: a Jira key set on the ticket, a remote link added on the issue, or
`hub link`. It ends by the opposite gesture, or with its replica; its tombstone stays, so that no
stale side and no rule brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hub.cluster import Look, Replica, Work
from hub.deserted import close_deserted, reopen_deserted
from hub.fingerprint import fingerprint
from hub.lens import Unreadable
from hub.mapping import Rule
from hub.merge import same
from hub.merges import follow_merge
from hub.model import JIRA, System, TicketId, Value
from hub.records import Conflict, Loss
from hub.replica import Agreed, Ended, Link, Observation, Shadow, tie
from hub.successors import hand_over_issues

TARGETS: dict[str, System] = {"engineering.issues": JIRA}
"""The system whose replicas each reference register names."""
BELIEVED_ABSENT = 2  # one unreadable look may be a lost permission; two are believed


def settle_links(work: Work) -> None:
    """Bring every ticket's links up to what was seen and asked for."""
    _recognise(work)
    for ticket in sorted(work.links):
        _note_back(work, ticket)
        _note_gone(work, ticket)
    for ticket, replica in sorted(work.cluster.wanted_links):
        _join(work, ticket, replica)
    for ticket, replica in sorted(work.cluster.unwanted_links):
        _part(work, ticket, replica)
    for ticket, replica in sorted(work.cluster.unmatched):
        _unmatch(work, ticket, replica)
    for ticket, replica in sorted(work.cluster.matched):
        _match(work, ticket, replica)
    hand_over_issues(work, set(TARGETS.values()))
    for ticket in sorted(work.links):
        _follow_typed_references(work, ticket)
    _follow_shown_references(work)
    _refresh_labels(work)


def global_id(system: System, remote_id: str) -> str:
    """Return the id under which one replica refers to another (Jira remote link `globalId`)."""
    return f"system={system}&id={remote_id}"


def _recognise(work: Work) -> None:
    """A replica that carries our key is the one we asked for, whatever became of the answer."""
    for replica, seen in sorted(work.cluster.seen.items(), key=lambda item: item[0]):
        ticket = seen.key
        if ticket is None or ticket not in work.links or seen.gone is not None:
            continue
        links = work.links[ticket]
        if replica in links:
            continue
        awaited = next(
            (r for r, k in links.items() if r.system == replica.system and k.state == "awaited"),
            None,
        )
        if awaited is None:
            if not any(r.system == replica.system for r in links):
                _take_back(work, ticket, replica, seen)
            continue
        link = links.pop(awaited)
        work.set_link(
            replace(link, remote_id=replica.remote_id, state="live", label=seen.label, url=seen.url)
        )


def _take_back(work: Work, ticket: TicketId, replica: Replica, seen: Observation) -> None:
    """Our own creation, made in a life of the hub that its database does not remember."""
    link = tie(ticket, seen, primary=not work.sharers(replica))
    work.set_link(replace(link, created_by_hub=True))


# gone -----------------------------------------------------------------------------------------


def _note_gone(work: Work, ticket: TicketId) -> None:
    for replica, link in list(work.live(ticket)):
        seen = work.seen(replica)
        if seen is None or seen.gone is None:
            if seen is not None and link.absences:
                work.set_link(replace(link, absences=0))
            continue
        if seen.gone.how == "absent" and link.absences + 1 < BELIEVED_ABSENT:
            work.set_link(replace(link, absences=link.absences + 1))
            continue
        work.set_link(replace(link, state="gone"))
        work.moved.add(replica)
        if seen.gone.into:
            follow_merge(work, ticket, seen, Replica(replica.system, seen.gone.into), set(TARGETS.values()))
            continue
        if ticket == f"{replica.system}:{replica.remote_id}":
            _leave_shared(work, ticket)
        close_deserted(work, ticket)


def _note_back(work: Work, ticket: TicketId) -> None:
    """What shows itself again was restored, or our permission was."""
    for replica, link in list(work.links[ticket].items()):
        seen = work.seen(replica)
        if link.state == "gone" and seen is not None and seen.gone is None and seen.raw is not None:
            work.set_link(replace(link, state="live", absences=0))
            work.moved.add(replica)
            _return_to_shared(work, ticket)
            reopen_deserted(work, ticket, seen)


def _leave_shared(work: Work, ticket: TicketId) -> None:
    """A deleted ticket does not count on an issue that other tickets still need."""
    for replica, _ in list(work.live(ticket)):
        if len(work.sharers(replica)) > 1:
            _part(work, ticket, replica, ended="deleted")


def _return_to_shared(work: Work, ticket: TicketId) -> None:
    """A ticket that is restored counts again on the issues that it left because it was deleted."""
    for replica, link in list(work.links[ticket].items()):
        if link.state == "unlinked" and link.ended == "deleted":
            _join(work, ticket, replica)


# gestures -------------------------------------------------------------------------------------


def reference_rules(work: Work, system: System) -> Iterator[Rule]:
    """Yield the fields in which people may name replicas; where they are only shown, nobody links by them."""
    for rule in work.policy.mappings[system].rules:
        if rule.kind == "reference" and rule.reads:
            yield rule


def _follow_typed_references(work: Work, ticket: TicketId) -> None:
    """A key typed into a reference field links; one taken out of it unlinks."""
    for replica, link in list(work.live(ticket)):
        seen = work.seen(replica)
        if seen is None or seen.raw is None:
            continue
        for rule in reference_rules(work, replica.system):
            _follow_field(work, ticket, replica, link, rule, seen)


def _follow_field(
    work: Work, ticket: TicketId, replica: Replica, link: Link, rule: Rule, seen: Observation
) -> None:
    assert seen.raw is not None
    raw = rule.lens.focus(seen.raw.get(rule.lens.field))
    agreed = link.shadow.registers.get(rule.register)
    if agreed is not None and same(fingerprint(raw), agreed.raw):
        return
    try:
        shown = _words(rule.lens.read(seen.raw.get(rule.lens.field)))
    except Unreadable:
        return
    base = _words(agreed.value) if agreed else set[str]()
    settled = True
    for name in sorted(shown - base):
        settled &= _link_by_name(work, ticket, replica, rule, name)
    for name in sorted(base - shown):
        for other, _ in list(work.live(ticket)):
            if other.system == TARGETS[rule.register] and _is_named(work, ticket, other, name):
                _part(work, ticket, other)
    if settled:
        current = work.links[ticket][replica]
        value = tuple(sorted(shown)) or None
        registers = {**current.shadow.registers, rule.register: Agreed(fingerprint(raw), value)}
        work.set_link(replace(current, shadow=replace(current.shadow, registers=registers)))


def _link_by_name(work: Work, ticket: TicketId, on: Replica, rule: Rule, name: str) -> bool:
    """Link what `name` names; False while it has to be looked up first."""
    target = TARGETS[rule.register]
    for other, _ in work.live(ticket):
        if other.system == target and _is_named(work, ticket, other, name):
            return True
    for other, seen in work.cluster.seen.items():
        if other.system == target and seen.gone is None and _is_called(work, name, other, seen):
            _join(work, ticket, other)
            return True
    if (target, name) in work.cluster.missing:
        work.conflicts[ticket].append(Conflict(ticket, rule.register, kept=None, dropped={on.system: name}))
        detail = f"{name!r} was entered, but {target} shows no such issue; it was not linked"
        work.losses[ticket].append(Loss(ticket, on.system, rule.register, "dropped", detail))
        return True
    work.looks.add(Look(target, name, whole=True))
    return False


def _is_named(work: Work, ticket: TicketId, replica: Replica, name: str) -> bool:
    return _names(name, replica, work.links[ticket][replica].label)


def _is_called(work: Work, name: str, replica: Replica, seen: Observation) -> bool:
    """Whether a name is that of a replica now, or the one that it had before it was moved."""
    return _names(name, replica, seen.label) or work.cluster.became.get((replica.system, name)) == replica


def _names(name: str, replica: Replica, label: str) -> bool:
    return name.casefold() in (replica.remote_id.casefold(), label.casefold())


def _follow_shown_references(work: Work) -> None:
    """A remote link that a person put on an issue links; one of ours that they removed unlinks."""
    for replica, seen in sorted(work.cluster.seen.items(), key=lambda item: item[0]):
        if seen.references is None:
            continue
        shown = {global_id(r.system, r.name): r for r in seen.references}
        known = {gid for t in work.links for gid in _references(work, t, replica)}
        for gid, reference in sorted(shown.items()):
            if gid in known:
                continue
            target = Replica(reference.system, type(replica.remote_id)(reference.name))
            tickets = work.sharers(target)
            for ticket in tickets:
                _join(work, ticket, replica, showing=gid)
            if not tickets and target not in work.cluster.missing:
                work.looks.add(Look(target.system, target.remote_id, whole=True))
        for ticket in list(work.links):
            if any(gid not in shown for gid in _references(work, ticket, replica)):
                _part(work, ticket, replica)


def _references(work: Work, ticket: TicketId, replica: Replica) -> list[str]:
    link = work.links[ticket].get(replica)
    return list(link.shadow.references) if link is not None else []


def _join(work: Work, ticket: TicketId, replica: Replica, showing: str = "") -> None:
    old = work.links[ticket].get(replica)
    if old is not None and old.state == "live":
        return
    seen = work.seen(replica)
    if seen is None or seen.raw is None:
        work.looks.add(Look(replica.system, replica.remote_id, whole=True))
        return
    if seen.gone is not None:
        return
    others = work.sharers(replica)
    references = {showing: ""} if showing else {}
    link = tie(ticket, seen, primary=not others)
    work.set_link(replace(link, shadow=Shadow(references=references)))
    work.joined.add((ticket, replica))
    if not others:
        work.solo_joined.add((ticket, replica))
    work.moved.add(replica)


def _part(work: Work, ticket: TicketId, replica: Replica, ended: Ended = "") -> None:
    link = work.links[ticket].get(replica)
    if link is None or link.state != "live":
        return
    work.set_link(replace(link, state="unlinked", primary=False, ended=ended))
    work.moved.add(replica)
    heirs = work.sharers(replica)
    if heirs and link.primary:
        heir = work.links[heirs[0]][replica]
        work.set_link(replace(heir, primary=True))
        work.promoted.add((heirs[0], replica))


def _match(work: Work, ticket: TicketId, replica: Replica) -> None:
    """A replica that was a ticket of its own is this one's from now on."""
    own = _as_ticket(replica)
    link = work.links.get(own, {}).get(replica)
    if own != ticket and link is not None and link.state == "live":
        work.set_link(replace(link, state="unlinked", primary=False, ended="matched"))
    _join(work, ticket, replica)


def _unmatch(work: Work, ticket: TicketId, replica: Replica) -> None:
    """Let each go its own way again, as before it was matched."""
    _part(work, ticket, replica, ended="unmatched")
    link = work.links.get(_as_ticket(replica), {}).get(replica)
    if link is not None and link.ended == "matched":
        work.set_link(replace(link, state="live", primary=True, ended=""))


def _as_ticket(replica: Replica) -> TicketId:
    return TicketId(f"{replica.system}:{replica.remote_id}")


def _refresh_labels(work: Work) -> None:
    """Names of replicas change (an issue moves to another project); their ids do not."""
    for ticket in work.links:
        for replica, link in list(work.live(ticket)):
            seen = work.seen(replica)
            if seen is None or seen.gone is not None:
                continue
            label, url = seen.label or link.label, seen.url or link.url
            version = seen.version or link.version
            if (label, url, version) != (link.label, link.url, link.version):
                work.set_link(replace(link, label=label, url=url, version=version))


def _words(value: Value) -> set[str]:
    return set(value) if isinstance(value, tuple) else set[str]()
