"""Where the demo plays: stand-ins on loopback, a hub's folder beside them, and hands for the people in it."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx

from connectors.jira.adf import Adf
from flows.inline import run_sync
from flows.setting_up import copy_mappings, for_sandbox, write_settings
from flows.wiring import Assembly, Wires, assemble
from hub.records import RunRecord
from hub.settings import load
from hub.sync import Progress
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve

_HEAD_START = 600.0
_DAY = 86_400.0
_MARGIN = 900.0
_API = "/rest/api/3"


@dataclass(frozen=True)
class Stage:
    """The running stand-ins, and a folder with `hub.toml` and mapping files that belongs to them."""

    running: Running
    seeded: Mapping[str, Any]
    folder: Path
    control: httpx.Client
    jira: httpx.Client

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

    def _now(self) -> str:
        moment = datetime.fromtimestamp(self.running.sandbox.clock.now(), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    # the hub ------------------------------------------------------------------------------------

    @contextmanager
    def hub(self) -> Generator[Assembly]:
        """Put the hub together anew, as every `hub sync` of a schedule does."""
        with assemble(load(self.config), Wires(now=self._now)) as assembly:
            yield assembly

    def sync(self, progress: Progress | None = None) -> RunRecord:
        """Do what `hub sync` does, through the same function."""
        with self.hub() as assembly:
            return run_sync(assembly, progress=progress)

    # people -------------------------------------------------------------------------------------

    def agent(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let somebody act in Zendesk's pages."""
        return self._act("zendesk", action, said)

    def engineer(self, action: str, **said: Any) -> Mapping[str, Any]:
        """Let somebody act in Jira's pages."""
        return self._act("jira", action, said)

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
    sandbox = Sandbox()
    sandbox.clock.advance(-head_start(sandbox.clock.now()))
    seeded = sandbox.seed("demo")
    folder = Path(tempfile.mkdtemp(prefix="hub-demo-"))
    try:
        with serve(sandbox) as running:
            jira = running.line["jira"]
            with (
                httpx.Client(base_url=running.line["control"], timeout=30) as control,
                httpx.Client(
                    base_url=jira["url"], auth=(jira["email"], jira["api_token"]), timeout=30
                ) as browser,
            ):
                stage = Stage(running, seeded, folder, control, browser)
                write_settings(stage.config, for_sandbox(running.line))
                _ = copy_mappings(folder / "mappings")
                yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)
