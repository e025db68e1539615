"""The world of mail: who has a mailbox, and how a mail gets there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import formatdate, parseaddr
from typing import Any

from sandbox.clock import Clock
from sandbox.email.bounces import Failure, report
from sandbox.email.content import Content, Spool, field_name, fields, values
from sandbox.email.mailbox import Account, Mail

DOMAIN = "helpdesk.example"
PASSWORD = "mail-password"
TOKEN = "mail-access-token"
_HOPS = 50

Settings = dict[str, Any]


def settings() -> Settings:
    """Return the switches as they are at first."""
    return {
        "condstore": True,  # off: as Exchange Online and Yahoo, which offer none
        "idle": True,
        "move": True,
        "uidplus": True,
        "special_use": True,
        "size_limit": 36_700_160,  # of a mail over SMTP, in bytes
        "unknown_bounces": False,  # True: mail to unknown users of the house is taken, and bounces
        "sign_in_to_relay": True,  # mail to the outside only from those who signed in
        "file_sent": False,  # True: as Gmail and Exchange, a copy of what is submitted goes to Sent
        "rewrite_message_id": False,  # True: as Amazon SES, submitted mail leaves under another Message-ID
        "authentication": {},  # by sending domain: pass (as without an entry), fail, none, or the whole text
    }


class Office:
    """
    Everybody's mail. Hold `lock` to look or to act.

    `accounts` are the house's users; `world` is everybody else, who comes to be with the first mail.
    `arrivals` counts whatever was put into any mailbox, so that those who wait can tell that something came.
    """

    def __init__(self, clock: Clock, domain: str = DOMAIN, users: Iterable[str] = ("support",)) -> None:
        self.clock = clock
        self.domain = domain
        self.users = tuple(users)
        self.lock: Any = threading.RLock()
        self.settings = settings()
        self.spool = Spool()
        self.reset()

    def reset(self) -> None:
        """Return to empty mailboxes, with the users, passwords and tokens of the beginning."""
        for account in getattr(self, "accounts", {}).values():
            for mailbox in account.mailboxes.values():
                mailbox.gone = True
        self.spool.close()
        self.settings.clear()
        self.settings.update(settings())
        now = self.clock.now()
        self.accounts = {
            address: Account(address, PASSWORD, now)
            for address in (f"{user}@{self.domain}" for user in self.users)
        }
        # Bounces come back to the first user, as does what postmasters write.
        self.aliases = {f"{name}@{self.domain}": self.address for name in ("bounces", "postmaster")}
        self.world: dict[str, Account] = {}
        self.tokens: dict[str, str] = {TOKEN: self.address}
        self._keys = itertools.count(1)

    @property
    def address(self) -> str:
        """The support mailbox."""
        return f"{self.users[0]}@{self.domain}"

    @property
    def host(self) -> str:
        """The house's MTA, whose Authentication-Results are the house's own."""
        return f"mx.{self.domain}"

    # who ----------------------------------------------------------------------------------------

    def ours(self, address: str) -> bool:
        """Return whether an address is of the house's domain."""
        return address.lower().endswith(f"@{self.domain}")

    def user(self, address: str) -> Account | None:
        """Return the house's user who gets mail to an address, with any `+detail`."""
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return self.accounts.get(self.aliases.get(plain, plain))

    def anybody(self, address: str) -> Account:
        """Return whoever has an address. Raises LookupError for an unknown user of the house."""
        if self.ours(address):
            found = self.user(address)
            if found is None:
                raise LookupError(f"the house has no user {address}; there are {', '.join(self.accounts)}")
            return found
        key = address.lower()
        if key not in self.world:
            self.world[key] = Account(key, None, self.clock.now())
        return self.world[key]

    def signs_in(self, user: str, password: str) -> Account | None:
        """Return the user whom name and password fit."""
        account = self.accounts.get(user.lower())
        return account if account is not None and account.password == password else None

    def bears(self, user: str, token: str) -> Account | None:
        """Return the user whom name and access token fit."""
        owner = self.tokens.get(token)
        return self.accounts.get(owner) if owner is not None and owner == user.lower() else None

    def expire_tokens(self) -> None:
        """Let every access token lapse."""
        self.tokens.clear()

    # delivery -----------------------------------------------------------------------------------

    def key(self) -> str:
        """Return a queue id."""
        return f"4Q{next(self._keys):08X}"

    def refusal(self, recipient: str) -> str | None:
        """Return the SMTP reply that refuses a recipient at once; None: the mail will be taken."""
        if recipient.lower().endswith(".defer"):
            return f"451 4.2.0 <{recipient}>: Recipient address rejected: try again later"
        if self.ours(recipient) and not self.user(recipient) and not self.settings["unknown_bounces"]:
            return f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown"
        return None

    def post(
        self, sender: str, recipients: Sequence[str], content: Content, client: str, by: Account | None = None
    ) -> list[Mail]:
        """
        Deliver a mail; return what was put into mailboxes. Whom it cannot reach, the sender hears of.

        `by`: the user who submitted it, signed in.
        """
        put: list[Mail] = []
        if by is not None and self.settings["file_sent"]:
            put.append(self.put(by, "Sent", content, {"\\Seen"}))
        failures: list[Failure] = []
        for recipient in recipients:
            failure = self._failure(recipient, content)
            if failure is None:
                put.append(self._arrive(sender, recipient, content, client, by))
            else:
                failures.append(failure)
        if failures and sender:
            put += self.bounce(sender, failures, content)
        return put

    def bounce(self, to: str, failures: Sequence[Failure], content: Content) -> list[Mail]:
        """Report failures to an envelope sender, from nobody."""
        at, outside = self.clock.now(), failures[0].recipient.rpartition("@")[2]
        host = self.host if self.ours(failures[0].recipient) else f"mx.{outside}"
        raw = report(host, to, failures, content, self.key(), at)
        if self.refusal(to):
            return []  # a report that cannot be delivered is not reported
        return self.post("", [to], self.spool.of(raw), host)

    def _failure(self, recipient: str, content: Content) -> Failure | None:
        if len(values(content.header(), "received")) > _HOPS:
            return Failure(recipient, "5.4.6", "554 5.4.6 Too many hops")
        domain = recipient.lower().rpartition("@")[2]
        if domain.endswith(".fail"):
            return Failure(recipient, remote=f"mx.{domain}")
        return Failure(recipient) if self.ours(recipient) and not self.user(recipient) else None

    def _arrive(self, sender: str, to: str, content: Content, client: str, by: Account | None) -> Mail:
        ours = self.ours(to)
        host = self.host if ours else f"mx.{to.rpartition('@')[2]}"
        top = f"Return-Path: <{sender}>\r\nDelivered-To: {to}\r\n"
        if ours:
            top += f"Authentication-Results: {self._verdict(sender, content, by)}\r\n"
        top += (
            f"Received: from {client} ([127.0.0.1])\r\n\tby {host} with ESMTP{'A' * (by is not None)}"
            f" id {self.key()}\r\n\tfor <{to}>; {formatdate(self.clock.now(), usegmt=True)}\r\n"
        )
        return self.put(self.anybody(to), "INBOX", content.under(top.encode("utf-8", "surrogateescape")))

    def put(self, account: Account, mailbox: str, content: Content, flags: Iterable[str] = ()) -> Mail:
        """Put a mail into a mailbox as it is."""
        return account.mailbox(mailbox).add(content, self.clock.now(), flags)

    def _verdict(self, sender: str, content: Content, by: Account | None) -> str:
        """Return what the house's MTA found out about who sent a mail."""
        if by is not None:
            return f"{self.host};\r\n\tauth=pass smtp.auth={by.address}"
        author = (values(content.header(), "from") or [""])[0]
        domain = parseaddr(author)[1].rpartition("@")[2].lower()
        told: Mapping[str, str] = self.settings["authentication"]
        verdict = told.get(domain, "pass")
        if verdict not in {"pass", "fail", "none"}:
            return verdict
        if not domain or verdict == "none":
            return f"{self.host};\r\n\tdkim=none; spf=none smtp.mailfrom={sender or self.host}; dmarc=none"
        return (
            f"{self.host};\r\n\tdkim={verdict} header.d={domain};"
            f"\r\n\tspf={verdict} smtp.mailfrom={sender or domain};"
            f"\r\n\tdmarc={verdict} (p=REJECT) header.from={domain}"
        )

    def renamed(self, content: Content) -> Content:
        """Return a mail under a Message-ID of the provider's, as Amazon SES sends it on."""
        name = f"0102{self.key().lower()}-000000@eu-west-1.amazonses.example"
        kept = [field for field in fields(content.header()) if field_name(field) != "message-id"]
        body = content.pieces(len(content.header()))
        return self.spool.of((f"Message-ID: <{name}>\r\n".encode(), *kept, b"\r\n", *body))

    def everybody(self) -> Iterator[Account]:
        """Yield all who have mailboxes."""
        yield from self.accounts.values()
        yield from self.world.values()
