"""
Customers' texts, read once more by who knows more than the lexicon: the sentence encoder, an endpoint.

Each text is read once by a version of a reader, a limited number in one run, and its reading is kept by its
digest. What cannot be read now (the endpoint is down) keeps the reading that it has.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from flows.summarising import opened_endpoint
from flows.wires import Wires
from hub.endpoint_settings import EndpointSettings
from hub.errors import HubError
from hub.model import Ticket, TicketId
from hub.ports import Store
from hub.records import Held
from hub.settings import Settings
from hub.signals.human import described, human_text
from hub.signals.reading import Reader, Reading, digest
from hub.support import by_customer

_NEWEST = 8
"""Texts of one ticket that are read, the newest ones: its mood and its trend go by these."""
_AT_ONCE = 64


@dataclass
class Rereader:
    """Reads what was not read yet. `readers`: the best one first; the next one only where it fails."""

    store: Store
    readers: Sequence[Reader]
    left: int
    """How many texts may still be read in this run."""
    read: dict[str, int] = field(default_factory=dict[str, int])
    """How many were, by the reader's version."""
    waiting: int = 0
    """Texts that the next run reads."""
    troubles: list[str] = field(default_factory=list[str])

    def page(self, held: Mapping[TicketId, Held]) -> dict[TicketId, Held]:
        """Return these tickets with the readings of their texts, after reading what can be read now."""
        whole = dict(held)
        if not self.readers:
            return whole
        texts = {t: {digest(text): text for text in texts_of(one.ticket)} for t, one in held.items()}
        found = self._found(texts, held)
        for ticket, told in texts.items():
            own = held[ticket].readings
            new = {key: found[key] for key in told if key in found and own.get(key) != found[key].reading}
            for version in {one.version for one in new.values()}:
                made = {key: one.reading for key, one in new.items() if one.version == version}
                self.store.keep_readings(ticket, version, msgspec.to_builtins(made))
            if new:
                fresh = {key: one.reading for key, one in new.items()}
                whole[ticket] = replace(held[ticket], readings={**own, **fresh})
        return whole

    def _found(
        self, texts: Mapping[TicketId, Mapping[str, str]], held: Mapping[TicketId, Held]
    ) -> dict[str, _Found]:
        """Return what is read now, and what was read for another ticket that holds the same text."""
        every = {key: text for told in texts.values() for key, text in told.items()}
        best = self.readers[0]
        done = self.store.read_by(best.version, every)
        elsewhere = {k for t, told in texts.items() for k in told if k in done and k not in held[t].readings}
        found: dict[str, _Found] = {}
        for key, body in self.store.readings(elsewhere).items():
            found[key] = _Found(best.version, msgspec.convert(body, Reading))
        unread = {key: text for key, text in every.items() if key not in done}
        now = dict(islice(unread.items(), self.left))
        self.waiting += len(unread) - len(now)
        while now and self.readers:
            reader = self.readers[0]
            try:
                return found | self._read(reader, now)
            except HubError as error:  # the next reader reads what nobody has read at all
                self.troubles.append(f"{error}; its texts are read at the next rescore")
                self.readers = self.readers[1:]
                known = {key for one in held.values() for key in one.readings}
                now = {key: text for key, text in now.items() if key not in known}
        return found

    def _read(self, reader: Reader, texts: Mapping[str, str]) -> dict[str, _Found]:
        found: dict[str, _Found] = {}
        left = iter(texts.items())
        while batch := list(islice(left, _AT_ONCE)):
            told = reader.read([text for _, text in batch])
            found.update((k, _Found(reader.version, r)) for (k, _), r in zip(batch, told, strict=True))
        self.left -= len(found)
        self.read[reader.version] = self.read.get(reader.version, 0) + len(found)
        return found


class _Found(NamedTuple):
    """A reading, and the version of the reader that made it: what it could not read, the lexicon did."""

    version: str
    reading: Reading


def texts_of(ticket: Ticket) -> list[str]:
    """Return what the customer said in public, in their own words, the newest first."""
    said = sorted(ticket.comments.values(), key=lambda c: c.place, reverse=True)
    theirs = (human_text(c, ticket) for c in said if c.audience == "public" and by_customer(c, ticket))
    texts = [text for text in theirs if text][:_NEWEST]
    first = described(ticket) if ticket.get("requester") else ""
    return list(dict.fromkeys([*texts, first] if first else texts))


@contextmanager
def rereader(settings: Settings, store: Store, wires: Wires) -> Generator[Rereader]:
    """Return who reads today: the endpoint if one is configured, the sentence encoder if it is installed."""
    with _endpoint(settings.endpoint, wires) as endpoint:
        readers: list[Reader] = [endpoint] if endpoint is not None else []
        if settings.scoring.encoder:
            from hub.signals.encoder import open_encoder  # noqa: PLC0415  numpy, only where it is wanted

            encoder = open_encoder()
            readers += [encoder] if encoder is not None else []
        yield Rereader(store, readers, settings.scoring.texts_per_run)


@contextmanager
def _endpoint(settings: EndpointSettings | None, wires: Wires) -> Generator[Reader | None]:
    if settings is None or "signals" not in settings.what:
        yield None
        return
    from connectors.endpoint.reading import EndpointReader  # noqa: PLC0415

    with opened_endpoint(settings, wires) as endpoint:
        yield EndpointReader(endpoint)
