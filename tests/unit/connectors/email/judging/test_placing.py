"""Where a mail belongs: its token, then the mails that it answers, then a hint; never its subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from connectors.email.model import Address, Message, Report
from connectors.email.placing import Placement, place
from tests.unit.connectors.email.judging.recalled import HOUSE, Recalled, mail, to_token

TOKEN = to_token(3)
US = (Address("support@acme.example"),)
OTHERS_KEY = to_token(3, house=msgspec.structs.replace(HOUSE, keys=(b"x" * 32,)))


def placed(message: Message, **known: object) -> Placement:
    return place(message, HOUSE, Recalled(**known))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("message", "known", "expected"),
    [
        (mail(), {}, Placement()),
        (mail(subject="Re: The printer [#3]"), {}, Placement()),
        (mail(to=TOKEN), {}, Placement(3, "token", sender_is_recipient=True)),
        (mail(cc=TOKEN), {}, Placement(3, "token", sender_is_recipient=True)),
        (mail(delivered_to=(TOKEN[0].email.upper(),)), {}, Placement(3, "token", sender_is_recipient=True)),
        (mail(to=TOKEN, sender=Address("bob@client.example")), {}, Placement(3, "token")),
        (mail(to=to_token(3, "bob@client.example")), {}, Placement(3, "token")),
        (mail(to=(*TOKEN, *to_token(3, "bob@client.example"))), {}, Placement(3, "token", sender_is_recipient=True)),
        (mail(to=TOKEN), {"merged": {3: 5, 5: 8}}, Placement(8, "token")),
        (mail(to=to_token(77)), {}, Placement()),
        (mail(references=("a", "b", "c")), {"ids": {"a": (1,), "b": (2,)}}, Placement(2, "message-id")),
        (mail(in_reply_to=("a",)), {"ids": {"a": (4,)}}, Placement(4, "message-id")),
        (mail(in_reply_to=("a",)), {"ids": {"a": (4,)}, "merged": {4: 1}}, Placement(1, "message-id")),
        (mail(in_reply_to=("a",)), {"ids": {"a": (4, 1)}, "merged": {4: 1}}, Placement(1, "message-id")),
        (mail(in_reply_to=("a",)), {"ids": {"a": (77,)}}, Placement()),
        (mail(references=("a", "b")), {"ids": {"a": (1,), "b": (77,)}}, Placement(1, "message-id")),
        (mail(to=TOKEN, in_reply_to=("a",)), {"ids": {"a": (3,)}}, Placement(3, "token", sender_is_recipient=True)),
        (mail(report=Report("disposition", original_message_id="a")), {"ids": {"a": (4,)}}, Placement(4, "message-id")),
        (mail(thread_index="01"), {"threads": {"01": (6,)}}, Placement(6, "thread-index")),
        (mail(thread_index="01", sender=Address("eve@evil.example")), {"threads": {"01": (6,)}}, Placement()),
        (mail(thread_index="01", in_reply_to=("a",)), {"threads": {"01": (6,)}, "ids": {"a": (2,)}}, Placement(2, "message-id")),
        (mail(thread_index="02"), {"threads": {"01": (6,)}}, Placement()),
    ],
)  # fmt: skip
def test_where_it_belongs(message: Message, known: dict[str, object], expected: Placement) -> None:
    assert placed(message, **known) == expected


@pytest.mark.parametrize(
    ("message", "known", "named"),
    [
        (mail(to=TOKEN, in_reply_to=("a",)), {"ids": {"a": (4,)}}, ("sent to names conversation 3", "In-Reply-To names conversation 4")),
        (mail(to=(*TOKEN, *to_token(5))), {}, ("conversations 3 and 5",)),
        (mail(references=("b",), in_reply_to=("a",)), {"ids": {"a": (4,), "b": (2,)}}, ("conversation 2", "conversation 4")),
        (mail(in_reply_to=("a",)), {"ids": {"a": (1, 2)}}, ("conversations 1 and 2",)),
        (mail(thread_index="01"), {"threads": {"01": (6, 7)}}, ("Thread-Index", "6 and 7")),
    ],
)  # fmt: skip
def test_a_disagreement_is_a_question(
    message: Message, known: dict[str, object], named: tuple[str, ...]
) -> None:
    """Nothing is guessed: the ways that disagree are named to a person."""
    found = placed(message, **known)
    assert (found.conversation, found.by) == (0, "")
    assert all(it in found.question for it in named)


def test_a_merge_settles_a_disagreement() -> None:
    message = mail(to=TOKEN, in_reply_to=("a",))
    assert placed(message, ids={"a": (4,)}, merged={4: 3}) == Placement(3, "token", sender_is_recipient=True)


def test_a_forged_token_places_nothing_and_is_reported() -> None:
    """What else it carries may still place it; the report has no token in it."""
    found = placed(mail(to=OTHERS_KEY))
    assert (found.conversation, found.by, found.question) == (0, "", "")
    assert "did not sign" in found.forged and "+t." not in found.forged
    found = placed(mail(to=OTHERS_KEY, in_reply_to=("a",)), ids={"a": (4,)})
    assert (found.conversation, found.by) == (4, "message-id") and found.forged


def test_many_references_are_asked_for_at_once() -> None:
    """A header with thousands of ids costs one question."""
    asked: list[int] = []

    class Counted(Recalled):
        def conversations_of(self, message_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
            asked.append(len(message_ids))
            return super().conversations_of(message_ids)

    message = mail(references=tuple(f"r{n}" for n in range(10_000)))
    assert place(message, HOUSE, Counted(ids={"r9999": (2,)})) == Placement(2, "message-id")
    assert len(asked) == 1 and asked[0] <= 400
