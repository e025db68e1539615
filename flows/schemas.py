"""
What the systems say their fields are: asked once a day, and again when a run met a refused field.

A field or option that is deleted at a system must not stop what else is mapped. So what the mapping
files still need of the last schema is remembered, and told as drift until somebody mends it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from hub.answering import answering
from hub.errors import HubError, Unavailable
from hub.lens import Dialect
from hub.mapping import Mapping as FieldMapping
from hub.mapping import MappingFile, bind, try_bind, unfit_fields
from hub.ports import Store
from hub.problems import Problem
from hub.schema import Schema

KEPT = timedelta(hours=24)
BELIEVED = timedelta(minutes=10)
"""A schema so young is not doubted: a value that nothing can hold must not cost calls on every run."""
_log = logging.getLogger("hub.schemas")


class Schemas:
    """Every system's schema, and the mapping files bound to it."""

    def __init__(
        self,
        store: Store,
        sources: Mapping[str, Callable[[], Schema]],
        files: Mapping[str, MappingFile],
        dialects: Mapping[str, Dialect],
        now: Callable[[], str],
    ) -> None:
        self._store = store
        self._sources = sources
        self._files = files
        self._dialects = dialects
        self._now = now

    def _asked(self, system: str) -> Schema:
        """Ask the system; vendors' own libraries stumble in ways of their own over a strange answer."""
        with answering(system):
            return self._sources[system]()

    def read(self, system: str) -> Schema:
        """
        Ask the system now, keep the answer, and return it. Raises what `Connector.schema` raises.

        What the file fitted until now goes on: what was renamed is followed by its id, what is gone is
        remembered, and a field that became another kind of field is left alone.
        """
        fresh = self._asked(system)
        known, kept = self._known(system)[0], fresh
        if known is not None and not self._fits(system, fresh):
            kept = fresh.remembering(known)
            if not self._fits(system, kept) and self._fits(system, known):
                kept = kept.leaving(unfit_fields(self._files[system], kept, self._dialects[system]))
        self._store.keep(_name(system), msgspec.json.encode(kept).decode(), self._now())
        return kept.present()

    def mapping(self, system: str) -> FieldMapping:
        """
        Return the system's mapping file, bound to its schema as far as that is known.

        Raises `Misconfigured` with every place that does not fit, and, if no schema was ever read,
        what `Connector.schema` raises.
        """
        file, dialect = self._files[system], self._dialects[system]
        known, age = self._known(system)
        if known is not None and age < KEPT:
            mapping, _ = try_bind(file, known, dialect)
            if mapping is not None:
                return mapping
        try:
            fresh = self.read(system)
        except Unavailable as error:
            if known is None:
                raise
            _log.warning("going on with an old schema: %s", error)
            fresh = known
        return bind(file, self._known(system)[0] or fresh, dialect)

    def known(self, system: str) -> Schema:
        """Return the schema that is kept; where none is, ask the system."""
        return self._known(system)[0] or self.read(system)

    def drift(self) -> list[Problem]:
        """Return where mapping files need a field or option that its system does not have any more."""
        found: list[Problem] = []
        for system in self._sources:
            known, _ = self._known(system)
            if known is not None and known.remembers:
                _, problems = try_bind(self._files[system], known.present(), self._dialects[system])
                found += [p for p in problems if p.severity == "error"]
        return sorted(found)

    def doubt(self, systems: Iterable[str]) -> None:
        """These systems refused a field: ask for their schemas, unless that was done just now."""
        for system in sorted(systems):
            if self._known(system)[1] < BELIEVED:
                continue
            try:
                _ = self.read(system)
            except HubError as error:  # the run is over; the next one that needs it will say so
                _log.warning("the schema of %s could not be read again: %s", system, error)

    def _known(self, system: str) -> tuple[Schema | None, timedelta]:
        """Return the schema that is kept, and its age."""
        kept = self._store.kept(_name(system))
        if kept is None:
            return None, KEPT
        age = datetime.fromisoformat(self._now()) - datetime.fromisoformat(kept.at)
        try:
            return msgspec.json.decode(kept.value, type=Schema), age
        except msgspec.DecodeError:  # another version of the hub kept it
            return None, KEPT

    def _fits(self, system: str, schema: Schema) -> bool:
        return try_bind(self._files[system], schema, self._dialects[system])[0] is not None


def _name(system: str) -> str:
    return f"schema:{system}"
