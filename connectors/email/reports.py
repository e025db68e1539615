"""What machines say of other mails: delivery status, read receipts, complaints. Pure."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from connectors.email.addresses import normalised, read_addresses
from connectors.email.headers import decode_header
from connectors.email.identity import message_ids
from connectors.email.model import Recipient, Report

Action: TypeAlias = Literal["failed", "delayed", "delivered", "relayed", "expanded", ""]
Kind: TypeAlias = Literal["delivery", "disposition", "feedback"]

KINDS: Final[dict[str, Kind]] = {
    "message/delivery-status": "delivery",
    "message/global-delivery-status": "delivery",
    "message/disposition-notification": "disposition",
    "message/global-disposition-notification": "disposition",
    "message/feedback-report": "feedback",
}
_ACTIONS: Final[dict[str, Action]] = {
    "failed": "failed", "failure": "failed", "fail": "failed", "error": "failed", "expired": "failed",
    "delayed": "delayed", "deferred": "delayed", "delivered": "delivered", "relayed": "relayed",
    "expanded": "expanded", "delivery": "delivered",
}  # fmt: skip
ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_BLANK: Final = re.compile(rb"\n[ \t]*\n")
_MOST: Final = 10_000
_LONGEST: Final = 1000


def read_report(kind: Kind, raw: bytes, returned_id: str = "") -> Report:
    """Read the part for machines. `returned_id`: the Message-ID of the mail that came back with it."""
    groups = [fields for block in _BLANK.split(raw.replace(b"\r\n", b"\n")) if (fields := _fields(block))]
    whole = {name: value for fields in reversed(groups) for name, value in fields.items()}
    original = message_ids(whole.get("original-message-id", b""))
    envelope = decode_header(whole.get("original-envelope-id", b""))
    named = [found for fields in groups[:_MOST] if (found := _recipient(kind, fields)) is not None]
    return Report(kind, tuple(named), original[0] if original else returned_id, envelope[:_LONGEST])


def _fields(block: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    name = ""
    for line in block.split(b"\n"):
        if line[:1] in b" \t" and name:
            found[name] += b" " + line.strip()
        elif parsed := _FIELD.match(line):
            name = parsed[1].decode("latin-1").lower()
            if name in found:
                name = f"{name}*"  # a second one does not count, nor what follows of it
            found[name] = parsed[2].strip()
    return found


def _recipient(kind: Kind, fields: dict[str, bytes]) -> Recipient | None:
    # Who was written to first: a final recipient may be an account that only its host knows.
    final = _address(fields.get("final-recipient", b"")) or _address(fields.get("original-rcpt-to", b""))
    original = _address(fields.get("original-recipient", b""))
    email = final if "@" in final or not original else original
    if kind == "delivery" and not (email or {"action", "status", "diagnostic-code"} & fields.keys()):
        return None
    if kind != "delivery" and not email:
        return None
    action = decode_header(fields.get("action", b"")).lower().split("(")[0].strip()
    diagnostic = decode_header(fields.get("diagnostic-code", b""))[:_LONGEST]
    status = _status(decode_header(fields.get("status", b"")), diagnostic)
    return Recipient(email, _ACTIONS.get(action, _by_status(status)), status, diagnostic)


def _address(raw: bytes) -> str:
    kind, semicolon, value = decode_header(raw).partition(";")
    text = value if semicolon and "@" not in kind else decode_header(raw)
    found = read_addresses(text.encode())
    return next((a.email for a in found if a.email), normalised(text))


def _status(status: str, diagnostic: str) -> str:
    """Return the enhanced code: the diagnostic's own, where it has one of the same class."""
    said = ENHANCED.search(status)
    meant = [found for found in ENHANCED.finditer(diagnostic) if said is None or found[1] == said[1]]
    # The host that refused it knows best; the one that reports it often writes something general.
    best = next((found for found in meant if found[3] != "0"), meant[0] if meant else said)
    return best[0] if best else ""


def _by_status(status: str) -> Action:
    actions: dict[str, Action] = {"5": "failed", "4": "delayed", "2": "delivered"}
    return actions.get(status[:1], "")
