"""An unmodified zenpy does its ordinary work against the stand-in."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, CustomField, Organization, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from sandbox.web import Request
from tests.sandbox.zendesk.conftest import Desk


class Wire(BaseAdapter):
    """Carries requests of a session straight to the stand-in."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        body = request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        data = body.encode() if isinstance(body, str) else body
        url = request.url or ""
        host, _, target = url.removeprefix("https://").partition("/")
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        answer = self.desk.vendor.handle(
            Request.of(request.method or "GET", "https", host, f"/{target}", headers, data)
        )
        reply = requests.Response()
        reply.status_code, reply.url, reply.request = answer.status, url, request
        reply.headers.update(dict(answer.headers))
        reply.raw = io.BytesIO(answer.body)
        return reply

    def close(self) -> None:
        pass


def connect(desk: Desk) -> Zenpy:
    session = requests.Session()
    session.mount("https://", Wire(desk))
    told = desk.told
    return Zenpy(subdomain=told["subdomain"], email=told["email"], token=told["api_token"], session=session)


@pytest.fixture
def zenpy(desk: Desk) -> Zenpy:
    return connect(desk)


def test_signs_in(zenpy: Zenpy) -> None:
    """The token's user is who `me` says."""
    assert zenpy.users.me().email == "hub@support.example"


def test_pages_through_more_than_a_hundred(demo: Desk) -> None:
    """A list longer than a page comes whole, each ticket once."""
    numbers = [ticket.id for ticket in connect(demo).tickets()]
    assert len(numbers) == len(set(numbers)) == 296


def test_creates_updates_comments_and_reads_back(zenpy: Zenpy, desk: Desk) -> None:
    """The whole life of a ticket through the library's objects."""
    audit = zenpy.tickets.create(
        Ticket(
            subject="Printer on fire",
            description="It burns.",
            requester=User(name="Ada", email="ada@customer.example"),
            custom_fields=[CustomField(id=desk.field("Affected users"), value=12)],
            tags=["fire"],
        )
    )
    ticket = audit.ticket
    assert (ticket.status, ticket.requester.email) == ("new", "ada@customer.example")
    ticket.comment = Comment(body="Looking into it", public=False)
    ticket.priority = "urgent"
    zenpy.tickets.update(ticket)
    seen = list(zenpy.tickets.comments(ticket=ticket.id))
    assert [(one.body, one.public) for one in seen] == [
        ("It burns.", True),
        ("Looking into it", False),
    ]
    assert {one["id"]: one["value"] for one in zenpy.tickets(id=ticket.id).custom_fields}[
        desk.field("Affected users")
    ] == "12"
    assert [audit.ticket_id for audit in zenpy.tickets.audits(ticket=ticket.id)] == [ticket.id] * 2


def test_attaches_a_file(zenpy: Zenpy, desk: Desk) -> None:
    """An upload's token puts the file on a comment, and its content comes back."""
    number = desk.make()
    upload = zenpy.attachments.upload(io.BytesIO(b"hello"), target_name="note.txt")
    ticket = zenpy.tickets(id=number)
    ticket.comment = Comment(body="See file", uploads=[upload.token])
    zenpy.tickets.update(ticket)
    comment = list(zenpy.tickets.comments(ticket=number))[-1]
    file = comment.attachments[0]
    assert (file.file_name, file.size) == ("note.txt", 5)
    session = requests.Session()
    session.mount("https://", Wire(desk))
    assert session.get(file.content_url).content == b"hello"


def test_searches(demo: Desk) -> None:
    """Words, types and negation of the search language."""
    zenpy = connect(demo)
    found = list(zenpy.search("voucher", type="ticket", status_less_than="solved"))
    assert found
    assert all("voucher" in ticket.subject for ticket in found)
    assert {one.role for one in zenpy.search(type="user", role="admin")} == {"admin"}


def test_follows_the_incremental_export_to_its_end(demo: Desk) -> None:
    """Both forms of the export end, and hold every ticket, deleted ones among them."""
    zenpy = connect(demo)
    timed = {ticket.id: ticket.status for ticket in zenpy.tickets.incremental(start_time=0)}
    assert len(timed) == 300
    assert sum(status == "deleted" for status in timed.values()) == 4
    cursor = zenpy.tickets.incremental(start_time=0, paginate_by_time=False)
    assert {ticket.id for ticket in cursor} == set(timed)
    assert cursor.after_cursor


def test_bulk_jobs_finish(zenpy: Zenpy) -> None:
    """`create` with a list answers a job that comes to an end with its results."""
    job = zenpy.tickets.create([Ticket(subject=f"n{n}", description="d") for n in range(3)])
    for _ in range(3):
        job = zenpy.job_status(id=job.id)
    assert job.status == "completed"
    assert len(job.results) == 3


def test_users_and_organizations(zenpy: Zenpy) -> None:
    """Create, create_or_update, show_many and delete."""
    company = zenpy.organizations.create(Organization(name="Acme Ltd", external_id="a-1"))
    user = zenpy.users.create(User(name="Eve", email="eve@x.example", organization_id=company.id))
    again = zenpy.users.create_or_update(User(name="Eve B", email="eve@x.example"))
    assert (again.id, again.name) == (user.id, "Eve B")
    assert [one.id for one in zenpy.users(ids=[user.id])] == [user.id]
    with pytest.raises(APIException, match="has already been taken"):
        zenpy.organizations.create(Organization(name="acme ltd"))
    zenpy.organizations.delete(company)
    with pytest.raises(RecordNotFoundException):
        zenpy.organizations(id=company.id)


def test_fields_forms_groups_tags(demo: Desk) -> None:
    """What tools read at start-up."""
    zenpy = connect(demo)
    assert "Affected users" in {field.title for field in zenpy.ticket_fields()}
    assert {group.name for group in zenpy.groups()} == {"Support", "Tier 2", "Billing desk"}
    assert next(iter(zenpy.tags())).count > 0
    assert len(list(zenpy.organizations())) == 25
