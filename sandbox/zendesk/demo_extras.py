"""What makes the demo's tickets lifelike: files, inline images, merges, deletions, incidents."""

from __future__ import annotations

import struct
import zlib
from functools import partial
from typing import Any

from sandbox.zendesk import merging, seed_demo
from sandbox.zendesk.records import Attachment, Json, Ticket, User
from sandbox.zendesk.state import Account
from sandbox.zendesk.uploads import new_file

LOG = "\n".join(
    f"2026-03-0{1 + line % 9}T09:{line % 60:02d}:11Z ERROR payments discount_total mismatch order={line}"
    for line in range(60)
).encode()
CSV = "name,city,orders\nFrançois,Orléans,12\nJürgen,Köln,7\n佐藤,東京,31\n".encode()


def plant(account: Account, tickets: list[Ticket]) -> dict[str, Any]:
    """Add the extras; return how many of each."""
    open_ones = [it for it in tickets if it.status in ("open", "pending", "hold")]
    files = _files(account, open_ones[:: len(open_ones) // 24])
    merged = _merge(account, open_ones)
    incidents = _incidents(account, open_ones)
    gone = _delete(account, open_ones)
    links = _people_in_copy(account, open_ones)
    _views(account)
    return {"files": files, "merged": merged, "incidents": incidents, "deleted": gone, "ccs": links}


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a picture in one colour."""
    row = b"\x00" + bytes(colour) * width

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


def _files(account: Account, tickets: list[Ticket]) -> int:
    for number, ticket in enumerate(tickets):
        person = account.users[ticket.requester_id]
        at = ticket.updated + 300
        if number % 3 == 0:
            shot = _file(account, f"screenshot-{number}.png", "image/png",
                         png(320, 200, (200, 40 + number, 90)))  # fmt: skip
            shot.inline = True
            where = (
                f"https://{account.subdomain}.zendesk.com/attachments/token/{shot.token}/?name={shot.name}"
            )
            html = f'<p>This is what we see:</p><p><img src="{where}" alt="{shot.name}"></p>'
            seed_demo.say(account, ticket, person, html, at, files=[shot])
        elif number % 3 == 1:
            log = _file(account, "payments.log", "text/plain", LOG)
            seed_demo.say(account, ticket, person, "<p>Log attached.</p>", at, files=[log])
        else:
            both = [_file(account, "export.csv", "text/csv", CSV),
                    _file(account, "Übersicht März.pdf", "application/pdf",
                          b"%PDF-1.4\n%demo\n" + LOG)]  # fmt: skip
            html = "<p>Two files, as agreed by phone.</p>"
            seed_demo.say(account, ticket, person, html, at, files=both)
    return sum(len(one.attachments) for it in tickets for one in it.comments)


def _file(account: Account, name: str, kind: str, data: bytes) -> Attachment:
    file = new_file(account, name, kind, data)
    file.malware = "malware_not_found"
    return file


def _dated(account: Account, tickets: list[Ticket], act: Any) -> None:
    """Let `act` happen now, and date what it did an hour after each ticket's last change."""
    before = {it.id: (it.updated, len(it.audits), len(it.comments)) for it in tickets}
    act()
    for it in tickets:
        updated, audits, comments = before[it.id]
        at = min(updated + 3600, account.now() - 120)
        for audit in it.audits[audits:]:
            audit.created = at
        for comment in it.comments[comments:]:
            comment.created = at
        it.updated = it.generated = at
        if it.solved is not None and it.solved > at:
            it.solved = at


def _merge(account: Account, tickets: list[Ticket]) -> int:
    pairs = [(tickets[at], tickets[at + 1]) for at in (3, 13, 27, 41)]
    note: Json = {"public": False}
    for target, source in pairs:
        act = partial(merging.apply, account, target, [source], _assignee(account, target), note, note)
        _dated(account, [target, source], act)
    return len(pairs)


def _incidents(account: Account, tickets: list[Ticket]) -> int:
    problem = next(it for it in tickets if it.type == "problem" and it.status != "closed")
    rows = [it for it in tickets if it.type == "incident" and it.status != "closed"][:4]
    for it in rows:
        it.problem_id = problem.id
    account.incidents[problem.id] = [it.id for it in rows]
    return len(rows)


def _delete(account: Account, tickets: list[Ticket]) -> int:
    rows = [it for it in tickets[50::23] if it.status != "closed" and it.problem_id is None][:4]
    for it in rows:
        it.deleted = it.updated + 1800
        it.deleted_by = _assignee(account, it).id
        it.generated = it.deleted
    return len(rows)


def _people_in_copy(account: Account, tickets: list[Ticket]) -> int:
    rows = [it for it in tickets[::11] if it.organization_id is not None]
    for it in rows:
        colleagues = [
            user.id
            for user in account.users.values()
            if user.organization_id == it.organization_id and user.id != it.requester_id
        ]
        it.email_cc_ids = colleagues[:1]
        it.follower_ids = [_assignee(account, tickets[5]).id]
    return len(rows)


def _assignee(account: Account, ticket: Ticket) -> User:
    owner = next(user for user in account.users.values() if user.role == "admin")
    return account.users[ticket.assignee_id] if ticket.assignee_id is not None else owner


def _views(account: Account) -> None:
    """Add the view and the macro that agents use most."""
    key = account.new_id()
    columns = [{"id": "subject", "title": "Subject", "filterable": False, "sortable": True}]
    account.views[key] = {
        "id": key,
        "title": "All unsolved tickets",
        "active": True,
        "created_at": "2026-01-05T08:00:00Z",
        "updated_at": "2026-01-05T08:00:00Z",
        "default": False,
        "position": 1,
        "description": None,
        "execution": {
            "group_by": "status", "group_order": "asc", "sort_by": "nice_id", "sort_order": "desc",
            "group": None, "sort": None, "columns": columns, "fields": columns, "custom_fields": [],
        },
        "conditions": {
            "all": [{"field": "status", "operator": "less_than", "value": "solved"}],
            "any": [],
        },
        "restriction": None,
        "raw_title": "All unsolved tickets",
    }  # fmt: skip
    key = account.new_id()
    account.macros[key] = {
        "id": key,
        "title": "Hand to engineering",
        "active": True,
        "created_at": "2026-01-05T08:00:00Z",
        "updated_at": "2026-01-05T08:00:00Z",
        "default": False,
        "position": 1,
        "description": None,
        "actions": [{"field": "current_tags", "value": "needs_engineering"}],
        "restriction": None,
        "raw_title": "Hand to engineering",
    }
