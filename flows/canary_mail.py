"""The canary's way through the mail servers: a letter of the hub to itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import cast

from connectors.email import probe
from flows.connecting_mail import servers_of
from flows.wiring import Assembly
from hub.canary_records import Hop
from hub.errors import HubError
from hub.model import EMAIL
from hub.store.core import Core

NAME = "smtp -> mailbox -> hub"
_TODO = "`hub doctor` looks at both mail servers; look into the spam folder of the support mailbox"


def letter(assembly: Assembly, wait: Callable[[Callable[[], bool]], float | None]) -> Hop:
    """Send a letter to ourselves, wait until a run has it, and take it away. Never raises `HubError`."""
    settings = assembly.settings.email
    assert settings is not None
    core = cast("Core", assembly.store)
    house, imap, smtp = servers_of(assembly.settings, settings, assembly.store, assembly.wires)
    sent = probe.letter_of(house, secrets.token_hex(8), assembly.wires.now())
    try:
        probe.send(smtp, house.address, sent)
        seconds = wait(lambda: probe.was_heard(core, sent.message_id))
        there = probe.remove(imap, settings.mailboxes, sent.message_id)
        probe.forget(core, sent.message_id)
    except HubError as error:
        return Hop(EMAIL, NAME, ok=False, why=str(error), todo=_TODO)
    if seconds is not None:
        return Hop(EMAIL, NAME, ok=True, seconds=seconds)
    why = "it lies in the mailbox, and no run took it in" if there else "it did not arrive in the mailbox"
    return Hop(EMAIL, NAME, ok=False, why=why, todo=_TODO)
