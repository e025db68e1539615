"""Logs: one line an event, with what it is about; and no configured secret in any of them, whoever writes it."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import urllib3

from flows.inline import run_sync
from flows.logs import HIDDEN, Lines, Redactor, in_run, secrets_of, set_up
from flows.wiring import assemble
from hub.settings import Settings
from hub.spans import within
from tests.flows.conftest import Office

KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----"
SECRETS = {
    "zendesk": "zd-t0ken/with+odd=chars",
    "jira": "ATATT3xFfGF0-jira",
    "hook": 'whsec "quoted" \\ and é',
    "ping": "https://hc-ping.example/3f1a",
    "slack": "slack://T000/B000/xyz",
    "key": KEY,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        zendesk={
            "url": "https://acme.zendesk.com",
            "email": "hub@acme.example",
            "api_token": SECRETS["zendesk"],
            "webhook_secret": SECRETS["hook"],
        },
        jira={"url": "https://acme.atlassian.net", "email": "hub@acme.example", "api_token": SECRETS["jira"]},
        salesforce={
            "url": "https://acme.my.salesforce.com",
            "jwt": {"client_id": "c", "username": "u", "key": SECRETS["key"]},
        },
        watch={"ping_url": SECRETS["ping"], "urls": [SECRETS["slack"]]},
        log={"format": "json", "level": "debug"},
        folder=tmp_path,
    )


@pytest.fixture
def clean_root() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    in_run("", "")


def test_every_secret_of_the_settings_is_known(settings: Settings) -> None:
    assert {*secrets_of(settings)} == {*SECRETS.values()}


@pytest.mark.usefixtures("clean_root")
def test_the_databases_statements_are_nobodys_to_read(settings: Settings) -> None:
    """However much is asked for: they are many, and would be formatted for each transaction."""
    set_up(settings.model_copy(update={"log": settings.log.model_copy(update={"level": "debug"})}))
    assert not logging.getLogger("sqlalchemy.engine.Engine").isEnabledFor(logging.INFO)


@pytest.mark.usefixtures("clean_root")
def test_no_configured_secret_ever_reaches_a_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(settings)
    log = logging.getLogger("connectors.http")
    for name, secret in SECRETS.items():
        log.warning("said %s as %r in %s", secret, secret, {"x": secret})
        log.error("url https://x.example/?a=%s", quote(secret, safe=""))
        log.info("lines %s", secret.splitlines())
        log.warning("by name", extra={"ticket": secret, "side": secret})
        try:
            raise ValueError(f"refused {secret}")  # noqa: TRY301
        except ValueError:
            log.exception("broke on %s", name)
    signed = base64.b64encode(f"hub@acme.example/token:{SECRETS['zendesk']}".encode()).decode()
    log.debug("headers %s", {"authorization": f"Basic {signed}"})

    told = capsys.readouterr().err

    assert told.count("\n") >= 5 * len(SECRETS)
    for secret in SECRETS.values():
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")):
            assert form not in told
    assert "MIIEvQIBADAN" not in told
    assert signed not in told
    assert HIDDEN in told


@pytest.mark.usefixtures("clean_root")
def test_libraries_that_log_their_requests_tell_no_secret(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole run over real HTTP with every logger at its loudest, tracebacks included."""
    with office.config.open("a", encoding="utf-8") as file:
        _ = file.write('\n[log]\nformat = "json"\nlevel = "debug"\n')
    _ = office.hand_over()
    settings = office.settings
    with assemble(settings) as assembly:
        assert run_sync(assembly).state == "clean"
    logging.getLogger("urllib3").debug("%s", urllib3.Retry(3))
    token = settings.jira.api_token
    assert token is not None
    with pytest.raises(httpx.HTTPError), httpx.Client() as client:
        _ = client.get(f"http://127.0.0.1:1/?token={token.get_secret_value()}")

    told = capsys.readouterr().err

    assert any(json.loads(line)["logger"] == "connectors.http" for line in told.splitlines())
    for secret in secrets_of(settings):
        assert secret not in told


