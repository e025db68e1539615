"""Clusters made by hand: one ticket with its two replicas, as the demo mapping shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from hub.appraisal import Appraisal
from hub.cluster import Cluster, Plan, Policy, Replica, Traits
from hub.fingerprint import fingerprint
from hub.model import JIRA, ZENDESK, RemoteId, System, Ticket, TicketId
from hub.note import Circle, consequence
from hub.operations import Done, Operation
from hub.plan import plan
from hub.records import Decision, Held, Score
from hub.replica import Agreed, Link, Observation, Shadow
from tests.worlds import demo_mapping

NOW = "2026-01-05T10:00:00Z"
_ISSUES = demo_mapping("jira")
MAPPINGS = {
    ZENDESK: demo_mapping("zendesk"),
    # without the brief, which moves with everything else and has tests of its own
    JIRA: dataclasses.replace(
        _ISSUES, rules=tuple(r for r in _ISSUES.rules if r.register != "support.brief")
    ),
}
TRAITS = {
    ZENDESK: Traits(conditional_writes=True, files_on_comments=True, hears_notes=True),
    JIRA: Traits(edits_comments=True, workflow=True),
}
POLICY = Policy(
    mappings=MAPPINGS,
    traits=TRAITS,
    prefer=lambda _: (ZENDESK, JIRA),
    appraise=lambda held, ticket, now, *, fixed=None: Appraisal(Score(10, "low", 0.1)),  # noqa: ARG005
)
ONE = TicketId("zendesk:1")
TICKET, ISSUE = Replica(ZENDESK, RemoteId("1")), Replica(JIRA, RemoteId("100"))
FULL: Mapping[str, Any] = {
    "subject": "Crash",
    "priority": "normal",
    "status": "open",
    "impact.affected_users": 3,
    "impact.environment": "production",
    "impact.steps_to_reproduce": "click",
    "severity": "s2",
    "product_area": "api",
    "needs_engineering": True,
}


def field(system: System, register: str) -> str:
    """The id of the field that shows a register."""
    rule = MAPPINGS[system].rule(register)
    assert rule is not None
    return rule.lens.field


def shown(replica: Replica, registers: Mapping[str, Any], **more: Any) -> Observation:
    """A replica that shows these registers, and nothing in every other field."""
    raw: dict[str, Any] = {}
    for rule in MAPPINGS[replica.system].rules:
        raw.setdefault(rule.lens.field, None)
        value = registers.get(rule.register)
        if value is not None and rule.kind != "reference":
            raw[rule.lens.field] = rule.lens.render(value, raw[rule.lens.field])
    label = f"#{replica.remote_id}" if replica.system == ZENDESK else f"SUP-{replica.remote_id}"
    about = {"version": "v1", "label": label, "url": f"https://{replica.system}.example/{label}"}
    return Observation(replica.system, replica.remote_id, raw=raw, at=NOW, **{**about, **more})


def agreed(replica: Replica, registers: Mapping[str, Any], ticket: TicketId = ONE, **more: Any) -> Link:
    """A link whose shadow agrees that the replica shows these registers."""
    raw = shown(replica, registers).raw
    assert raw is not None
    pairs = {
        rule.register: Agreed(
            fingerprint(rule.lens.focus(raw[rule.lens.field])), registers.get(rule.register)
        )
        for rule in MAPPINGS[replica.system].rules
        if registers.get(rule.register) is not None
    }
    seen = shown(replica, registers)
    kept = {"label": seen.label, "url": seen.url, "version": "v1", "primary": True}
    return Link(ticket, replica.system, replica.remote_id, shadow=Shadow(registers=pairs), **{**kept, **more})


def settled(registers: Mapping[str, Any] = FULL, **more: Any) -> Cluster:
    """One ticket and its issue, each of which shows just what the hub holds, in the end of many runs."""
    held = Held(Ticket(ONE, dict(registers)), (agreed(TICKET, registers), agreed(ISSUE, registers)))
    seen = {TICKET: shown(TICKET, registers), ISSUE: shown(ISSUE, registers)}
    cluster = Cluster({ONE: held}, seen, fresh=frozenset(seen), **more)
    return played(cluster)


def decide(cluster: Cluster, policy: Policy = POLICY, now: str = NOW) -> Plan:
    return plan(cluster, policy, now, "run")


def decision(made: Plan, ticket: TicketId = ONE) -> Decision:
    return next(d for d in made.decisions if d.ticket.id == ticket)


def played(cluster: Cluster) -> Cluster:
    """The cluster after its plan was carried out to the letter, and everything was looked at again."""
    for _ in range(4):
        made = decide(cluster)
        links = {
            k: {Replica(x.system, x.remote_id): x for x in decision(made, k).links} for k in cluster.held
        }
        tickets = {d.ticket.id: d.ticket for d in made.decisions}
        seen = dict(cluster.seen)
        for operation in made.operations:
            place = Replica(operation.system, RemoteId(getattr(operation, "remote_id", "")))
            mine = {t: k[place] for t, k in links.items() if place in k}
            result = consequence(operation, Done(), Circle(tickets, mine), POLICY, NOW)
            for link in result.links:
                links[link.ticket_id][place] = replace(link, version="v1")
            changes = getattr(operation, "changes", {})
            seen[place] = replace(seen[place], raw={**(seen[place].raw or {}), **changes})
        held = {
            t: replace(h, ticket=tickets[t], links=tuple(links[t].values())) for t, h in cluster.held.items()
        }
        cluster = replace(cluster, held=held, seen=seen)
    return cluster


def edited(cluster: Cluster, on: Replica, **registers: Any) -> Cluster:
    """The cluster after a person set registers (dots as double underscores) on a replica."""
    raw = dict(cluster.seen[on].raw or {})
    for name, value in registers.items():
        rule = MAPPINGS[on.system].rule(name.replace("__", "."))
        assert rule is not None
        raw[rule.lens.field] = rule.lens.render(value, raw[rule.lens.field])
    return replace(cluster, seen={**cluster.seen, on: replace(cluster.seen[on], raw=raw)})


def held_with(cluster: Cluster, **changes: Any) -> Cluster:
    """The cluster with something else held of its one ticket."""
    held = {**cluster.held, ONE: replace(cluster.held[ONE], **changes)}
    return replace(cluster, held=held)


def kinds(operations: Any) -> list[str]:
    return [type(operation).__name__ for operation in operations]


def only(operations: Any) -> Operation:
    [operation] = list(operations)
    return operation
