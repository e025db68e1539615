"""
Whom Salesforce would mail: who is given a Case by somebody else, as assignment rules tell them.

REST has no header that quiets a mail; what the hub can do is not to set off the rules (`Sforce-Auto-Assign`).
"""

from __future__ import annotations

from sandbox.mails import Mails
from sandbox.salesforce.changes import CREATE, UPDATE
from sandbox.salesforce.context import Change
from sandbox.salesforce.org import Org


class Mailing:
    """Turns changes into mails."""

    def __init__(self, org: Org, mails: Mails) -> None:
        self._org = org
        self._mails = mails

    def happened(self, change: Change) -> None:
        """Mail the new owner of a Case, a person or a queue."""
        given = change.kind == CREATE or (change.kind == UPDATE and "OwnerId" in change.fields)
        if change.object != "Case" or not given:
            return
        case = self._org.row("Case", change.key) or {}
        owner = str(case.get("OwnerId") or "")
        if not owner or owner == change.by:
            return
        told = self._org.row("User", owner) or self._org.row("Group", owner) or {}
        if told.get("Email"):
            self._mails.send(str(told["Email"]), str(case.get("CaseNumber")), "You are the owner")
