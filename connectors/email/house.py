"""Who we are in the world of mail, and what of others is believed. Values only."""

from __future__ import annotations

import msgspec


class Caps(msgspec.Struct, frozen=True):
    """How much is too much; each is a count within a time, from the least to the longest."""

    per_thread: tuple[tuple[int, int], ...] = ((10, 600), (25, 3600), (50, 10800), (100, 36000))
    """(mails, seconds): between one address and one conversation, each way."""
    per_address: tuple[tuple[int, int], ...] = ((30, 600), (120, 3600), (240, 10800), (360, 36000))
    """(mails, seconds): with one address, over all conversations, each way."""


class House(msgspec.Struct, frozen=True):
    """
    Our addresses, keys and rules.

    `address` is what customers write to and what the From of our mails shows; each of `aliases` is
    ours too. `keys` sign reply tokens: the first signs, all of them are believed (rotation).
    """

    address: str
    name: str
    keys: tuple[bytes, ...]
    instance: str
    """Names this hub in its own mails, so that they are known when they come back."""
    aliases: tuple[str, ...] = ()
    plus: bool = True
    """The mail host delivers `name+anything@domain` to `name@domain`; else no tokens are given out."""
    trusted: tuple[str, ...] = ()
    """Hosts whose Authentication-Results are believed; empty: senders are not checked."""
    peers: tuple[str, ...] = ()
    """Addresses (or `@domains`) from which systems that the hub reads itself send their notifications."""
    caps: Caps = Caps()
    max_followers: int = 48
    max_size: int = 40_000_000
    """Bytes of a mail; of a larger one only the head is taken, and the ticket says so."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def is_ours(self, address: str) -> bool:
        """Return whether an address (lower case), with or without a `+detail`, is one of ours."""
        local, at, domain = address.rpartition("@")
        plain = f"{local.partition('+')[0] if self.plus else local}{at}{domain}"
        ours = (self.address, *self.aliases)
        return plain in ours or address in ours

    def __repr__(self) -> str:  # the keys are secret
        return f"House({self.address})"
