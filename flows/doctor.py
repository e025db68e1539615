"""
`hub doctor`: everything that the hub stands on, looked at once, with what to do about what is wrong.

Only reads: no system and no store is changed, but for access tokens that rotate by being used. What is
found holds no secret. Parts are looked at one after the other; one that fails stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from flows.doctor_files import of_files, of_settings
from flows.doctor_findings import Finding, Part, guarded
from flows.doctor_flows import of_flows, of_prefect
from flows.doctor_store import of_store
from flows.wires import Wires
from flows.wiring import Assembly, assemble
from hub.errors import HubError, Misconfigured
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK
from hub.settings import Settings, load

_RANK = {"ok": 0, "warn": 1, "fail": 2}
BEFORE = ("settings", "store")
PARTS = (*BEFORE, "mappings", ZENDESK, JIRA, SALESFORCE, EMAIL, "flows", "prefect")

Look = Callable[[], Iterable[Finding]]


def examined(config: Path, only: Iterable[str] = (), wires: Wires | None = None) -> list[Finding]:
    """Return what is found, part by part. Raises `Misconfigured` for a part that there is not."""
    wanted = {*only}
    if unknown := wanted - {*PARTS}:
        raise Misconfigured(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return [one for one in _all(config, wires) if not wanted or one.part in wanted]


def worst(found: Iterable[Finding]) -> int:
    """Return the exit code: 0 all is well, 1 something is to be warned of, 2 something does not work."""
    return max((_RANK[one.verdict] for one in found), default=0)


def _all(config: Path, wires: Wires | None) -> Iterator[Finding]:
    settings_part = Part("settings")
    try:
        settings = load(config)
    except HubError as error:
        yield settings_part.fail(str(error), "mend hub.toml; `hub init` writes a whole one")
        return
    yield from guarded(settings_part, lambda: of_settings(config, settings), "mend hub.toml")
    yield from diagnosed(settings, wires)


def diagnosed(settings: Settings, wires: Wires | None = None) -> Iterator[Finding]:
    """Look at all that stands behind the settings."""
    store = list(guarded(Part("store"), lambda: of_store(settings), "docs/operations.md: the store"))
    yield from store
    if worst(store) == _RANK["fail"]:
        return  # what else is asked would change the store, or hide why it does not work
    try:
        with assemble(settings, wires) as assembly:
            yield from of_assembly(assembly)
    except HubError as error:
        yield Part("mappings").fail(str(error), "`hub mappings check` says where")


def of_assembly(assembly: Assembly) -> Iterator[Finding]:
    """Look at what the hub is put together of."""
    yield from guarded(Part("mappings"), lambda: of_files(assembly), "`hub mappings check` says where")
    for part, look in _sides(assembly):
        yield from guarded(Part(part), look, f"mend [{part}] in hub.toml, or wait if {part} is down")
    yield from guarded(Part("flows"), lambda: of_flows(assembly), "`hub status`")
    yield from guarded(Part("prefect"), lambda: of_prefect(assembly), "docs/operations.md: with Prefect")


def _sides(assembly: Assembly) -> Iterator[tuple[str, Look]]:
    from flows.doctor_jira import of_jira  # noqa: PLC0415  only what is set up is loaded
    from flows.doctor_zendesk import of_zendesk  # noqa: PLC0415

    yield ZENDESK, lambda: of_zendesk(assembly)
    yield JIRA, lambda: of_jira(assembly)
    if SALESFORCE in assembly.connectors:
        from flows.doctor_salesforce import of_salesforce  # noqa: PLC0415

        yield SALESFORCE, lambda: of_salesforce(assembly)
    if EMAIL in assembly.connectors:
        from flows.doctor_mail import of_mail  # noqa: PLC0415

        yield EMAIL, lambda: of_mail(assembly)
