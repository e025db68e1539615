"""A process that stages, claims, commits, notes and takes accounts for ever, until somebody kills it."""

from __future__ import annotations

import sys

from hub.model import JIRA, SALESFORCE, ZENDESK, RemoteId, TicketId
from hub.operations import Done
from hub.records import Noted
from hub.replica import Cursor
from hub.store import open_store
from tests.unit.store.samples import AT, account, comment, contact, decision, link, page, seen, update

PAGE = 10


def main(url: str) -> None:
    store = open_store(url)
    with store.lease("worker"):
        number = int(store.cursors().get(ZENDESK, "0"))
        taken = int(store.account_cursor(SALESFORCE) or "0")
        while True:
            number += 1
            taken += 1
            names = [f"{number}-{n}" for n in range(PAGE)]
            store.stage(ZENDESK, page(str(number), *map(seen, names)), AT)
            staged = store.claim(PAGE + 3)
            decisions = [
                decision(
                    one.remote_id,
                    update(one.remote_id, remote_id=one.remote_id),
                    links=(link(one.remote_id, one.remote_id),),
                    comments=(comment("a"), comment("b")),
                    dirty=True,
                    traces=(f"email:{one.remote_id}@a.com",),
                )
                for one in staged
            ]
            rows = [row for one in staged for row in one.rows]
            asked = store.commit(decisions, rows, "run", AT)
            moved = [link(d.ticket.id, d.ticket.id, JIRA, label="noted") for d in decisions]
            store.note(
                [
                    Noted(part[0].journal, d.ticket.id, Done(RemoteId("1")), (one,))
                    for part, d, one in zip(asked, decisions, moved, strict=True)
                ],
                "run",
                AT,
            )
            store.settle([TicketId(d.ticket.id) for d in decisions])
            store.take_accounts(
                SALESFORCE,
                [account(f"A{taken}", f"name:{taken}")],
                [contact(f"{taken}-{n}", f"A{taken}", f"{taken}-{n}@a.com") for n in range(PAGE)],
                [],
                Cursor(str(taken)),
                AT,
            )
            print(number, flush=True)  # noqa: T201  our killer counts these


if __name__ == "__main__":
    main(sys.argv[1])
