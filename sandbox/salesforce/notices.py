"""
Notices of changes: outbound messages (SOAP, acknowledged, repeated) and change events (JSON).

Both go to loopback addresses that the settings name, after the request that made the change:
`outbound_messages`: `[{"url", "object", "fields"}]`; `change_data_capture`: `[{"url", "object"}]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from sandbox.outbox import Outbox, Outcome
from sandbox.salesforce.context import Change, Context
from sandbox.salesforce.errors import Json
from sandbox.salesforce.objects import ids
from sandbox.salesforce.times import instant

MOST = 100
DAY = 86_400
LONGEST_WAIT = 7200
_ACKNOWLEDGED = re.compile(rb"<(?:\w+:)?Ack(?:\s[^>]*)?>\s*true\s*</")
_SOAP = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "User-Agent": "Salesforce/outbound"}
_UNTOLD = frozenset({"SystemModstamp", "VersionData"})


@dataclass(slots=True)
class Notification:
    """A record of which a listener has not yet said that it heard."""

    id: str
    url: str
    object: str
    key: str
    fields: tuple[str, ...]
    born: float
    due: float
    tries: int = 0
    heard: bool = False


@dataclass(slots=True)
class Notices:
    """What is to be told to whom, until it was heard."""

    context: Context
    outbox: Outbox
    waiting: list[Notification] = field(default_factory=list)
    made: int = 0
    replay: int = 0

    def happened(self, change: Change) -> None:
        """Note a change for everyone who listens to its object."""
        settings, now = self.context.settings, self.context.clock.now()
        for listener in settings["outbound_messages"]:
            if listener.get("object", "Case") == change.object and change.kind != "DELETE":
                self.made += 1
                fields = tuple(listener.get("fields") or ("Id", "SystemModstamp"))
                key = ids.made("04l", self.made)
                self.waiting.append(
                    Notification(key, listener["url"], change.object, change.key, fields, now, now)
                )
        for listener in settings["change_data_capture"]:
            if listener.get("object", "Case") == change.object:
                self._event(listener["url"], change)

    def flush(self) -> None:
        """Send what is due: new ones at once, unheard ones again after ever longer waits."""
        if not self.waiting:
            return
        now = self.context.clock.now()
        self.waiting = [it for it in self.waiting if not it.heard and now - it.born < DAY]
        due: dict[tuple[str, str], list[Notification]] = {}
        for it in self.waiting:
            if it.due <= now:
                due.setdefault((it.url, it.object), []).append(it)
        for (url, _), notifications in due.items():
            for at in range(0, len(notifications), MOST):
                self._send(url, tuple(notifications[at : at + MOST]), now)

    def _send(self, url: str, some: tuple[Notification, ...], now: float) -> None:
        for it in some:
            it.tries += 1
            it.due = now + min(
                self.context.settings["outbound_retry_seconds"] * 2 ** (it.tries - 1), LONGEST_WAIT
            )

        def heard(outcome: Outcome) -> None:
            if outcome.status == 200 and _ACKNOWLEDGED.search(outcome.body):
                for it in some:
                    it.heard = True

        self.outbox.post(url, _SOAP, self._envelope(some), heard)

    def _envelope(self, some: tuple[Notification, ...]) -> bytes:
        """Return the message; it shows the records as they are now, not as they were."""
        org = self.context.org
        base = f"https://{self.context.settings['my_domain']}.my.salesforce.com/services/Soap"
        told = "".join(self._told(it) for it in some)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"<OrganizationId>{org.org_id}</OrganizationId><ActionId>{ids.made('04k', 1)}</ActionId>"
            f'<SessionId xsi:nil="true"/><EnterpriseUrl>{base}/c/66.0/{org.org_id[:15]}</EnterpriseUrl>'
            f"<PartnerUrl>{base}/u/66.0/{org.org_id[:15]}</PartnerUrl>{told}"
            "</notifications></soapenv:Body></soapenv:Envelope>"
        ).encode()

    def _told(self, it: Notification) -> str:
        row = self.context.org.row(it.object, it.key) or {"Id": it.key}
        shown: list[str] = []
        for name in dict.fromkeys(("Id", *it.fields)):
            value = self._value(it.object, row, name)
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                shown.append(f"<sf:{name}>{escape(text)}</sf:{name}>")
        return (
            f'<Notification><Id>{it.id}</Id><sObject xsi:type="sf:{it.object}" '
            f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{"".join(shown)}</sObject></Notification>'
        )

    def _value(self, name: str, row: Mapping[str, Any], field_name: str) -> Any:
        definition = self.context.org.object(name)
        known = definition.field(field_name) if definition else None
        if known is None:
            return None
        value = self.context.org.value(name, dict(row), known.name)
        if known.type == "datetime" and value is not None:
            return instant(value).replace("+0000", "Z")
        return value

    def _event(self, url: str, change: Change) -> None:
        """Send a change event, as Change Data Capture shapes it."""
        now = self.context.clock.now()
        row = self.context.org.row(change.object, change.key) or {}
        self.replay += 1
        names = [it for it in (change.fields or tuple(row)) if it not in _UNTOLD and change.kind != "DELETE"]
        changed = [*change.fields, "LastModifiedDate"] if change.kind == "UPDATE" else []
        header: Json = {
            "entityName": change.object, "recordIds": [change.key], "changeType": change.kind,
            "changeOrigin": change.origin, "transactionKey": f"{self.replay:08d}-0000-0000-0000-000000000000",
            "sequenceNumber": 1, "commitTimestamp": int(now * 1000), "commitUser": change.by,
            "commitNumber": self.replay, "nulledFields": [it for it in changed if row.get(it) is None],
            "diffFields": [], "changedFields": changed,
        }  # fmt: skip
        values = {it: self._value(change.object, row, it) for it in names}
        body = {
            "schema": "sandbox", "payload": {"ChangeEventHeader": header, **values},
            "event": {"replayId": self.replay},
        }  # fmt: skip
        self.outbox.post(url, {"Content-Type": "application/json"}, msgspec.json.encode(body))
