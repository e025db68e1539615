"""
What people will do and what will go wrong, drawn from a seed before anything happens. Pure.

The same seed, sizes and workers give the same plan: acts and faults are named by number, not by time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

GROUP = 3
"""Tickets come in groups: what shares an issue or is merged stays within one."""
VENDORS = ("zendesk", "jira", "salesforce")
HOT = 0.2
"""This share of the groups gets half of all acts."""
MOST_PUBLIC = 8
"""What is said in public on one ticket that came by mail: more is a loop to the mail side (docs/email.md)."""
OUTAGE = 12.0
"""Seconds of a vendor's outage (minutes, scaled)."""


@dataclass(frozen=True)
class Birth:
    """How a ticket begins, and what will become of its group."""

    story: int
    born: str
    fate: str
    """`plain`, `sharing`, `merged`, `into`, `deleted`, `moved`."""


@dataclass(frozen=True)
class Act:
    """One thing that one person does."""

    number: int
    story: int
    kind: str
    side: str
    what: str = ""
    """The register, the audience, or the other ticket."""
    value: str = ""
    file: bool = False


@dataclass(frozen=True)
class Storm:
    """One fault: it begins with act `at`, and ends `lasts` seconds later."""

    number: int
    at: int
    kind: str
    where: str = ""
    lasts: float = 0.0
    share: float = 1.0


@dataclass(frozen=True)
class Plan:
    seed: int
    workers: int
    births: tuple[Birth, ...]
    acts: tuple[Act, ...]
    storms: tuple[Storm, ...]
    counts: dict[str, int] = field(default_factory=dict[str, int])


def plan(
    seed: int, tickets: int, edits: int, workers: int, *, storms: float = 1.0, postgresql: bool = True
) -> Plan:
    """Draw everything. `storms`: faults for every hundred acts."""
    dice = random.Random(f"{seed} {tickets} {edits} {workers}")
    births = tuple(_births(dice, tickets))
    acts = tuple(_acts(dice, births, edits))
    blown = tuple(_storms(dice, edits, workers, storms, postgresql=postgresql))
    counts: dict[str, int] = {}
    for act in acts:
        counts[act.kind] = counts.get(act.kind, 0) + 1
    return Plan(seed, workers, births, acts, blown, counts)


def _births(dice: random.Random, tickets: int) -> list[Birth]:
    found: list[Birth] = []
    while len(found) < tickets:
        fates = ("plain", "sharing", "merged", "deleted", "moved")
        [fate] = dice.choices(fates, (80, 10, 4, 4, 2))
        for place in range(GROUP):
            [born] = dice.choices(("zendesk", "email", "salesforce", "jira"), (50, 28, 17, 5))
            if fate in ("sharing", "merged"):
                born = "zendesk"
            its = (
                fate
                if place == 0 or fate == "sharing"
                else "into"
                if fate == "merged" and place == 1
                else "plain"
            )
            found.append(Birth(len(found), born, its))
    return found[:tickets]


# people -------------------------------------------------------------------------------------------

TEXTS = (
    ("subject", ("zendesk", "jira", "salesforce")),
    ("impact.business_impact", ("zendesk", "salesforce")),
    ("impact.workaround", ("zendesk", "salesforce")),
    ("impact.environment", ("zendesk", "salesforce")),
    ("impact.promised_to_customer", ("zendesk", "salesforce")),
)
CHOICES = {
    "priority": ("low", "normal", "high", "urgent"),
    "severity": ("s1", "s2", "s3", "s4"),
    "product_area": ("checkout", "billing", "api", "mobile", "reporting"),
}
STATUSES = {
    "zendesk": ("open", "pending", "hold", "solved"),
    "jira": ("In Progress", "In Review", "Blocked", "Done"),
    "salesforce": ("Working", "Escalated", "Closed"),
}
KINDS = {
    "text": 27, "number": 8, "date": 4, "choice": 15, "tag": 5, "status": 8, "comment": 24, "answer": 5,
    "correct": 2, "file": 3, "link": 1, "merge": 0.4, "delete": 0.4, "move": 0.3, "again": 0.5, "read": 0.3,
}  # fmt: skip


