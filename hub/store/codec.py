"""Values to JSON text and back, and their digests."""

from __future__ import annotations

import hashlib
import json

import msgspec

from hub.account import Account, Bond, Contact
from hub.audit import Act
from hub.history.event import Event
from hub.model import Attachment, Comment, Ticket
from hub.operations import Operation, Outcome
from hub.records import Conflict, Loss, Parked, RunRecord, Score
from hub.replica import Link, Observation
from hub.safety import Toll
from hub.score_records import Alert, Feedback

_encoder = msgspec.json.Encoder()
_ordered = msgspec.json.Encoder(order="deterministic")

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
to_account = msgspec.json.Decoder(Account).decode
to_contact = msgspec.json.Decoder(Contact).decode
to_bond = msgspec.json.Decoder(Bond).decode
to_event = msgspec.json.Decoder(Event).decode
to_feedback = msgspec.json.Decoder(Feedback).decode
to_alert = msgspec.json.Decoder(Alert).decode
to_json = msgspec.json.Decoder().decode
to_toll = msgspec.json.Decoder(Toll).decode
to_act = msgspec.json.Decoder(Act).decode
to_words = msgspec.json.Decoder(tuple[str, ...]).decode


def encode(value: object) -> str:
    """Return the value as JSON. Half a character pair, which no database takes, becomes `?`."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        # One such comment must not keep its whole page, and with it the cursor, out of the store.
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def ordered(value: object) -> str:
    """Return the value as JSON in which the order of its mappings is lost: the same for equal values."""
    try:
        return _ordered.encode(value).decode()
    except UnicodeEncodeError:
        return encode(json.loads(json.dumps(msgspec.to_builtins(value), sort_keys=True)))


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


LONGEST = 500
"""Characters of a word that every database's index takes."""


def word(text: str) -> str:
    """
    Return a trace or address as it stands in a column, where only equality counts.

    That is the text itself, unless it is too long for an index or holds characters that no database
    takes: then its digest stands for it, so that one odd word never keeps its page or ticket out.
    """
    if len(text) <= LONGEST and text.isprintable():
        return text
    return f"#{digest(encode(text))}"
