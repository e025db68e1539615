"""Acts: what people decided, and programs did of themselves. Rows are only added."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection, select

from hub.account import REFUSED, Account, AccountId, Bond
from hub.audit import Act
from hub.model import HUB, Json
from hub.score_records import Model
from hub.store.audit_tables import acts
from hub.store.codec import encode, to_act

ACTOR = "HUB_ACTOR"
"""Who acts, where the user of the operating system is not who does (a container, a web page)."""


def whoami() -> str:
    """Return who runs this process, and where: `ann@desk-3`."""
    named = os.environ.get(ACTOR, "").strip()
    if named:
        return named[:200]
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no name for this user number, as in many containers
        user = f"user {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def write(connection: Connection, given: Iterable[Act]) -> None:
    rows = [_row(act) for act in given]
    if rows:
        connection.execute(acts.insert(), rows)


def add(connection: Connection, act: Act) -> int:
    return connection.execute(acts.insert().values(_row(act)).returning(acts.c.id)).scalar_one()


def _row(act: Act) -> dict[str, object]:
    act = act if act.actor else msgspec.structs.replace(act, actor=whoami())
    return {
        "at": act.at,
        "kind": act.kind,
        "actor": _plain(act.actor),
        "ticket_id": act.ticket_id,
        "subject": _plain(act.subject),
        "body": encode(act),
    }


def _plain(text: str) -> str:
    """Return a text as every database takes it: traces are what a CRM says, in whatever characters."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def read(connection: Connection, ticket: str | None, since: str, after: Act | None, limit: int) -> list[Act]:
    """Return a page of acts, in order of time."""
    query = select(acts.c.id, acts.c.body).order_by(acts.c.at, acts.c.id).limit(limit)
    if ticket is not None:
        query = query.where(acts.c.ticket_id == ticket)
    if after is not None:
        later = (acts.c.at == after.at) & (acts.c.id > after.id)
        query = query.where(later | (acts.c.at > after.at))
    elif since:
        query = query.where(acts.c.at >= since)
    return [msgspec.structs.replace(to_act(body), id=number) for number, body in connection.execute(query)]


def tied(bond: Bond, now: str) -> Act:
    """Return that a person said which account, or contact, a trace belongs to."""
    to = f"contact {bond.contact}" if bond.contact else f"account {bond.account}"
    return Act("trace tied", bond.at or now, bond.by, subject=bond.trace, why=f"belongs to {to}")


def of_model(model: Model) -> Act:
    """Return that a learned model came to speak, was held ready, or was let go."""
    subject = f"model {model.label} {model.version}"
    return Act(f"model is {model.state} now", model.at, "hub learn", subject=subject)


def of_showings(
    was: Mapping[AccountId, Account], shown: Mapping[AccountId, Mapping[str, Json]], at: str
) -> list[Act]:
    """Return what the hub wrote to accounts: what they show now, and did not before."""
    found: list[Act] = []
    for one, account in was.items():
        changed = {
            field: (account.shown.get(field), value)
            for field, value in sorted(shown[one].items())
            if value not in (account.shown.get(field), REFUSED)
        }
        if changed:
            found.append(
                Act(
                    "account shown",
                    at,
                    actor=HUB,
                    subject=f"account {one}",
                    why="what support knows of the account",
                    body={"changed": changed},
                )
            )
    return found


def of_accounts(was: dict[AccountId, Account], given: Iterable[Account], at: str) -> list[Act]:
    """Return what the CRM changed of accounts that were known before."""
    found: list[Act] = []
    for account in given:
        old = was.get(account.id)
        changed = {} if old is None else _moved(old, account)
        if changed:
            found.append(
                Act(
                    "account changed",
                    at,
                    actor=str(account.system),
                    subject=f"account {account.id}",
                    why=f"{account.system} shows it so",
                    body={"changed": changed},
                )
            )
    return found


def _moved(old: Account, new: Account) -> dict[str, list[object]]:
    before = {**old.registers, "name": old.name, "parent": old.parent, "gone": old.gone}
    after = {**new.registers, "name": new.name, "parent": new.parent, "gone": new.gone}
    before["merged_into"], after["merged_into"] = old.merged_into, new.merged_into
    names = sorted(before.keys() | after.keys())
    return {n: [before.get(n), after.get(n)] for n in names if before.get(n) != after.get(n)}
