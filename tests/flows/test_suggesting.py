"""`hub brief`, `hub similar`, `hub incidents`: out of the store, in words and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from flows.cli import main
from flows.setting_up import copy_mappings, write_settings
from hub.model import ZENDESK, Comment, CommentId, Person, Ticket, TicketId
from hub.records import Decision
from hub.settings import load
from hub.store import open_store
from tests.unit.hub.brief.threads import RUSSIAN, THREAD, ticket
from tests.unit.hub.suggest.talk import CHECKOUT, EVERYDAY


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def wrote(number: int, text: str, ago: timedelta, **registers: Any) -> Ticket:
    """A customer's ticket that came so long ago."""
    subject, _, body = text.partition("\n")
    who = Person("1", f"Customer {number}", f"kim@customer{number}.example")
    said = Comment(
        CommentId(f"zendesk:{number}:1"),
        body,
        who,
        f"{datetime.now(UTC) - ago:%Y-%m-%dT%H:%M:%SZ}",
        "public",
        ZENDESK,
    )
    held = {"subject": subject, "status": "open", "requester": who.email, **registers}
    return Ticket(TicketId(f"zendesk:{number}"), held, comments={said.id: said})


@pytest.fixture
def hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run `hub …` as a shell would, over a store with a burst among everyday tickets."""
    file = tmp_path / "hub.toml"
    side = {"url": "https://example.invalid", "email": "a@example.com", "api_token": "not a real one"}
    write_settings(file, {"zendesk": side, "jira": side})
    _ = copy_mappings(tmp_path / "mappings")
    linked: dict[str, Any] = {"engineering.issues": ("SUP-12",)}
    tickets = [
        ticket(*THREAD),
        replace(ticket(*RUSSIAN, number=124, status="solved"), id=TicketId("zendesk:124")),
        *(wrote(200 + i, text, timedelta(days=13, hours=-7 * i)) for i, text in enumerate(EVERYDAY)),
        *(
            wrote(10 + i, text, timedelta(minutes=90 - 10 * i), **(linked if i == 0 else {}))
            for i, text in enumerate(CHECKOUT)
        ),
        *(
            wrote(
                300 + i,
                text,
                timedelta(days=20 + i),
                status="solved",
                product_area="billing",
                group="finance",
            )
            for i, text in enumerate(
                ["Invoice again\nPlease resend the invoice of May.", "Invoice\nResend the June invoice."]
            )
        ),
    ]
    store = open_store(load(file).store_url)
    _ = store.commit(
        [Decision(t, (), None, (), (), (), dirty=False) for t in tickets], [], "run", "2026-11-04T10:00:00Z"
    )
    store.close()
    monkeypatch.setenv("COLUMNS", "400")

    def run(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["hub", *words, "-c", str(file)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_brief_in_words_and_for_programs(hub: Callable[..., Ran]) -> None:
    """The whole of it for those who run the hub; with a side, what its people may see."""
    told = hub("brief", "zendesk:123").out
    assert told.startswith("#123 Checkout returns 502\nBroken: “our checkout returns HTTP 502")
    assert "Asked of engineering: “@engineering" in hub("brief", "zendesk:123", "--side", "jira").out
    assert "it shows no brief" in hub("brief", "zendesk:123", "--side", "email").out
    [one] = json.loads(hub("brief", "zendesk:123", "--json").out)
    assert one["id"] == "zendesk:123"
    assert {
        "topic": "whom",
        "text": "Globex (enterprise, 120,000 EUR a year) · customer is blocked · on production EU",
    } in one["pieces"]


def test_similar_tickets_and_what_they_suggest(hub: Callable[..., Ran]) -> None:
    """The most alike first, with what solved them; never the ticket itself."""
    [one] = json.loads(hub("similar", "zendesk:11", "--most", "4", "--json").out)
    names = [near["id"] for near in one["similar"]]
    assert len(names) == 4
    assert {*names} <= {f"zendesk:{n}" for n in [*range(10, 19), 123]} - {"zendesk:11"}
    told = hub("similar", "zendesk:201").out
    assert "Product area billing: rule billing" in told
    assert "like " in told


def test_incidents_and_how_to_link_them(hub: Callable[..., Ran]) -> None:
    """Nine customers since then; the command that links each to the issue that one has."""
    told = hub("incidents").out
    assert told.startswith("Now: at least 7 customers report the same since ")
    assert "SUP-12 is linked already" in told
    assert "  hub link zendesk:11 SUP-12\n" in told
    [one] = json.loads(hub("incidents", "--json").out)
    assert len(one["tickets"]) == 9
    assert len(one["commands"]) == 8
