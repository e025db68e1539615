"""Values to JSON text and back, and their digests."""

from __future__ import annotations

import hashlib
import json

import msgspec

from hub.model import Attachment, Comment, Ticket
from hub.operations import Operation, Outcome
from hub.records import Conflict, Loss, Parked, RunRecord, Score
from hub.replica import Link, Observation

_encoder = msgspec.json.Encoder()

to_ticket = msgspec.json.Decoder(Ticket).decode
to_comment = msgspec.json.Decoder(Comment).decode
to_attachment = msgspec.json.Decoder(Attachment).decode
to_link = msgspec.json.Decoder(Link).decode
to_score = msgspec.json.Decoder(Score).decode
to_observation = msgspec.json.Decoder(Observation).decode
to_operation = msgspec.json.Decoder[Operation](Operation).decode
to_outcome = msgspec.json.Decoder[Outcome](Outcome).decode
to_conflict = msgspec.json.Decoder(Conflict).decode
to_parked = msgspec.json.Decoder(Parked).decode
to_loss = msgspec.json.Decoder(Loss).decode
to_run = msgspec.json.Decoder(RunRecord).decode


def encode(value: object) -> str:
    """Return the value as JSON. Half a character pair, which no database takes, becomes `?`."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        # One such comment must not keep its whole page, and with it the cursor, out of the store.
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