def _acts(dice: random.Random, births: tuple[Birth, ...], edits: int) -> list[Act]:
    groups = max(1, len(births) // GROUP)
    hot = max(1, int(groups * HOT))
    public: dict[int, int] = {}
    found: list[Act] = []
    while len(found) < edits:
        group = dice.randrange(hot) if dice.random() < 0.5 else dice.randrange(groups)
        story = min(group * GROUP + dice.randrange(GROUP), len(births) - 1)
        [kind] = dice.choices([*KINDS], [*KINDS.values()])
        act = _act(dice, len(found), births[story], kind)
        if act is None:
            continue
        if act.kind == "answer" or act.what in ("public", "customer"):
            if births[story].born == "email" and public.get(story, 0) >= MOST_PUBLIC:
                continue
            public[story] = public.get(story, 0) + 1
        found.append(act)
    return found


def _act(dice: random.Random, number: int, birth: Birth, kind: str) -> Act | None:  # noqa: C901, PLR0911, PLR0912
    story = birth.story
    side = dice.choice(VENDORS)
    if kind == "text":
        what, sides = dice.choice(TEXTS)
        return Act(number, story, kind, dice.choice(sides), what, f"t{number}x typed")
    if kind == "number":
        sides = VENDORS if birth.fate == "plain" else ("zendesk", "salesforce")
        return Act(number, story, kind, dice.choice(sides), "impact.affected_users", str(1000 + number))
    if kind == "date":
        day = date(2027, 1, 1) + timedelta(days=number)
        return Act(
            number, story, kind, dice.choice(("zendesk", "salesforce")), "go_live_date", day.isoformat()
        )
    if kind == "choice":
        what = dice.choice([*CHOICES])
        return Act(number, story, kind, side, what, dice.choice(CHOICES[what]))
    if kind == "tag":
        return Act(number, story, kind, dice.choice(("zendesk", "jira")), "tags", f"g{number}x")
    if kind == "status":
        return Act(number, story, kind, side, "status", dice.choice(STATUSES[side]))
    if kind in ("comment", "file"):
        what = dice.choice(("public", "internal"))
        if side == "jira" and what == "public":
            what = "internal" if kind == "file" else "customer"
        return Act(number, story, kind, side, what, f"{kind[0]}{number}x said", file=kind == "file")
    if kind == "answer":
        told = birth.born == "email"
        return (
            Act(number, story, kind, "email", "public", f"a{number}x said", dice.random() < 0.2)
            if told
            else None
        )
    if kind == "correct":
        return Act(number, story, kind, dice.choice(("jira", "salesforce")), "", f"n{number}x said")
    if kind == "link":
        if birth.fate != "sharing" or story % GROUP == 0:
            return None
        return Act(number, story, kind, "zendesk", dice.choice(("link", "link", "unlink")))
    if kind == "merge":
        return Act(number, story, kind, "zendesk", str(story + 1)) if birth.fate == "merged" else None
    if kind == "delete":
        return Act(number, story, kind, dice.choice(VENDORS)) if birth.fate == "deleted" else None
    if kind == "move":
        return Act(number, story, kind, "jira", "OPS") if birth.fate == "moved" else None
    return Act(number, story, kind, "email")  # `again`: a mail is delivered twice; `read`: a mailbox is read


# faults -------------------------------------------------------------------------------------------

STORMS: dict[str, tuple[float, tuple[str, ...], tuple[float, float], float]] = {
    # kind: (weight, where, seconds, share of requests)
    "kill -9 of a worker": (6, ("worker",), (0, 0), 1),
    "kill -9 of every worker at once": (1.5, ("",), (0, 0), 1),
    "kill -9 of hub serve": (2, ("",), (0, 3), 1),
    "database: stopped at once, recovered": (1.5, ("",), (1, 6), 1),
    "database: kill -9 of the server": (1.5, ("",), (1, 6), 1),
    "database: kill -9 of a connection's process": (1.5, ("",), (0, 0), 1),
    "database: all connections cut": (2, ("",), (0, 0), 1),
    "database: takes no writes (as a full disk)": (1, ("",), (2, 5), 1),
    "vendor down (503)": (2, VENDORS, (OUTAGE / 2, OUTAGE), 1),
    "vendor down (connections die)": (1.5, VENDORS, (OUTAGE / 2, OUTAGE), 1),
    "vendor's edge answers HTML (502)": (1, VENDORS, (3, 8), 1),
    "429 storm": (3, ("zendesk", "jira"), (4, OUTAGE), 0.5),
    "answers lost after the effect": (3, VENDORS, (3, 8), 0.3),
    "requests lost before the effect": (2, VENDORS, (3, 8), 0.3),
    "slow answers": (1, VENDORS, (3, 6), 0.3),
    "tokens expired": (2, ("salesforce",), (0, 0), 1),
    "no room at the vendor (507)": (1, VENDORS, (2, 5), 0.5),
    "webhooks twice": (1.5, VENDORS, (5, 15), 1),
    "webhooks out of order": (1.5, VENDORS, (5, 15), 1),
    "webhooks lost": (1.5, VENDORS, (5, 15), 1),
    "clock of the vendors jumps ahead": (1, ("",), (0, 0), 1),
    "clock of a worker jumps ahead": (1.5, ("worker",), (5, 12), 1),
    "clock of a worker falls behind": (1.5, ("worker",), (5, 12), 1),
    "IMAP connections cut": (2, ("IMAP FETCH",), (2, 6), 0.3),
    "SMTP answers lost after the mail was taken": (2, ("SMTP MESSAGE",), (2, 8), 0.5),
    "SMTP connections cut before": (1.5, ("SMTP MESSAGE",), (2, 8), 0.5),
    "SMTP puts mails off": (1.5, ("SMTP MESSAGE",), (2, 8), 0.5),
    "mailbox numbered anew": (0.5, ("INBOX",), (0, 0), 1),
    "calls of the day are spent (403)": (1, ("salesforce",), (2, 5), 1),
}
ONLY_POSTGRESQL = "database:"


def _storms(dice: random.Random, edits: int, workers: int, often: float, *, postgresql: bool) -> list[Storm]:
    kinds = [kind for kind in STORMS if postgresql or not kind.startswith(ONLY_POSTGRESQL)]
    many = max(len(kinds), int(edits * often / 100))
    drawn = dice.sample(kinds, len(kinds))  # each once at the least
    drawn += dice.choices(kinds, [STORMS[kind][0] for kind in kinds], k=many - len(kinds))
    dice.shuffle(drawn)
    found: list[Storm] = []
    for number, kind in enumerate(drawn):
        _, places, (least, most), share = STORMS[kind]
        at = int(edits * (0.02 + 0.96 * (number + dice.random()) / many))
        where = dice.choice(places)
        if where == "worker":
            where = str(dice.randrange(workers))
        found.append(Storm(number, at, kind, where, round(dice.uniform(least, most), 1), share))
    return found
