"""Every field that real recorded replies have, ours have too."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.zendesk.conftest import Desk

ROOT = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data")
RECORDED = ROOT / "zendesk" / "recorded-zenpy"

# method, path, the part of the body to compare, what we answer with
READS = {
    "tickets": "/api/v2/tickets.json?page[size]=100",
    "users": "/api/v2/users.json?page[size]=100",
    "groups": "/api/v2/groups.json?page[size]=100",
    "group_memberships": "/api/v2/group_memberships.json?page[size]=100",
    "audits": "/api/v2/ticket_audits.json?page[size]=100",
    "tags": "/api/v2/tags.json?page[size]=100",
    "views": "/api/v2/views/active.json",
}


@cache
def exchanges() -> list[dict[str, Any]]:
    if not RECORDED.is_dir():
        pytest.skip(f"recorded replies are not at {RECORDED} (set SHARED_DATA)")
    lines = (
        line for path in sorted(RECORDED.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    )
    return [json.loads(line) for line in lines]


def rows(pattern: str, name: str) -> Iterator[dict[str, Any]]:
    """Yield recorded records of one kind."""
    for one in exchanges():
        body = one["response_body"]
        if one["status"] < 300 and re.search(pattern, one["uri"]) and isinstance(body, dict):
            part = body.get(name)
            yield from part if isinstance(part, list) else [part] if part else []


def keys(records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> set[str]:
    return {key for record in records for key in record}


@pytest.mark.parametrize("name", sorted(READS))
def test_lists_have_what_real_ones_have(demo: Desk, name: str) -> None:
    """Field for field."""
    path = READS[name].partition(".json")[0]
    ours = demo.get(READS[name])
    missing = keys(rows(re.escape(path) + r"\.json", name)) - keys(ours[name])
    assert not missing


def test_organizations_and_fields_of_writes(desk: Desk) -> None:
    """Created records, uploads and jobs."""
    company = desk.ask("POST", "/api/v2/organizations", {"organization": {"name": "X"}}).body["organization"]
    assert keys(rows(r"/organizations\.json$", "organization")) <= set(company)
    made = desk.ask("POST", "/api/v2/tickets", {"ticket": {"subject": "s", "comment": {"body": "b"}}}).body
    assert keys(rows(r"/tickets\.json$", "ticket")) <= set(made["ticket"])
    assert keys(rows(r"/tickets\.json$", "audit")) <= set(made["audit"])
    told = {(one["type"], tuple(sorted(one))) for one in made["audit"]["events"]}
    real = {
        (event["type"], tuple(sorted(event)))
        for audit in rows(r"/tickets\.json$", "audit")
        for event in audit["events"]
        if event["type"] in ("Comment", "Create")
    }
    assert real == told
    upload = desk.ask("POST", "/api/v2/uploads?filename=a.txt", b"x").body["upload"]
    assert keys(rows(r"/uploads\.json", "upload")) == set(upload)
    assert keys([next(rows(r"/uploads\.json", "upload"))["attachment"]]) == set(upload["attachment"])
    status = {"custom_status": {"status_category": "open", "agent_label": "A"}}
    shown = desk.ask("POST", "/api/v2/custom_statuses", status).body["custom_status"]
    assert keys(rows(r"/custom_statuses\.json$", "custom_status")) == set(shown)


def test_jobs(desk: Desk) -> None:
    """A job's own fields, and those of its results."""
    bodies = {"tickets": [{"subject": "s", "comment": {"body": "b"}}]}
    job = desk.job(desk.ask("POST", "/api/v2/tickets/create_many", bodies))
    real = list(rows(r"/job_statuses/", "job_status"))
    assert keys(real) <= set(job)
    created = [
        one for row in real for one in (row["results"] or []) if isinstance(one, dict) and "account_id" in one
    ]
    assert keys(created) == set(job["results"][0])


def test_exports(demo: Desk) -> None:
    """The bodies around exported rows are the same, key for key."""
    for path in ("tickets/cursor", "tickets", "users/cursor", "users"):
        real = next(
            one["response_body"]
            for one in exchanges()
            if f"/incremental/{path}.json" in one["uri"] and one["status"] == 200
        )
        ours = demo.get(f"/api/v2/incremental/{path}.json?start_time=0")
        assert set(ours) == set(real)
        name = path.partition("/")[0]
        assert set(real[name][0]) <= set(ours[name][0])
