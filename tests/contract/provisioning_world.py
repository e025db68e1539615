"""Stand-ins with a provisioner on each, and wires that change what passes, for the contract tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from connectors.auth import BasicAuth, BearerToken
from connectors.http import Http
from connectors.jira.adf import Adf
from connectors.jira.connector import JiraConnector
from connectors.jira.provisioning import JiraProvisioner
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.door import open_org
from connectors.salesforce.provisioning import SalesforceProvisioner
from connectors.zendesk.connector import ZendeskConnector
from connectors.zendesk.html import Html
from connectors.zendesk.provisioning import ZendeskProvisioner
from hub.lens import Dialect
from hub.mapping import MappingFile, load
from hub.provision import Provisioner, wanted_fields
from hub.schema import Schema
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

ZENDESK_FILE = """system: zendesk
fields:
  tags: {field: tags, as: labels, except: ["sev_*", "comp_*", blocked]}
  severity: {field: Severity, as: choice, read: {Down: s1, Slow: s2, Odd: s3, Question: s4}}
  components: {field: Components, as: labels, read: {Web: web, Data: data}}
  impact.blocked: {field: Blocked, as: flag}
  account.tier: {field: organization.tier, as: choice, direction: read, read: {Big: big, Small: small}}
context: {copy: Hub context}
"""
JIRA_FILE = """system: jira
fields:
  severity: {field: Severity, as: choice, read: {S1: s1, S2: s2, S3: s3, S4: s4}}
  components: {field: Components affected, as: labels, read: {Web: web, Data: data}}
  account.name: {field: Accounts, as: labels, spaces: "_"}
  impact.affected_users: {field: Affected users, as: number}
context: {copy: "property:support-hub"}
"""
SALESFORCE_FILE = """system: salesforce
fields:
  severity: {field: Severity__c, as: choice, read: {S1: s1, S2: s2, S3: s3, S4: s4}}
  components: {field: Components__c, as: labels, read: {Web: web, Backend: backend, Mobile: mobile, Data: data}}
  impact.blocked: {field: Customer_Blocked__c, as: flag}
  sla.due: {field: SLA_Due__c, as: instant}
context: {rest: block, block: Support_Context__c, copy: Hub_Copy__c}
"""


class Unpaced:
    """No limits: what is tested here is not the pacing."""

    def take(self, endpoint: str, target: str = "") -> None: ...
    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None: ...


class Bench(Protocol):
    """One stand-in with a provisioner on it."""

    sandbox: Sandbox
    system: str
    dialect: Dialect
    file: MappingFile

    def strip(self) -> None: ...
    def thin(self) -> None: ...
    def work(self) -> Provisioner: ...
    def schema(self) -> Schema: ...
    def made(self) -> object: ...


def _http(sandbox: Sandbox, system: str, user: str, secret: str) -> Http:
    return Http(
        f"http://acme.{system}.test",
        system=system,
        auth=BasicAuth(user, secret),
        budget=Unpaced(),
        transport=InProcess(sandbox, system),
        sleep=lambda _: None,
        attempts=2,
    )


@dataclass
class ZendeskBench:
    sandbox: Sandbox
    file: MappingFile
    system = "zendesk"
    dialect = Html()

    def __post_init__(self) -> None:
        vendor = self.sandbox.vendors["zendesk"]
        self.state: Any = vendor.state  # type: ignore[attr-defined]
        told = vendor.describe("http://acme.zendesk.test", "")
        self.http = _http(self.sandbox, "zendesk", f"{told['email']}/token", told["api_token"])
        self.connector = ZendeskConnector(self.http)

    def strip(self) -> None:
        """Leave only Zendesk's own fields."""
        for table in (self.state.ticket_fields, self.state.organization_fields):
            for number in [n for n, it in table.items() if not it.system]:
                del table[number]
        for form in self.state.forms.values():
            form["ticket_field_ids"] = [n for n in form["ticket_field_ids"] if n in self.state.ticket_fields]

    thin = strip

    def work(self) -> Provisioner:
        return ZendeskProvisioner(self.http, self.file, self.schema)

    def schema(self) -> Schema:
        return self.connector.schema()

    def made(self) -> object:
        tables = (self.state.ticket_fields, self.state.organization_fields)
        return sorted(
            (it.title, it.type, it.tag or "", tuple((o.name, o.value) for o in it.options))
            for table in tables
            for it in table.values()
            if not it.system
        )


