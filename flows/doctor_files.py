"""The doctor on files: who may read the secrets, whether the mapping files fit, time zones."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from zoneinfo import available_timezones

from flows.doctor_findings import Finding, Part
from flows.wiring import ACCOUNTS, Assembly, dialects, sources
from hub.check import check
from hub.model import JIRA, SALESFORCE, ZENDESK
from hub.settings import Settings

_ELSEWHERE = ("env:", "file:", "block:")
_SECRETS = ("token", "secret", "password", "key", "keys", "urls", "ping_url")
_MANY_ZONES = 300


def of_settings(config: Path, settings: Settings) -> Iterator[Finding]:
    """Yield who may read what must be kept, and what is left at a risky value."""
    part = Part("settings")
    raw = tomllib.loads(config.read_text(encoding="utf-8"))
    inline = sorted(_inline(raw))
    modes = [(config, bool(inline))] + [(one, True) for one in _files(raw, config.parent)]
    for file, secret in modes:
        mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o600
        if secret and mode & 0o077:
            yield part.fail(
                f"{file} holds secrets, and others on this machine may read it (mode {mode:o})",
                f"chmod 600 {file}",
            )
        elif not file.exists():
            yield part.fail(f"{file} is not there, and hub.toml takes a secret from it", "write it, mode 600")
    if inline:
        yield part.warn(
            f"{len(inline)} secrets stand in {config.name} itself ({', '.join(inline)})",
            'take them from the environment ("env:NAME") or from files ("file:NAME")',
        )
    else:
        yield part.ok("no secret stands in the settings file itself")
    if not settings.watch.urls and settings.watch.ping_url is None:
        yield part.warn(
            "nobody is told when the hub is unwell",
            "give `urls` under [watch], and the `ping_url` of a dead man's switch",
        )
    yield _zones(part)


def _zones(part: Part) -> Finding:
    if len(available_timezones()) < _MANY_ZONES:
        return part.fail(
            "this machine has no time zone data: business hours cannot be told",
            "install the system's tzdata, or `pip install tzdata`",
        )
    return part.ok("time zone data is there")


def _inline(raw: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the names of secrets that stand in the file; never their values."""
    for name, value in raw.items():
        if isinstance(value, Mapping):
            yield from _inline(cast("Mapping[str, Any]", value), f"{path}{name}.")
            continue
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        words = [v for v in values if isinstance(v, str) and v]
        is_secret = name in _SECRETS or name.endswith(("_token", "_secret", "_password"))
        if is_secret and any(not word.startswith(_ELSEWHERE) for word in words):
            yield f"{path}{name}"


def _files(raw: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    for value in raw.values():
        if isinstance(value, Mapping):
            yield from _files(cast("Mapping[str, Any]", value), folder)
            continue
        for one in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(one, str) and one.startswith("file:"):
                yield folder / one.removeprefix("file:")


def of_files(assembly: Assembly) -> Iterator[Finding]:
    """Yield whether the mapping files fit what the systems have now. Nothing that is read is kept."""
    part = Part("mappings")
    described = sources(assembly.connectors, assembly.rules)
    schemas = {str(system): described[system]() for system in assembly.connectors}
    about = assembly.rules.accounts
    accounts = (about, described[ACCOUNTS]()) if about is not None else None
    report = check(assembly.rules.files.values(), schemas, dialects(), accounts)
    for problem in report.problems:
        if problem.severity == "error":
            yield part.fail(str(problem), "mend the file, or the field in the system")
    warned = sum(problem.severity != "error" for problem in report.problems)
    if warned:
        yield part.warn(f"{warned} warnings about mapping files", "`hub mappings check` lists them")
    if not report.problems:
        yield part.ok(f"{report.mappings} mapping files fit the systems as they are now")
    yield from _lacking(part, assembly)


def _lacking(part: Part, assembly: Assembly) -> Iterator[Finding]:
    from flows.provisioning import Org, provisioner  # noqa: PLC0415

    for system in (ZENDESK, JIRA, SALESFORCE):
        if system not in assembly.connectors:
            continue
        plan = provisioner(assembly, system, Org()).plan()
        if plan.complete:
            yield part.ok(f"{system} has all {plan.present} fields as the files need them")
        if plan.steps:
            yield part.warn(
                f"{system} lacks {len(plan.steps)} things that the files name",
                f"`hub provision {system} --check` lists them; without --check it makes them",
            )
        for fault in plan.by_hand:
            yield part.warn(f"{system}: {fault}", "only a person can settle it")
