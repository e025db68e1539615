"""
One record's write on its way: what is still asked for, what was refused, and what its answer means.

Fields are taken out of it one after the other as Salesforce refuses them; the others are asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from connectors.salesforce import errors
from connectors.salesforce.refusals import Refusal
from hub.model import Json, RemoteId
from hub.operations import Done, Outcome, Refused

ROUNDS = 8
"""How often fields that were refused are left out and the rest asked again."""


class Taken(msgspec.Struct, frozen=True):
    """A row was written. `created` None: that was not said."""

    id: str = ""
    created: bool | None = None


Answer: TypeAlias = Taken | tuple[Refusal, ...] | Outcome
"""A row's own answer: taken, refused for these reasons, or settled otherwise."""


@dataclass(slots=True)
class Row:
    """A write of one record."""

    index: int
    """The operation's place in the sequence."""
    sobject: str
    doing: str
    """What is asked, for people: `change Case 500…`."""
    id: str = ""
    always: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What is sent in any case: without it the write makes no sense."""
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    """What can be left out."""
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    """The operation's field that each of `fields` was made of."""
    refused: dict[str, str] = field(default_factory=dict[str, str])
    codes: list[errors.Code] = field(default_factory=list[errors.Code])
    group: str = ""
    """Rows of one group lock the same parent: they stand together."""

    def json(self) -> dict[str, Any]:
        """Return the row as a collection takes it; `attributes` must come first."""
        body: dict[str, Any] = {"attributes": {"type": self.sobject}}
        if self.id:
            body["id"] = self.id
        return {**body, **self.always, **self.fields}

    def size(self) -> int:
        """Return about how many bytes it makes."""
        values = (*self.always.values(), *self.fields.values())
        return 100 + sum(40 + (len(value) if isinstance(value, str) else 0) for value in values)

    def give_up(self, refusals: Sequence[Refusal]) -> bool:
        """Leave out the fields complained of; False if that cannot be told."""
        found = errors.blamed(refusals, self.fields)
        for name, refusal in found.items():
            self.leave_out(name, errors.why(refusal, name), errors.code_of(refusal))
        return bool(found)

    def leave_out(self, name: str, reason: str, code: errors.Code = "invalid") -> None:
        """Take one field out of the write."""
        _ = self.fields.pop(name, None)
        _ = self.refused.setdefault(self.named.get(name, name), reason)
        self.codes.append(code)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to ask for."""
        return not self.fields and not self.always

    def done(self, shown: Mapping[str, Any] | None = None, raw: Mapping[str, Json] | None = None) -> Outcome:
        """Return what a write that was made, but for the refused fields, means."""
        shown = {"remote_id": RemoteId(self.id), **(shown or {})}
        return Done(**shown, raw=raw, refused=self.refused)

    def nothing_left(self) -> Outcome:
        """Return what it means that every field was refused."""
        if not self.refused:
            return Done(remote_id=RemoteId(self.id))
        reasons = "; ".join(dict.fromkeys(self.refused.values()))
        return Refused(reasons, self.codes[0] if self.codes else "invalid")
