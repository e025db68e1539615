"""Mails as people's mail programs write them, and as they are shown."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import formatdate, parseaddr
from typing import Any

from sandbox.email.content import values
from sandbox.email.mailbox import Mail

_POLICY = policy.SMTP.clone(raise_on_defect=False)


@dataclass(frozen=True)
class Draft:
    """What somebody writes. `quoted`: the mail that it answers."""

    author: str
    to: Sequence[str]
    subject: str = ""
    body: str = ""
    html: str = ""
    cc: Sequence[str] = ()
    files: Sequence[Mapping[str, Any]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    quoted: Mail | None = None
    quotes: bool = True


def compose(draft: Draft, message_id: str, at: float) -> bytes:
    """Return the mail, in the thread of what it answers."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = draft.author
    mail["To"] = ", ".join(draft.to)
    if draft.cc:
        mail["Cc"] = ", ".join(draft.cc)
    mail["Subject"] = draft.subject or _re(draft.quoted)
    mail["Date"] = formatdate(at)
    mail["Message-ID"] = f"<{message_id}>"
    if draft.quoted is not None and draft.quoted.content.message_id:
        parent = draft.quoted.content
        older = values(parent.header(), "references") or values(parent.header(), "in-reply-to")
        mail["In-Reply-To"] = f"<{parent.message_id}>"
        mail["References"] = " ".join([*older, f"<{parent.message_id}>"])
    text, html = _texts(draft)
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for file in draft.files:
        _attach(mail, file)
    for name, value in draft.headers.items():
        del mail[name]
        mail[name] = value
    return mail.as_bytes()


def _re(quoted: Mail | None) -> str:
    if quoted is None:
        return ""
    subject = (values(quoted.content.header(), "subject") or [""])[0]
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _texts(draft: Draft) -> tuple[str, str]:
    """Return text and HTML with what is answered quoted below, as most mail programs do."""
    if draft.quoted is None or not draft.quotes:
        return draft.body, draft.html
    shown = parsed(draft.quoted)
    lead = f"On {shown['date']}, {shown['from_name'] or shown['from']} <{shown['from']}> wrote:"
    below = "\n".join(f"> {line}" for line in shown["text"].splitlines())
    text = f"{draft.body}\n\n{lead}\n{below}\n"
    html = draft.html and (
        f'{draft.html}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{lead}<br></div>'
        f'<blockquote class="gmail_quote">{shown["html"] or shown["text"]}</blockquote></div>'
    )
    return text, html


def _attach(mail: EmailMessage, file: Mapping[str, Any]) -> None:
    """Attach `{"name", "type", and one of "content" (text), "base64", "size" (so many made-up bytes)}`."""
    if "base64" in file:
        data = base64.b64decode(file["base64"])
    elif "size" in file:
        data = random.Random(str(file.get("name"))).randbytes(int(file["size"]))
    else:
        data = str(file.get("content", "")).encode()
    main, _, sub = str(file.get("type", "application/octet-stream")).partition("/")
    inline = file.get("cid")
    more: dict[str, Any] = {"cid": f"<{inline}>", "disposition": "inline"} if inline else {}
    mail.add_attachment(data, maintype=main, subtype=sub, filename=str(file.get("name", "file")), **more)


def parsed(mail: Mail) -> dict[str, Any]:
    """Return a mail as the one who got it sees it."""
    it = BytesParser(policy=policy.default).parsebytes(mail.content.read())
    header = mail.content.header()
    name, address = parseaddr((values(header, "from") or [""])[0])
    headers: dict[str, list[str]] = {}
    for key, value in it.raw_items():
        headers.setdefault(key.lower(), []).append(str(value).replace("\r\n", ""))
    return {
        "uid": mail.uid,
        "message_id": mail.content.message_id,
        "from": address,
        "from_name": _decoded(name),
        "to": _addresses(it, "to"),
        "cc": _addresses(it, "cc"),
        "reply_to": _addresses(it, "reply-to"),
        "return_path": (values(header, "return-path") or [""])[0].strip("<>"),
        "delivered_to": (values(header, "delivered-to") or [""])[0],
        "subject": str(it["subject"] or ""),
        "date": str(it["date"] or ""),
        "text": _body(it, "plain"),
        "html": _body(it, "html"),
        "headers": headers,
        "attachments": [_file(part) for part in it.iter_attachments()] if it.is_multipart() else [],
        "flags": sorted(mail.flags),
        "size": mail.content.size,
    }


def _decoded(name: str) -> str:
    return str(make_header(decode_header(name)))


def _addresses(it: EmailMessage, name: str) -> list[str]:
    return [address.addr_spec for value in it.get_all(name, []) for address in value.addresses]


def _body(it: EmailMessage, kind: str) -> str:
    part = it.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _file(part: EmailMessage) -> dict[str, Any]:
    data = part.get_payload(decode=True)
    data = data if isinstance(data, bytes) else part.as_bytes()
    return {
        "name": part.get_filename() or "",
        "type": part.get_content_type(),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "cid": str(part.get("content-id", "")).strip("<>"),
    }
