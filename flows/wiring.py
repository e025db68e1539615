"""The composition root: settings in, a hub ready to run out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from connectors.sharing import Fleet
from flows.connecting import connect
from flows.deadlines import read_sla
from flows.outlooks import outlook_of, read_risk, surroundings_of
from flows.rollups import account_registers
from flows.rule_files import rule_file
from flows.schemas import Schemas
from flows.suggesting import read_routing
from flows.watched import watched
from flows.wires import Files, Wires
from hub.accounts import Book
from hub.appraise import Appraiser
from hub.cluster import Policy, Traits
from hub.crm import Crm
from hub.lens import Dialect
from hub.mapping import MappingFile, load
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, System
from hub.policy import PolicyFile, load_policy
from hub.ports import Connector, Store
from hub.risk.rules import RiskRules
from hub.schema import Schema
from hub.scoring_file import load_scoring
from hub.scoring_rules import ScoringRules
from hub.settings import Settings
from hub.sla.rules import SlaRules
from hub.store import Keys, open_store
from hub.suggest.rules import RoutingRules
from hub.sync import Hub, Progress, silent

__all__ = ["ACCOUNTS", "TRAITS", "Assembly", "Rules", "Wires", "assemble", "dialects", "read_rules"]

TRAITS: Mapping[System, Traits] = {
    ZENDESK: Traits(
        conditional_writes=True,
        bulk_conditional=True,
        files_on_comments=True,
        hears_notes=True,
        follow_ups=True,
        born_empty=frozenset({"priority", "type", "assignee", "tags"}),
    ),
    JIRA: Traits(edits_comments=True, workflow=True),
    SALESFORCE: Traits(conditional_writes=True, closed_fields=True, edits_comments=True),
    EMAIL: Traits(
        conditional_writes=True, bulk_conditional=True, files_on_comments=True, own_voice=True, customers=True
    ),
}
OPTIONAL = (SALESFORCE, EMAIL)
"""Sides that a hub can do without: those of them that have no table in hub.toml are left out."""
ACCOUNTS = "accounts"
"""The mapping file of the CRM's accounts, and its schema, beside those of the systems."""


@dataclass(frozen=True)
class WiredClock:
    """A clock that says what it is told to say."""

    tell: Callable[[], str]

    def now(self) -> str:
        return self.tell()


@dataclass(frozen=True)
class Rules:
    """The user's files, read and checked as far as they can be without a schema."""

    folder: Path
    files: Mapping[System, MappingFile]
    accounts: MappingFile | None
    policy: PolicyFile
    scoring: ScoringRules
    sla: SlaRules
    risk: RiskRules
    routing: RoutingRules


def read_rules(settings: Settings) -> Rules:
    """Read mapping, policy and scoring files. Raises `Misconfigured` with file, line and column."""
    folder = settings.path(settings.mappings)
    systems = [s for s in TRAITS if s not in OPTIONAL or getattr(settings, s) is not None]

    def read(name: str) -> tuple[str, str]:
        return rule_file(settings, name)

    return Rules(
        folder,
        {s: load(*read(s)) for s in systems},
        load(*read(ACCOUNTS)) if SALESFORCE in systems else None,
        load_policy(*read("policy"), systems, TRAITS),
        load_scoring(*read("scoring")),
        read_sla(settings),
        read_risk(settings),
        read_routing(settings),
    )


# the whole ------------------------------------------------------------------------------------


@dataclass
class Assembly:
    """A hub put together, with what its commands need beside it."""

    settings: Settings
    rules: Rules
    store: Store
    connectors: Mapping[System, Connector]
    wires: Wires
    schemas: Schemas
    fleet: Fleet

    def hub(
        self, *, progress: Progress | None = None, quiet: bool = False, afresh: bool = False
    ) -> Hub:
        """Return what a run needs."""
        policy = Policy(
            mappings={s: self.schemas.mapping(s) for s in self.connectors},
            traits=TRAITS,
            prefer=self.rules.policy.prefer,
            appraise=self.appraiser(),
            patience=min(self.rules.policy.patience, self.settings.sync.patience),
            quiet=quiet or self.rules.policy.quiet,
            afresh=afresh,
            may_create=self.rules.policy.may_create,
            crm=SALESFORCE if self.rules.accounts is not None else None,
            money=self.rules.policy.money,
            conflicts=self.rules.policy.conflicts,
            follow_ups=self.rules.policy.follow_ups,
        )
        return Hub(
            store=self.store,
            connectors=self.connectors,
            policy=policy,
            limits=self.rules.policy.limits,
            clock=WiredClock(self.wires.now),
            batch=self.settings.sync.batch,
            side_by_side=self.wires.side_by_side,
            progress=progress or silent,
            book=self.book(),
            spans=self.wires.spans,
        )

    def appraiser(self) -> Appraiser:
        """Return what appraises tickets: the user's rules, and what was learned up to now."""
        rules = self.rules
        return Appraiser(
            rules.scoring,
            rules.sla,
            rules.risk,
            rules.routing,
            outlook_of(self.store, rules.risk.label),
            surroundings_of(self.store),
        )

    def book(self) -> Book | None:
        """Return the accounts of the CRM, where there is one."""
        if self.rules.accounts is None:
            return None
        return Book(
            crm=cast("Crm", self.connectors[SALESFORCE]),
            mapping=self.schemas.mapping(ACCOUNTS),
            store=self.store,
            clock=WiredClock(self.wires.now),
            money=self.rules.policy.money,
            rolled=account_registers(self.store),
        )


def dialects() -> Mapping[str, Dialect]:
    """
    Return each system's formatted text.

    Salesforce's rich text areas hold HTML, as Zendesk's do; mails are turned into Markdown as they come.
    """
    from connectors.email.markdown import Markdown  # noqa: PLC0415
    from connectors.jira.adf import Adf  # noqa: PLC0415
    from connectors.zendesk.html import Html  # noqa: PLC0415

    return {ZENDESK: Html(), JIRA: Adf(), SALESFORCE: Html(), ACCOUNTS: Html(), EMAIL: Markdown()}


def sources(connectors: Mapping[System, Connector], rules: Rules) -> dict[str, Callable[[], Schema]]:
    """Return who describes the fields that each mapping file names."""
    found: dict[str, Callable[[], Schema]] = {s: c.schema for s, c in connectors.items()}
    if rules.accounts is not None:
        found[ACCOUNTS] = cast("Crm", connectors[SALESFORCE]).account_schema
    return found


@contextmanager
def assemble(settings: Settings, wires: Wires | None = None) -> Generator[Assembly]:
    """Open the store and the connectors; close both at the end."""
    wires = watched(settings, wires or Wires())
    rules = read_rules(settings)
    store = open_store(settings.store_url, now=wires.now, keys=Keys(settings.store.keys, settings.audit.keys))
    files = Files()
    try:
        fleet = Fleet(store, wires.monotonic, store.still)
        connectors = connect(settings, store, files, wires, rules.files[JIRA].spec.transitions.fill, fleet)
        files.connectors = connectors
        try:
            listed: dict[str, MappingFile] = {**rules.files}
            if rules.accounts is not None:
                listed[ACCOUNTS] = rules.accounts
            schemas = Schemas(store, sources(connectors, rules), listed, dialects(), wires.now)
            yield Assembly(settings, rules, store, connectors, wires, schemas, fleet)
        finally:
            fleet.rest()
            for connector in connectors.values():
                connector.close()
    finally:
        store.close()
