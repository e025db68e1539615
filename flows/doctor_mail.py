"""The doctor on the mailbox: both servers let us in, folders are there, evidence and trust are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol, cast

from connectors.email.imap_session import closed, opened
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from flows.connecting_mail import servers_of
from flows.doctor_findings import Finding, Part, guarded, listed
from flows.wiring import Assembly
from hub.model import EMAIL
from hub.settings import EmailSettings

WANTED = {
    "IDLE": "new mail is found by the clock alone",
    "UIDPLUS": "the canary's letters cannot be removed, only marked as deleted",
    "CONDSTORE": "each look at the mailbox costs more",
}


class _Mail(Protocol):
    def look(self) -> None: ...


def of_mail(assembly: Assembly) -> Iterator[Finding]:
    part, settings = Part("email"), assembly.settings.email
    assert settings is not None
    _, imap, smtp = servers_of(assembly.settings, settings, assembly.store, assembly.wires)
    yield from guarded(part, lambda: _reading(part, assembly, imap), "check [email.imap] in hub.toml")
    yield from guarded(part, lambda: _sending(part, smtp), "check [email.smtp] in hub.toml")
    yield from _settled(part, settings)


def _reading(part: Part, assembly: Assembly, imap: Server) -> Iterator[Finding]:
    settings = assembly.settings.email
    assert settings is not None
    cast("_Mail", assembly.connectors[EMAIL]).look()
    yield part.ok(f"{imap.name} lets us in, and has {listed(settings.mailboxes)}")
    client = opened(imap)
    try:
        can = {bytes(c).decode("ascii", "replace").upper() for c in client.capabilities()}
        sent = client.find_special_folder(b"\\Sent")
    finally:
        closed(client)
    lacking = {name: why for name, why in WANTED.items() if name not in can}
    for name, why in lacking.items():
        yield part.warn(f"{imap.name} has no {name}: {why}", "nothing breaks; another host may be better")
    if not lacking:
        yield part.ok(f"{imap.name} can do what helps: {listed(WANTED)}")
    if settings.evidence == "sent" and sent is None:
        yield part.fail(
            '`evidence = "sent"`, and the server names no folder of sent mails: lost answers stay in doubt',
            'set `evidence = "copy"` under [email]',
        )


def _sending(part: Part, smtp: Server) -> Iterator[Finding]:
    connection = Smtp(smtp, Counter())
    try:
        connection.greet()
    finally:
        connection.close()
    yield part.ok(f"{smtp.name} lets us in")


def _settled(part: Part, settings: EmailSettings) -> Iterator[Finding]:
    if not settings.trusted:
        yield part.warn(
            "no host's Authentication-Results are believed: whether a sender is who it says (SPF, DKIM, "
            "DMARC) is not known",
            "name the host that writes them into your mails as `trusted` under [email]; docs/email.md",
        )
    if settings.evidence == "none":
        yield part.warn(
            '`evidence = "none"`: a mail whose answer was lost stays in doubt until a person decides',
            'set `evidence` to "copy" or "sent" under [email]',
        )
    for server, name in ((settings.imap, "imap"), (settings.smtp, "smtp")):
        if server.security == "none" and server.password is not None:
            yield part.warn(
                f"[email.{name}] sends the password without encryption (on this machine only)",
                'set `security` to "tls" or "starttls" where the server is another machine',
            )