@pytest.mark.usefixtures("clean_root")
def test_lines_say_which_run_side_and_ticket_they_are_about(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    with office.config.open("a", encoding="utf-8") as file:
        _ = file.write('\n[log]\nformat = "json"\nlevel = "debug"\n')
    _ = office.hand_over()
    with assemble(office.settings) as assembly:
        record = run_sync(assembly)
    logging.getLogger("hub.any").warning("zendesk:7 waits")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    of_run = [line for line in lines if line.get("run") == record.id]
    assert {line.get("side") for line in of_run} >= {"zendesk", "jira"}
    assert all(line["flow"] == "sync" for line in of_run)
    assert lines[-1]["ticket"] == "zendesk:7"
    assert "run" not in lines[-1], "the run is over"
    assert {"at", "level", "logger", "message"} <= lines[-1].keys()


@pytest.mark.usefixtures("clean_root")
def test_of_two_runs_at_once_each_has_its_own_lines(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """`hub watch` has one by the clock and one at once; each writes to its sides by threads of its own."""
    with office.config.open("a", encoding="utf-8") as file:
        _ = file.write('\n[log]\nformat = "json"\nlevel = "info"\n')
    set_up(office.settings)
    both = threading.Barrier(2)

    def run(name: str) -> None:
        in_run(name, "sync")
        _ = both.wait(20)
        with ThreadPoolExecutor(1) as side:
            side.submit(within(logging.getLogger("hub.any").warning), "a side of %s", name).result()
        _ = both.wait(20)
        in_run("", "")

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {(line["run"], line["message"]) for line in lines} == {("one", "a side of one"), ("two", "a side of two")}


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "{'authorization': 'Basic dXNlcjpwYXNzd29yZA=='}",
        "grant refresh_token=1//0gAbCdEf&client_secret=GOCSPX-abc",
        '{"access_token": "00Dxx0000001gPL!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL"}',
        "postgresql://hub:hunter22@db.example/hub",
        "POST /webhooks/salesforce/s3cr3t-path",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi",
        "slack said xoxb-123456789-abcdef",
        "password: hunter22",
    ],
)
def test_what_looks_like_a_secret_is_hidden_even_if_nobody_knows_it(said: str) -> None:
    told = Redactor().clean(said)

    assert HIDDEN in told
    for secret in ("abcdefghijklmnop", "dXNlcjpwYXNzd29yZA", "0gAbCdEf", "GOCSPX", "AQcAQH0", "hunter22", "s3cr3t",
                   "eyJzdWIi", "123456789-abcdef"):  # fmt: skip
        assert secret not in told


def test_nobody_can_write_a_line_of_their_own() -> None:
    """What a message, its arguments or an error quote stays within its line, and commands no terminal."""
    evil = "x\n2026-01-01T00:00:00.000Z error   hub.audit: all is lost\x1b[2J\u2028\u202e"
    about = (ValueError, ValueError(evil), None)
    record = logging.LogRecord("hub", logging.INFO, "f", 1, "said: %s", (evil,), about)
    lines = Lines(Redactor(), as_json=False).format(record).splitlines()
    assert "all is lost\\x1b[2J\\u2028\\u202e" in lines[0] and "\\n2026-01-01" in lines[0]
    assert all(line.startswith("  ") for line in lines[1:]) and len(lines) == 3


def test_no_text_makes_hiding_take_for_ever() -> None:
    """However long, and whatever it is made of."""
    for piece in ("a-", "-eyJ", "token ", "://a:", "-----BEGIN "):
        assert Redactor().clean(f"{piece * 50_000} api_token=abcd1234").endswith(HIDDEN)


def test_what_is_no_secret_stays() -> None:
    for said in (
        "jira GET /rest/api/3/issue/{id} -> 200 in 0.100 s",
        "no sync ended well since 2026-03-02T11:20:00Z",
        "the token still holds",
        "https://acme.zendesk.com/api/v2/tickets",
    ):
        assert Redactor(["xyz"]).clean(said) == said


def test_a_format_string_that_does_not_fit_does_not_take_the_event_with_it() -> None:
    record = logging.LogRecord("hub", logging.INFO, __file__, 1, "%d of %d", ("one",), None)

    found: Any = json.loads(Lines(Redactor(), as_json=True).format(record))

    assert found["message"].startswith("%d of %d")
