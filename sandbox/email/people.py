"""What people do with mail: customers in their mail programs, agents and operators in the support mailbox."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from email.utils import parseaddr
from typing import Any

from sandbox.email.bounces import Failure
from sandbox.email.content import values
from sandbox.email.mailbox import Account, Mail
from sandbox.email.office import Office
from sandbox.email.writing import Draft, compose, parsed

Told = dict[str, Any]
Which = int | str | None
"""A mail by its UID or its Message-ID; None: the last one."""


def act(office: Office, action: str, params: Mapping[str, Any]) -> Told:
    """Do it. Raises LookupError for what is not there, ValueError for what cannot be done."""
    do = _ACTIONS.get(action)
    if do is None:
        raise ValueError(f"a person cannot {action}; there are {', '.join(_ACTIONS)}")
    given = {("author" if name == "from" else name): value for name, value in params.items()}
    try:
        return do(office, **given)
    except TypeError as error:
        raise ValueError(f"{action}: {str(error).partition('() ')[2] or error}") from error


# in the world ---------------------------------------------------------------------------------------


def write(
    office: Office,
    *,
    author: str,
    to: str | Sequence[str] | None = None,
    subject: str = "",
    body: str = "",
    html: str = "",
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    files: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    reply_to_mail: Which = None,
    quotes: bool = True,
    auto: str = "",
    sender: str | None = None,
) -> Told:
    """
    Write a mail (to the support mailbox unless told) or answer one that `author` has got.

    An answer goes to its Reply-To, in its thread. `auto`: the value of Auto-Submitted. `sender`: the
    envelope's sender, if it is not the author.
    """
    address = parseaddr(author)[1]
    answered = _find(office.anybody(address), "INBOX", reply_to_mail) if reply_to_mail is not None else None
    recipients = _list(to) or (_answer_to(answered) if answered else [office.address])
    extra = dict(headers or {})
    if auto:
        extra["Auto-Submitted"] = auto
    draft = Draft(author, recipients, subject, body, html, _list(cc), files, extra, answered, quotes)
    key = f"{office.key().lower()}.{int(office.clock.now())}@{address.rpartition('@')[2] or 'localhost'}"
    content = office.spool.of(compose(draft, key, office.clock.now()))
    everyone = [parseaddr(one)[1] for one in (*recipients, *_list(cc), *_list(bcc))]
    put = office.post(address if sender is None else sender, everyone, content, _host(address))
    return {"message_id": content.message_id, "uids": [mail.uid for mail in put]}


def inbox(office: Office, *, address: str, mailbox: str = "INBOX", since: int = 0) -> Told:
    """Look at what an address has got, with UIDs above `since`."""
    box = office.anybody(address).mailbox(mailbox)
    return {"mails": [parsed(mail) for mail in box.mails if mail.uid > since]}


def bounce(
    office: Office,
    *,
    address: str,
    mail: Which = None,
    status: str = "5.1.1",
    diagnostic: str = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown",
    outcome: str = "failed",
) -> Told:
    """Report a mail that `address` has got as not delivered (or, as `outcome`, `delayed`) to its sender."""
    got = _find(office.anybody(address), "INBOX", mail)
    back = (values(got.content.header(), "return-path") or [""])[0].strip("<>")
    if not back:
        raise ValueError("the mail has no return path, so nobody is told that it did not arrive")
    failure = Failure(address, status, diagnostic, outcome, f"mx.{address.rpartition('@')[2]}")
    put = office.bounce(back, [failure], got.content)
    return {"to": back, "uids": [mail.uid for mail in put]}


def vacation(
    office: Office, *, address: str, mail: Which = None, body: str = "I am out of office until Monday."
) -> Told:
    """Let an out-of-office answer go to whoever sent a mail that `address` has got."""
    got = _find(office.anybody(address), "INBOX", mail)
    subject = (values(got.content.header(), "subject") or [""])[0]
    suppress = {"X-Auto-Response-Suppress": "All", "Precedence": "bulk"}
    return write(
        office,
        author=address,
        to=_answer_to(got),
        subject=f"Automatic reply: {subject}",
        body=body,
        headers=suppress,
        reply_to_mail=got.uid,
        quotes=False,
        auto="auto-replied",
        sender="",
    )


def deliver(
    office: Office,
    *,
    to: str = "",
    raw: str | bytes = b"",
    base64: str = "",
    mailbox: str = "INBOX",
    sender: str | None = None,
) -> Told:
    """Put bytes into a mailbox as they are; with `sender`, let the mail servers deliver them."""
    data = _decoded(base64) if base64 else raw.encode() if isinstance(raw, str) else raw
    content, to = office.spool.of(data), to or office.address
    if sender is None:
        return {"uids": [office.put(office.anybody(to), mailbox, content).uid]}
    return {"uids": [mail.uid for mail in office.post(sender, [to], content, _host(sender))]}


def redeliver(office: Office, *, mail: Which = None, mailbox: str = "INBOX", travelled: bool = False) -> Told:
    """Let a mail of the support mailbox come once more; `travelled`: with one more hop on top."""
    account = office.anybody(office.address)
    got = _find(account, mailbox, mail)
    if travelled:
        to = (values(got.content.header(), "delivered-to") or [office.address])[0]
        return {"uids": [again.uid for again in office.post("", [to], got.content, office.host)]}
    return {"uids": [office.put(account, mailbox, got.content).uid]}


# in the support mailbox -------------------------------------------------------------------------------


def read(office: Office, *, mail: Which = None, mailbox: str = "INBOX", all: bool = False) -> Told:  # noqa: A002
    """Read a mail, or all, in an ordinary mail program."""
    box = office.anybody(office.address).mailbox(mailbox)
    found = list(box.mails) if all else [_find(office.anybody(office.address), mailbox, mail)]
    for one in found:
        if "\\Seen" not in one.flags:
            one.flags.add("\\Seen")
            box.touch(one)
    return {"read": len(found)}


def move(office: Office, *, to: str, mail: Which = None, mailbox: str = "INBOX") -> Told:
    """Move a mail into another mailbox, which is made if need be."""
    account = office.anybody(office.address)
    got = _find(account, mailbox, mail)
    if to not in account.mailboxes:
        account.create(to, office.clock.now())
    moved = account.mailbox(to).add(got.content, got.date, got.flags)
    account.mailbox(mailbox).expunge([got])
    return {"uid": moved.uid}


def delete(office: Office, *, mail: Which = None, mailbox: str = "INBOX") -> Told:
    """Delete a mail for good."""
    account = office.anybody(office.address)
    got = _find(account, mailbox, mail)
    account.mailbox(mailbox).expunge([got])
    return {"uid": got.uid}


def new_uidvalidity(office: Office, *, mailbox: str = "INBOX") -> Told:
    """Rebuild a mailbox: all mails are numbered anew. Whoever has it selected is thrown out."""
    box = office.anybody(office.address).rebuild(mailbox, office.clock.now())
    return {"uidvalidity": box.uidvalidity, "mails": len(box.mails)}


def create(office: Office, *, mailbox: str) -> Told:
    """Make a mailbox."""
    return {"uidvalidity": office.anybody(office.address).create(mailbox, office.clock.now()).uidvalidity}


def remove(office: Office, *, mailbox: str) -> Told:
    """Delete a mailbox with all that is in it."""
    office.anybody(office.address).remove(mailbox)
    return {"removed": mailbox}


def recreate(office: Office, *, mailbox: str = "INBOX") -> Told:
    """Delete a mailbox and make a new one of the same name."""
    remove(office, mailbox=mailbox)
    return create(office, mailbox=mailbox)


def rename(office: Office, *, mailbox: str, to: str) -> Told:
    """Give a mailbox another name."""
    office.anybody(office.address).rename(mailbox, to)
    return {"renamed": to}


def change_password(office: Office, *, password: str) -> Told:
    """Give the support mailbox another password."""
    office.anybody(office.address).password = password
    return {"user": office.address}


def issue_token(office: Office, *, token: str) -> Told:
    """Make an access token (XOAUTH2) good for the support mailbox."""
    office.tokens[token] = office.address
    return {"user": office.address}


def _find(account: Account, mailbox: str, which: Which) -> Mail:
    """Return a mail by UID or Message-ID; the last one without either."""
    box = account.mailbox(mailbox)
    if which is None and box.mails:
        return box.mails[-1]
    name = which.strip("<>") if isinstance(which, str) else which
    for mail in reversed(box.mails):
        if name in {mail.uid, mail.content.message_id}:
            return mail
    held = f"{mailbox} of {account.address}, which holds {len(box.mails)}"
    raise LookupError(f"there is no mail {which or ''} in {held}")


def _answer_to(mail: Mail) -> list[str]:
    header = mail.content.header()
    return [(values(header, "reply-to") or values(header, "from") or [""])[0]]


def _list(given: str | Sequence[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())


def _host(address: str) -> str:
    return f"out.{address.rpartition('@')[2] or 'example'}"


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_ACTIONS: dict[str, Callable[..., Told]] = {
    "write": write,
    "inbox": inbox,
    "bounce": bounce,
    "vacation": vacation,
    "deliver": deliver,
    "redeliver": redeliver,
    "read": read,
    "move": move,
    "delete": delete,
    "new_uidvalidity": new_uidvalidity,
    "create": create,
    "remove": remove,
    "recreate": recreate,
    "rename": rename,
    "change_password": change_password,
    "issue_token": issue_token,
}
