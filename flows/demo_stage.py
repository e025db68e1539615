"""Where the demo plays: stand-ins on loopback, a hub's folder beside them, and hands for the people in it."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx

from connectors.jira.adf import Adf
from flows.inline import run_sync
from flows.setting_up import copy_mappings, for_sandbox, write_settings
from flows.wiring import Assembly, Wires, assemble
from hub.model import ZENDESK
from hub.records import RunRecord
from hub.settings import load
from hub.sync import Progress
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from sandbox.web import Request, Response

_HEAD_START = 9000.0
_DAY = 86_400.0
_MARGIN = _HEAD_START + 300.0
_API = "/rest/api/3"
_CRM = "/services/data/v66.0"


class Overheard(Sandbox):
    """The stand-ins, and an ear at their door: it counts what the vendors would tell people of by mail."""

    def __init__(self) -> None:
        super().__init__()
        self.loud = 0

    def handle(self, name: str, request: Request) -> Response:
        """Answer as ever; count an edit that Jira may tell of, and every comment."""
        if request.method in {"POST", "PUT", "PATCH"}:
            self.loud += _LOUD[name](request)
        return super().handle(name, request)


def _loud_in_jira(request: Request) -> bool:
    steps = request.path.rpartition("/")[2] in {"comment", "transitions"}
    edit = request.method == "PUT" and request.path.startswith(f"{_API}/issue/")
    return steps or (edit and ("notifyUsers", "false") not in request.query)


_LOUD: Mapping[str, Callable[[Request], bool]] = {
    "zendesk": lambda request: b'"comment":' in request.body,
    "jira": _loud_in_jira,
    "salesforce": lambda request: b'"CommentBody":' in request.body,
}


@dataclass(frozen=True)
class Stage:
    """The running stand-ins, and a folder with `hub.toml` and mapping files that belongs to them."""

    running: Running
    heard: Overheard
    seeded: Mapping[str, Any]
    folder: Path
    control: httpx.Client
    jira: httpx.Client
    crm: httpx.Client
    born: dict[int, str] = field(default_factory=dict[int, str])
    """Tickets that did not begin in Zendesk: their number there, and the hub's name for them."""

    @property
    def config(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def line(self) -> dict[str, Any]:
        return self.running.line

    # time ---------------------------------------------------------------------------------------

    def let_pass(self, seconds: float) -> None:
        """Move the stand-ins' clock, which the demo's hub goes by as well."""
        self.running.sandbox.clock.advance(seconds)

    def catch_up(self) -> None:
        """Bring the stand-ins' clock to the present, for whoever goes on with them by hand."""
        self.running.sandbox.clock.reset()

    def now(self) -> str:
        """Return what time it is, on the stand-ins and for the hub."""
        return self._moment().strftime("%Y-%m-%dT%H:%M:%SZ")

    def day(self, ahead: int) -> str:
        """Return the date in so many days."""
        return (self._moment() + timedelta(days=ahead)).date().isoformat()

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.running.sandbox.clock.now(), UTC)

    # the hub ------------------------------------------------------------------------------------

    @contextmanager
    def hub(self) -> Generator[Assembly]:
        """Put the hub together anew, as every `hub sync` of a schedule does."""
        with assemble(load(self.config), Wires(now=self.now)) as assembly:
            yield assembly

    def sync(self, progress: Progress | None = None) -> RunRecord:
        """Do what `hub sync` does, through the same function."""
        with self.hub() as assembly:
            return run_sync(assembly, progress=progress)

    # people -------------------------------------------------------------------------------------

    def writes_first(self, name: str, email: str) -> None:
        """Let the helpdesk meet a customer who never wrote before."""
        known = self.line["zendesk"]
        reply = httpx.post(
            f"{known['url']}/api/v2/users",
            auth=(f"{known['email']}/token", known["api_token"]),
            json={"user": {"name": name, "email": email, "verified": True}},
        )
        reply.raise_for_status()

    def agent(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let somebody act in Zendesk's pages."""
        return self._act("zendesk", action, said)

    def engineer(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let somebody act in Jira's pages."""
        return self._act("jira", action, said)

    def rep(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let somebody act in Salesforce's pages."""
        return self._act("salesforce", action, said)

    def mail(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let a customer act in a mail program, or look at what somebody has got."""
        return self._act("email", action, said)

    @property
    def mailed(self) -> int:
        """How many mails the hub has handed to the mail server so far."""
        return self.heard.calls["email"].endpoints["SMTP MESSAGE"]

    def _act(self, vendor: str, action: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
        body = {"action": action} | {
            name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in said.items()
        }
        reply = self.control.post(f"/person/{vendor}", json=body)
        if reply.is_error:
            raise RuntimeError(f"{vendor} did not let a person {action}: {reply.json()['error']}")
        return reply.json()

    # what people see ----------------------------------------------------------------------------

    def ticket(self, number: int) -> Mapping[str, Any]:
        """Return a Zendesk ticket as an agent sees it: fields by title, comments in order."""
        return self.agent("show", ticket=number)

    def issue(self, key: str) -> Issue:
        """Return a Jira issue as an engineer sees it."""
        reply = self.jira.get(f"{_API}/issue/{key}", params={"expand": "names", "fields": "*all"})
        reply.raise_for_status()
        return Issue(key, reply.json())

    def case(self, number: int) -> Mapping[str, Any]:
        """Return the Case of a Zendesk ticket as a rep sees it: every field by its API name."""
        return self.record("Case", f"Support_Hub_Key__c = '{self.born.get(number, f'zendesk:{number}')}'")

    def mailed_in(self, subject: str) -> int:
        """Return the number of the Zendesk ticket that a mail became, as the hub knows it by its Case."""
        case = self.record("Case", f"Subject = '{subject}'")
        with self.hub() as assembly:
            [(key, held)] = assembly.store.load(assembly.store.named(case["CaseNumber"])).items()
        [number] = [int(link.remote_id) for link in held.links if link.system == ZENDESK]
        self.born[number] = key
        return number

    def account(self, name: str) -> Mapping[str, Any]:
        """Return an Account as a rep sees it."""
        return self.record("Account", f"Name = '{name}'")

    def said_on(self, case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the comments on a Case, oldest first, with their body and whether they are public."""
        wanted = "SELECT CommentBody, IsPublished FROM CaseComment"
        return self.query(f"{wanted} WHERE ParentId = '{case['Id']}' ORDER BY CreatedDate, Id")

    def files_on(self, case: Mapping[str, Any]) -> list[str]:
        """Return the names of the files on a Case."""
        wanted = "SELECT ContentDocument.LatestPublishedVersion.PathOnClient FROM ContentDocumentLink"
        found = self.query(f"{wanted} WHERE LinkedEntityId = '{case['Id']}'")
        return [one["ContentDocument"]["LatestPublishedVersion"]["PathOnClient"] for one in found]

    def record(self, kind: str, where: str) -> Mapping[str, Any]:
        """Return the one Salesforce record that fits, whole."""
        [found] = self.query(f"SELECT FIELDS(ALL) FROM {kind} WHERE {where} LIMIT 2")  # noqa: S608  SOQL, of our own words
        return found

    def query(self, soql: str) -> list[Mapping[str, Any]]:
        """Ask Salesforce, as any of its clients would."""
        reply = self.crm.get(f"{_CRM}/query", params={"q": soql})
        reply.raise_for_status()
        return reply.json()["records"]


@dataclass(frozen=True)
class Issue:
    """An issue with its fields by name, its texts as Markdown."""

    key: str
    body: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return a field as people read it."""
        ids = {shown.casefold(): field for field, shown in self.body["names"].items()}
        return _readable(self.body["fields"].get(ids[name.casefold()]))

    @property
    def block(self) -> str:
        """The context block in the description, as Markdown."""
        return Adf().block(self.description)

    @property
    def description(self) -> Mapping[str, Any]:
        """The whole body as Jira keeps it."""
        return self.body["fields"]["description"]

    @property
    def comments(self) -> list[str]:
        return [Adf().to_markdown(one["body"]) for one in self.body["fields"]["comment"]["comments"]]

    @property
    def files(self) -> list[str]:
        return [one["filename"] for one in self.body["fields"]["attachment"]]


def _readable(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_readable(one)) for one in cast("list[Any]", value))
    if isinstance(value, dict):
        shown = cast("dict[str, Any]", value)
        if shown.get("type") == "doc":
            return Adf().to_markdown(shown)
        return next((shown[k] for k in ("displayName", "name", "value") if k in shown), shown)
    return value


def head_start(now: float) -> float:
    """
    Return how many seconds in the past the stand-ins begin: time that the demo may let pass at once.

    Never so that the story runs past midnight (UTC): tickets are a day older then, so scores move.
    """
    late = (now - _HEAD_START) % _DAY > _DAY - _MARGIN
    return _HEAD_START + (_MARGIN if late else 0)


@contextmanager
def set_up() -> Generator[Stage]:
    """Serve seeded stand-ins, and write a `hub.toml` for them; leave nothing behind at the end."""
    sandbox = Overheard()
    sandbox.parties["salesforce"].settings["session_seconds"] = _DAY  # the longest that an org allows
    sandbox.clock.advance(-head_start(sandbox.clock.now()))
    seeded = sandbox.seed("demo")
    folder = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    try:
        with serve(sandbox) as running:
            jira, crm = running.line["jira"], running.line["salesforce"]
            with (
                httpx.Client(base_url=running.line["control"], timeout=30) as control,
                httpx.Client(
                    base_url=jira["url"], auth=(jira["email"], jira["api_token"]), timeout=30
                ) as browser,
                httpx.Client(
                    base_url=crm["url"],
                    headers={"Authorization": f"Bearer {crm['access_token']}"},
                    timeout=30,
                ) as crm_browser,
            ):
                stage = Stage(running, sandbox, seeded, folder, control, browser, crm_browser)
                write_settings(stage.config, for_sandbox(running.line))
                _ = copy_mappings(folder / "mappings")
                yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)
