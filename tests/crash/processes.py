"""Hubs as processes of their own, against a sandbox on loopback, and what people then see."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.inline import run_sync
from flows.setting_up import copy_mappings, for_sandbox, write_settings
from flows.wiring import assemble
from hub.settings import load
from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.properties.sides import Jira, Zendesk
from tests.world import summary, writes

ROOT = Path(__file__).parents[2]
SPAWNER = multiprocessing.get_context("forkserver")
"""Starts processes that have our modules already: a hub that lives for a moment costs a moment."""
SPAWNER.set_forkserver_preload(["tests.crash.processes"])
MOST_RUNS = 8

TIMED = ("Customer SLA", "Customer SLA due", "Engineering OLA", "Engineering OLA due", "Why this deadline")
"""Deadlines go by the second in which something was said, which no two runs have in common."""
TIMED_THERE = ("customfield_10050", "customfield_10059", "customfield_10060", "customfield_10061")
"""The same on an issue, and the brief, which tells them."""


class Scene:
    """A sandbox with people at it, and a hub's folder; the hub itself lives in other processes."""

    def __init__(self, folder: Path, running: Running, patience: float) -> None:
        self.folder = folder
        self.sandbox = running.sandbox
        vendors: Any = running.sandbox.vendors
        self.site: Any = vendors["jira"]
        self.account: Any = vendors["zendesk"]
        for vendor in vendors.values():
            _ = vendor.seed("empty")
        self.account.settings["export_delay"] = 0
        settings = for_sandbox(running.line) | {"sync": {"patience": patience}}
        write_settings(folder / "hub.toml", settings)
        _ = copy_mappings(folder / "mappings")
        scene: Any = self  # people need no more of a world than its two vendors
        scene.zendesk, scene.jira = self.account, self.site
        self.agents, self.engineers = Zendesk(scene), Jira(scene)

    # hubs ---------------------------------------------------------------------------------------

    def command(self) -> subprocess.Popen[bytes]:
        """Start `hub sync` as a person does."""
        words = [sys.executable, "-m", "flows.cli", "sync", "--json", "-c", str(self.folder / "hub.toml")]
        out = subprocess.PIPE
        return subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)

    def killed_after(self, seconds: float) -> bool:
        """Start `hub sync`, kill -9 it so many seconds later; tell whether it was still at work."""
        process = self.command()
        try:
            _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _ = process.communicate()
        return process.returncode == -signal.SIGKILL

    def commanded(self) -> None:
        """Run `hub sync` to its end, until a run has nothing to write."""
        for _ in range(MOST_RUNS):
            process = self.command()
            told, complained = process.communicate(timeout=60)
            assert process.returncode in (0, 1), (told, complained)
            if not any(json.loads(told)["written"].values()):
                return
        raise AssertionError(f"still writing: {told!r}")

    def born(self) -> Any:
        """Start one run in a process of its own; the caller may find it dead."""
        process = SPAWNER.Process(target=run_once, args=(self.folder,))
        process.start()
        return process

    def settled(self) -> None:
        """Run in this process until nothing is written."""
        with assemble(load(self.folder / "hub.toml")) as assembly:
            for _ in range(MOST_RUNS):
                run = run_sync(assembly)
                assert run.state in ("clean", "attention"), run.summary
                if not writes(run) and not any(summary(run, "observed").values()):
                    return
        raise AssertionError(f"still writing: {run.summary}")

    # what people see ------------------------------------------------------------------------------

    def tickets(self) -> dict[str, int]:
        return {it.subject: it.id for it in self.account.state.tickets.values()}

    def issues(self) -> dict[str, Any]:
        found = {issue.values["summary"]: issue for issue in self.site.state.issues.values()}
        assert len(found) == len(self.site.state.issues), "an issue stands twice"
        return found

    def shown(self) -> dict[str, Any]:
        """Everything that people see, by subject, but for what no two runs have in common."""
        with self.sandbox.lock:
            issues = self.issues()
            return {
                subject: {
                    "ticket": self._ticket(number),
                    "issue": self._issue(issues.pop(subject)) if subject in issues else None,
                }
                for subject, number in sorted(self.tickets().items())
            } | ({"without a ticket": sorted(issues)} if issues else {})

    def _ticket(self, number: int) -> dict[str, Any]:
        seen = self.agents.see(number)
        it = self.account.state.ticket(number)
        return {
            **{name: seen[name] for name in ("status", "priority", "type", "tags", "requester")},
            "fields": {k: v for k, v in seen["fields"].items() if k not in ("Jira issue", "Hand-off", *TIMED)},
            "handed over": bool(seen["fields"].get("Jira issue")),
            "comments": sorted((c["public"], _essence(c["body"])) for c in seen["comments"]),
            "files": sorted((f.name, bytes(f.data)) for c in it.comments for f in c.attachments),
        }

    def _issue(self, issue: Any) -> dict[str, Any]:
        values = {k: v for k, v in issue.values.items() if k not in ("labels", "description", *TIMED_THERE)}
        return {
            "values": values,
            "status": issue.status,
            "labels": sorted(w for w in issue.values["labels"] if not w.startswith("hub-")),
            "comments": sorted(_essence(text) for text in self.engineers.texts(issue.key)),
            "files": sorted((f.filename, f.content) for f in issue.attachments),
            "links": len(issue.remote_links),
        }


def _essence(text: str) -> str:
    """A comment without numbers and times, which two runs need not share."""
    return re.sub(r"(SUP-|#)\d+|\d{4}-\d\d-\d\d \d\d:\d\d UTC", "…", text)


def run_once(folder: Path) -> None:
    """One run, as a process of its own."""
    with assemble(load(folder / "hub.toml")) as assembly:
        _ = run_sync(assembly)


@contextmanager
def scene(folder: Path, patience: float = 1.0) -> Iterator[Scene]:
    """Serve a sandbox for one hub, and clean up."""
    folder.mkdir(parents=True)
    with serve(Sandbox()) as running:
        yield Scene(folder, running, patience)
    shutil.rmtree(folder)


def kill(process: Any) -> None:
    """`kill -9`, from within whatever the vendor is doing just now."""
    if process.pid:
        os.kill(process.pid, signal.SIGKILL)
