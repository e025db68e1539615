"""Whatever is said, in whatever mail: nothing is lost, and what was said is found."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from connectors.email.quoting import Split, split
from tests.unit.connectors.email.text.headers import OUTLOOK_BLOCKS, REPLY_HEADERS, SENT_LINES

PIECES = (
    *REPLY_HEADERS, *map("\n".join, OUTLOOK_BLOCKS), *SENT_LINES,
    "", "> quoted", ">> deeper", "| barred", "Ann> said", "-- ", "--", "____", "----------", "said", "Said, too.", "```",
    "-----Original Message-----", "---------- Forwarded message ----------", "##- Reply above this line -##", "On 12 Dec",
    "From: Ann", "To: Bob", "a@example.com wrote:", "\t", "\u200b", "\r", "\x0b", "\u2028", "<b@example.com>:",
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "yes",
        "the",
        "order",
        "number",
        "arrived",
        "спасибо",
        "номер",
        "заказа",
        "не",
        "пришёл",
        "danke",
        "ich",
        "habe",
        "noch",
        "eine",
        "Frage",
        "注文",
        "ありがとう",
        "42",
        "été",
        "invoice",
        "–",
        "(again)",
        "how?",
        "please,",
        "ok.",
        "Best",
        "regards",
        "Ann",
        "l'app",
    ]
)
SENTENCES = (
    st.lists(WORDS, min_size=1, max_size=9).map(" ".join).filter(lambda it: not it.startswith(("–", "42")))
)
REPLIES = st.lists(SENTENCES, min_size=1, max_size=5).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n"]).map(lambda gap: gap.join(lines))
)
OLD = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=40),
    min_size=1,
    max_size=6,
)


def seen(*texts: str) -> Counter[str]:
    """The characters of texts that can be seen."""
    return Counter(re.sub(r"\s", "", "".join(texts)))


def _keeps_all(text: str) -> Split:
    found = split(text)
    assert seen(*found) == seen(text)
    assert found.reply.strip() or not text.strip()
    return found


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=25).map("\n".join))
def test_every_character_is_in_one_part(text: str) -> None:
    """However headers, quotes and signatures are mixed; and there is always a reply."""
    _ = _keeps_all(text.replace("{name}", "Ann").replace("{post}", "ann@example.com"))


@given(st.text())
def test_any_text_is_split(text: str) -> None:
    """Anything at all."""
    _ = _keeps_all(text)


@given(REPLIES, st.sampled_from(REPLY_HEADERS), OLD)
def test_the_reply_above_any_header_is_found(reply: str, header: str, old: list[str]) -> None:
    """And nothing of the quoted mail is in it."""
    quoted = "\n".join(f"> {line}" for line in old)
    header = header.format(name="Ann Lee", post="ann.lee@example.com")
    assert _keeps_all(f"{reply}\n\n{header}\n\n{quoted}\n").reply == reply


@given(REPLIES, st.sampled_from(OUTLOOK_BLOCKS), OLD)
def test_the_reply_above_any_block_is_found(reply: str, block: tuple[str, ...], old: list[str]) -> None:
    """Nothing in the old mail brings any of it back."""
    fields = "\n".join(block).format(name="Ann Lee", post="ann.lee@example.com")
    assert _keeps_all("\n".join([reply, "", fields, "", *old])).reply == reply


@given(REPLIES, st.sampled_from(SENT_LINES))
def test_the_reply_above_a_phones_line_is_found(reply: str, line: str) -> None:
    """The line is the signature."""
    assert _keeps_all(f"{reply}\n\n{line}\n") == (reply, "", line)


@given(REPLIES)
def test_a_reply_alone_is_whole(reply: str) -> None:
    """Where nothing is quoted, nothing is stripped."""
    assert _keeps_all(reply).reply == reply
