"""A forecast for a living ticket: the row of a history, made from the ticket as the hub holds it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
import numpy as np

from hub.history.changes import course_of
from hub.model import Ticket
from hub.records import Reason
from hub.risk.estimate import Estimate
from hub.risk.features import ACCOUNT, ACTOR, Heard, Layout, row_of
from hub.risk.frame import Floats
from hub.risk.groups import GROUPS, TEXT, says_of
from hub.risk.model import Model
from hub.risk.moments import seconds
from hub.risk.outlook import Outlook
from hub.risk.rule import log_odds

_ACCOUNTS = ("account.key", "account.id", "organization.id")
"""Where a ticket says whose it is, as `hub.history` asks for it."""
_TOLD = 2
"""Of a factor, so many things are named."""
_LEAST = 0.05
"""A factor that moves the log-odds by less is not worth a line."""


def foreseen(ticket: Ticket, heard: Heard | None, outlook: Outlook, now: str) -> Estimate:
    """Return what the outlook's model says of the ticket. It must hold one."""
    model = model_of(outlook.model)
    row = features_of(ticket, heard, outlook, now)
    chance = float(chances(row[None, :], outlook)[0])
    low, high = model.interval(chance)
    reasons = tuple(_reasons(model, row, heard))
    return Estimate(round(chance, 4), round(low, 4), round(high, 4), reasons, outlook.version)


def features_of(ticket: Ticket, heard: Heard | None, outlook: Outlook, now: str) -> Floats:
    """Return the ticket's row at `now`: the same that its history would give at that moment."""
    course = course_of(ticket)
    at = seconds(now)
    registers = dict(ticket.registers)
    account = next((str(v) for name in _ACCOUNTS if (v := ticket.get(name))), None)
    if account is not None:
        registers[ACCOUNT] = account
    if course.actor:
        registers[ACTOR] = course.actor
    rule = log_odds(registers, course, outlook.rule, at) if outlook.rule is not None else math.nan
    layout = _layout(outlook.model)
    return np.array(row_of(registers, course, heard, outlook.crowd, layout, now=at, rule=rule))


def chances(x: Floats, outlook: Outlook) -> Floats:
    """Return the chance of each row: many tickets at once, from rows that are kept."""
    odds = model_of(outlook.model).logits(x) + outlook.shift
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


@lru_cache(maxsize=4)
def model_of(text: str) -> Model:
    """Return the model that an outlook holds as text."""
    return msgspec.json.decode(text, type=Model)


@lru_cache(maxsize=4)
def _layout(text: str) -> Layout:
    return Layout(model_of(text).names)


# reasons --------------------------------------------------------------------------------------


def _reasons(model: Model, row: Floats, heard: Heard | None) -> Iterable[Reason]:
    """Yield one reason for each named factor; their log-odds are sums, so that nothing is told twice."""
    by_group: dict[str, list[tuple[str, float]]] = {}
    for group, column, odds in model.reasons(row):
        by_group.setdefault(group, []).append((column, odds))
    sums = {group: math.fsum(odds for _, odds in parts) for group, parts in by_group.items()}
    for group in sorted(sums, key=lambda g: (-abs(sums[g]), g)):
        if abs(sums[group]) >= _LEAST:
            yield _reason(group, sums[group], by_group[group], heard)


def _reason(group: str, odds: float, parts: Sequence[tuple[str, float]], heard: Heard | None) -> Reason:
    same = [column for column, part in parts if part * odds > 0][:_TOLD]
    named = ", ".join(dict.fromkeys(says_of(column) for column in same))
    moves = "raises the risk" if odds > 0 else "lowers the risk"
    evidence = "; ".join(f"{column} {part:+.2f}" for column, part in parts[:_TOLD])
    reads = _reads(group, [column for column, _ in parts], heard)
    return Reason(
        group, round(odds, 2), f"{GROUPS[group]} {moves}: {named}", evidence, group=GROUPS[group], reads=reads
    )


def _reads(group: str, columns: Sequence[str], heard: Heard | None) -> tuple[str, ...]:
    """Return what one must be allowed to see to be told this: registers, and where words were said."""
    if group == TEXT:
        mentions = heard.mentions.values() if heard is not None else ()
        audiences = {str(getattr(mention, "audience", "public")) for mention in mentions}
        return tuple(sorted(f"comment.{audience}" for audience in audiences | {"public"}))
    registers = {column.partition(":")[0] for column in columns if ":" in column} - {ACTOR}
    shown = {("account.id" if register == ACCOUNT else register) for register in registers}
    return tuple(sorted(shown))
