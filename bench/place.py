"""Where measuring happens: a sandbox in a process of its own, and hubs as real processes beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flows.setting_up import copy_mappings, for_sandbox, write_settings

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """What a process took, and what it said."""

    seconds: float
    cpu: float
    """User and system time of the process, in seconds."""
    rss: float
    """Peak resident memory, in MB."""
    said: dict[str, Any]
    calls: Mapping[str, Mapping[str, Any]]
    """By system: `total`, `endpoints`, `statuses`, as the sandbox counted them."""
    sandbox_cpu: float
    """What the stand-ins took meanwhile: to tell that it is not they who are measured."""

    def total(self, system: str) -> int:
        return int(self.calls[system]["total"])

    def of(self, system: str, *endpoints: str) -> int:
        """How often endpoints that contain one of these words were called."""
        return sum(
            count
            for name, count in self.calls[system]["endpoints"].items()
            if any(word in name for word in endpoints)
        )


class Place:
    """
    A sandbox with zero delay and a hub's folder. `with Place() as place: …`

    `crm`: the hub has Salesforce as a side, `mail`: a support mailbox; else it does not know of them.
    """

    def __init__(self, *, crm: bool = False, mail: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hub-bench-")
        self.folder = Path(self._folder.name)
        self._sandbox = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--seed", "empty", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert self._sandbox.stdout is not None
        self.line: dict[str, Any] = json.loads(self._sandbox.stdout.readline())
        self.line_file = self.folder / "line.json"
        _ = self.line_file.write_text(json.dumps(self.line), "utf-8")
        copy_mappings(self.folder / "mappings")
        without = {name for name, wanted in (("salesforce", crm), ("email", mail)) if not wanted}
        sides = {k: v for k, v in self.line.items() if k not in without}
        write_settings(self.folder / "hub.toml", for_sandbox(sides))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sandbox.terminate()
        _ = self._sandbox.wait()
        self._folder.cleanup()

    def control(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the sandbox's control API."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.line['control']}{path}", data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    @property
    def sandbox_cpu(self) -> float:
        """Seconds of CPU that the stand-ins took so far."""
        return cpu_of(self._sandbox.pid)

    def plant(self, tickets: int, comments: int) -> None:
        """Fill in tickets; exports hold nothing back, jobs end at the first look."""
        _ = self.control(
            "/seed", {"kind": "bulk", "vendor": "zendesk", "tickets": tickets, "comments": comments}
        )
        _ = self.control("/settings", {"zendesk": {"export_delay": 0, "job_looks": 1}})

    def set_rule(self, file: str, before: str, after: str) -> None:
        """Change a line of a mapping file."""
        where = self.folder / "mappings" / file
        text = where.read_text("utf-8")
        if before not in text:
            raise ValueError(f"{file} has no {before!r}")
        _ = where.write_text(text.replace(before, after), "utf-8")

    def pass_time(self, seconds: float) -> None:
        """Let time pass in the sandbox."""
        _ = self.control("/clock", {"advance": seconds})

    def hub(self, *arguments: str) -> Spent:
        """Run `hub …` as a process of its own, and measure it."""
        return self.measure("flows.cli", *(arguments or ("sync", "--json")))

    def measure(self, module: str, *arguments: str) -> Spent:
        """Run a module as a process of its own, and measure it."""
        _ = self.control("/calls/reset", {})
        before = self.sandbox_cpu
        meter = [sys.executable, "-m", "bench.meter", "-m", module, *arguments]
        ended = subprocess.run(
            meter, cwd=self.folder, env=environment(), stdout=subprocess.PIPE, text=True, check=False
        )
        *said, figures = ended.stdout.strip().splitlines()
        taken = json.loads(figures)
        if taken["exit"] not in (0, 1) or not said:
            raise RuntimeError(f"{module} ended with {taken['exit']}: {' '.join(said)}")
        answer = json.loads("\n".join(said))
        return Spent(
            seconds=taken["seconds"],
            cpu=taken["cpu"],
            rss=taken["rss"],
            said=answer,
            calls=self.control("/calls"),
            sandbox_cpu=self.sandbox_cpu - before,
        )


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def cpu_of(process: int) -> float:
    """Return the seconds of CPU that a process took so far, in user and system mode."""
    figures = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / TICKS
