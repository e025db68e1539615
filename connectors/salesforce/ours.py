"""What tells our own writes when they are read again: how fields are spelt, what we may read, who we are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from connectors.http import InDoubt, NotDone
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.fields import readable
from connectors.salesforce.payload import Spelling
from connectors.salesforce.shapes import FieldShape, described
from hub.errors import Forbidden, Unavailable


class Ours:
    """The org as our own user sees it in one run; asked for at most once."""

    def __init__(self, client: SalesforceClient, who: Callable[[], str]) -> None:
        self._client = client
        self._who = who

    @cached_property
    def me(self) -> str:
        """Our user's id; empty if it cannot be known now: then nothing that is read counts as left by us."""
        try:
            return self._who()
        except (NotDone, InDoubt, Unavailable, Forbidden):
            return ""

    @cached_property
    def spelling(self) -> Spelling:
        """How a Case's records are spelt as raw fields."""
        return Spelling(self._fields)

    @cached_property
    def names(self) -> frozenset[str]:
        """The fields of a Case that we may read."""
        return frozenset(field.name for field in self._fields)

    @cached_property
    def _fields(self) -> list[FieldShape]:
        try:
            return readable(described(self._client.known("Case")))
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"{error}; the next run will ask again") from error