@dataclass
class JiraBench:
    sandbox: Sandbox
    file: MappingFile
    system = "jira"
    dialect = Adf()

    def __post_init__(self) -> None:
        vendor = self.sandbox.vendors["jira"]
        self.state: Any = vendor.state  # type: ignore[attr-defined]
        told = vendor.describe("http://acme.jira.test", "")
        self.http = _http(self.sandbox, "jira", told["email"], told["api_token"])
        self.connector = JiraConnector(self.http, project="SUP")

    def strip(self) -> None:
        """Leave only Jira's own fields."""
        for name in [n for n, it in self.state.fields.items() if it.custom]:
            del self.state.fields[name]

    thin = strip

    def work(self) -> Provisioner:
        return JiraProvisioner(self.http, self.file, self.schema, "SUP")

    def schema(self) -> Schema:
        return self.connector.schema()

    def made(self) -> object:
        support, operations = self.state.project("SUP"), self.state.project("OPS")
        return sorted(
            (
                it.name, it.custom_type, it.searcher, tuple(o.value for o in it.options),
                it.id not in support.off_screen, it.id not in operations.off_screen,
            )
            for it in self.state.fields.values()
            if it.custom
        )  # fmt: skip


@dataclass
class SalesforceBench:
    sandbox: Sandbox
    file: MappingFile
    system = "salesforce"
    dialect = Html()
    basics = False

    def __post_init__(self) -> None:
        vendor: Any = self.sandbox.vendors["salesforce"]
        self.vendor = vendor
        self.org: Any = vendor.state
        told = vendor.describe("http://acme.salesforce.test", "")
        self.hub = str(told["user_id"])
        self.http = self.door(str(told["access_token"]))
        self.connector = SalesforceConnector(self.http, sleep=lambda _: None)

    def door(self, token: str) -> Http:
        return open_org(
            "http://acme.salesforce.test",
            auth=BearerToken(token),
            budget=Unpaced(),
            transport=InProcess(self.sandbox, "salesforce"),
            sleep=lambda _: None,
            attempts=2,
        )

    def strip(self) -> None:
        """Leave only Salesforce's own fields."""
        self.drop(*(it.name for owner in self.org.objects.values() for it in owner.fields.values() if it.custom))

    def thin(self) -> None:
        """Leave most of the package: what takes longest is not what is tested."""
        self.drop("Support_Hub_Key__c", "Severity__c", "Open_Tickets__c")

    def drop(self, *names: str) -> None:
        for owner in self.org.objects.values():
            for name in names:
                owner.fields.pop(name.lower(), None)
        self.org.metadata_stamp = self.org.stamp() + 1

    def work(self) -> SalesforceProvisioner:
        named = {it.name for it in wanted_fields(self.file)}
        return SalesforceProvisioner(self.http, named=named, user=lambda: self.hub, basics=self.basics)

    def schema(self) -> Schema:
        return SalesforceConnector(self.http, sleep=lambda _: None).schema()

    def made(self) -> object:
        rows = self.org.rows
        names = {row["Id"]: row["Name"] for row in rows["PermissionSet"].values()}
        return (
            sorted(
                (owner.name, it.name, it.type, it.length, it.precision, it.scale, it.unique, it.external_id,
                 tuple(o.value for o in it.choices))
                for owner in self.org.objects.values()
                for it in owner.fields.values()
                if it.custom
            ),
            sorted((names[r["ParentId"]], r["Field"], r["PermissionsEdit"]) for r in rows["FieldPermissions"].values()),
            sorted(
                (names[r["ParentId"]], r["SobjectType"], r["PermissionsCreate"], r["PermissionsDelete"])
                for r in rows["ObjectPermissions"].values()
            ),
            sorted((names[r["PermissionSetId"]], r["AssigneeId"]) for r in rows["PermissionSetAssignment"].values()),
        )  # fmt: skip


def bench_of(system: str, text: str = "") -> Bench:
    sandbox = Sandbox(Clock(1_780_000_000.0), [system])
    _ = sandbox.vendors[system].seed("empty")
    given = text or FILES[system]
    return BENCHES[system](sandbox, load(given, f"{system}.yaml"))


FILES = {"zendesk": ZENDESK_FILE, "jira": JIRA_FILE, "salesforce": SALESFORCE_FILE}
BENCHES = {"zendesk": ZendeskBench, "jira": JiraBench, "salesforce": SalesforceBench}


class Through:
    """A wire to a stand-in that changes what passes."""

    def __init__(self, sandbox: Sandbox, system: str) -> None:
        self._client = httpx.Client(transport=InProcess(sandbox, system))

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = self._client.request(method, url, headers=dict(headers), content=body)
        return answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content


@dataclass
class Refused:
    """What an org answers to a user without rights: it is asked for by the address."""

    status: int
    code: str
    message: str
    where: str

    def over(self, sandbox: Sandbox) -> Through:
        refusal = self

        class Wire(Through):
            def send(
                self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
            ) -> tuple[int, Mapping[str, str], bytes]:
                if method == "POST" and refusal.where in url:
                    said = [{"message": refusal.message, "errorCode": refusal.code, "fields": []}]
                    return refusal.status, {"content-type": "application/json"}, json.dumps(said).encode()
                return super().send(method, url, headers, body)

        return Wire(sandbox, "salesforce")


class Rewritten(Through):
    """The stand-in's answers, with the project said to be team-managed."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "jira")

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        status, answered, content = super().send(method, url, headers, body)
        if url.endswith("/project/SUP"):
            content = content.replace(b'"classic"', b'"next-gen"')
        return status, answered, content


