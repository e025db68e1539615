"""`hub provision`: say what a system lacks for the mapping files, make it if asked to, and look again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from connectors.http import Http
from connectors.oauth import BearerToken
from flows.wiring import ACCOUNTS, Assembly
from hub.errors import HubError, Misconfigured
from hub.model import JIRA, SALESFORCE, ZENDESK, System
from hub.provision import Provision, Provisioner, wanted_fields

_OF_AN_ORG = "has no [salesforce]; `hub init` writes one"


class Wired(Protocol):
    """A connector with its way to the system."""

    @property
    def http(self) -> Http: ...


@dataclass(frozen=True)
class Org:
    """What only a Salesforce org is asked with."""

    session: str = ""
    """An administrator's session, to act with instead of the hub's own."""
    user: str = ""
    """Whom the hub signs in as, by user name; none: who the hub is now."""
    basics: bool = False
    """With the package's optional fields on Account."""


@dataclass
class Provisioned:
    """What came of it: what was made, what the system refused, and what is still lacking."""

    left: Provision
    made: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])

    def to_json(self) -> dict[str, Any]:
        return {
            "system": self.left.system,
            "complete": self.left.complete,
            "present": self.left.present,
            "missing": [step.what for step in self.left.steps],
            "by_hand": list(self.left.by_hand),
            "advice": list(self.left.advice),
            "made": self.made,
            "refused": self.refused,
        }


def provisioner(assembly: Assembly, system: str, org: Org) -> Provisioner:
    """Return what completes a system. Raises `Misconfigured` for one that is not set up here."""
    if system not in (ZENDESK, JIRA, SALESFORCE):
        raise Misconfigured(f"there is nothing to provision at {system!r}; say zendesk, jira or salesforce")
    if system not in assembly.connectors:
        raise Misconfigured(f"hub.toml {_OF_AN_ORG}")
    http = cast("Wired", assembly.connectors[System(system)]).http
    if system == SALESFORCE:
        return _salesforce(assembly, http, org)
    file = assembly.rules.files[System(system)]
    if system == ZENDESK:
        from connectors.zendesk.provisioning import ZendeskProvisioner  # noqa: PLC0415

        return ZendeskProvisioner(http, file, lambda: assembly.schemas.read(ZENDESK))
    from connectors.jira.provisioning import JiraProvisioner  # noqa: PLC0415

    project = assembly.settings.jira.project
    return JiraProvisioner(http, file, lambda: assembly.schemas.read(JIRA), project)


def _salesforce(assembly: Assembly, http: Http, org: Org) -> Provisioner:
    from connectors.salesforce.client import SalesforceClient  # noqa: PLC0415
    from connectors.salesforce.provisioning import SalesforceProvisioner  # noqa: PLC0415

    settings = assembly.settings.salesforce
    if settings is None:
        raise Misconfigured(f"hub.toml {_OF_AN_ORG}")
    rules = assembly.rules
    files = [rules.files[SALESFORCE], *([rules.accounts] if rules.accounts else ())]
    return SalesforceProvisioner(
        _as_administrator(assembly, org.session) if org.session else http,
        named={wanted.name for file in files for wanted in wanted_fields(file)},
        user=lambda: SalesforceClient(http, settings.api_version).me(),
        username=org.user,
        basics=org.basics,
        version=settings.api_version,
    )


def _as_administrator(assembly: Assembly, session: str) -> Http:
    from connectors.salesforce.door import open_org  # noqa: PLC0415

    settings, wires = assembly.settings.salesforce, assembly.wires
    assert settings is not None
    return open_org(
        settings.url,
        auth=BearerToken(session),
        reserve=settings.reserve,
        transport=wires.transports.get(SALESFORCE),
        ca=str(assembly.settings.path(settings.ca)) if settings.ca else None,
        attempts=wires.attempts,
        sleep=wires.sleep,
    )


def provision(
    work: Provisioner, plan: Provision, refresh: Callable[[], object], tell: Callable[[str], None]
) -> Provisioned:
    """
    Make what a plan says, one step after the other, then look again at what is lacking.

    What the system refuses is told, and the other steps go on. An error that would hit every step ends it;
    whatever was made until then stays made, and the same command goes on from there.
    """
    done = Provisioned(plan)
    try:
        for step in plan.steps:
            try:
                work.carry_out(step)
            except Misconfigured as refused:
                done.refused.append(str(refused))
                tell(f"refused: {refused}")
            else:
                done.made.append(step.what)
                tell(f"done: {step.what}")
    except HubError as error:
        made = f"{len(done.made)} of {len(plan.steps)} steps are done"
        raise type(error)(f"{error}\n{made}; the same command goes on from there.") from error
    _ = refresh()
    done.left = work.plan()
    return done


def silent(text: str) -> None:
    """Tell nobody."""
    del text


def still_holds(work: Provisioner, plan: Provision) -> None:
    """Raise `Misconfigured` if somebody changed the system since the plan was shown."""
    if [step.what for step in work.plan().steps] != [step.what for step in plan.steps]:
        raise Misconfigured(
            f"{plan.system} was changed while you read the plan, so nothing was made; look at the new one"
        )


def refreshed(assembly: Assembly, system: str) -> Callable[[], object]:
    """Return what makes the hub know the new fields at once, and not only tomorrow."""

    def read() -> None:
        _ = assembly.schemas.read(system)
        if system == SALESFORCE and assembly.rules.accounts is not None:
            _ = assembly.schemas.read(ACCOUNTS)

    return read


def shown(plan: Provision) -> Iterator[tuple[str, str]]:
    """Yield a plan's lines, and how each looks."""
    if plan.complete:
        yield f"{plan.system}: nothing to do; all {plan.present} fields are there.", "green"
    else:
        yield f"{plan.system}: {plan.present} fields are there as they should be.", ""
    if plan.steps:
        yield f"Missing ({len(plan.steps)}), and `hub provision {plan.system}` can make it:", ""
    for step in plan.steps:
        yield f"  + {step.what}", "green"
    if plan.by_hand:
        yield "Only a person can settle:", ""
    for fault in plan.by_hand:
        yield f"  ! {fault}", "yellow"
    for hint in plan.advice:
        yield f"  · {hint}", "dim"


def ended(done: Provisioned) -> Iterator[tuple[str, str]]:
    """Yield what came of it."""
    yield f"{len(done.made)} made, {len(done.refused)} refused.", ""
    if done.left.complete:
        yield f"{done.left.system}: everything is there now.", "green"
    for what in (*(step.what for step in done.left.steps), *done.left.by_hand):
        yield f"  still to do: {what}", "yellow"
