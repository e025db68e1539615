"""What was said now is told from what was said before."""

from __future__ import annotations

import pytest

from connectors.email.quoting import split
from tests.unit.connectors.email.text.headers import OUTLOOK_BLOCKS, REPLY_HEADERS, SENT_LINES

SAID = "Thank you, it works.\n\nOne more thing: where is the invoice?"


def _filled(header: str, name: str = "Ann Lee") -> str:
    return header.format(name=name, post="ann.lee@example.com")


@pytest.mark.parametrize("header", REPLY_HEADERS)
@pytest.mark.parametrize("old", ["> Hello\n> does it work?", "Hello\ndoes it work?\n\nAnn"])
def test_a_reply_header_of_any_language_ends_the_reply(header: str, old: str) -> None:
    """Whether the old mail has quote marks or not, header and old mail are the quoted part."""
    found = split(f"{SAID}\n\n{_filled(header)}\n\n{old}\n")
    assert found.reply == SAID
    assert found.quoted.replace("\n", " ").startswith(_filled(header).replace("\n", " "))
    assert not found.signature


@pytest.mark.parametrize("header", REPLY_HEADERS)
@pytest.mark.parametrize(
    "name", ["Lee, Ann M.", "O'Brien-Müller", "Команда підтримки", "田中 太郎", "Ann (Support)"]
)
def test_names_of_any_kind_stand_in_headers(header: str, name: str) -> None:
    """Commas, brackets and other scripts in a name do not hide a header."""
    assert split(f"{SAID}\n\n{_filled(header, name)}\n> Hello\n").reply == SAID


@pytest.mark.parametrize("block", OUTLOOK_BLOCKS)
@pytest.mark.parametrize("above", ["", "________________________________\n", "-----Original Message-----\n"])
def test_the_fields_of_an_old_mail_end_the_reply(block: tuple[str, ...], above: str) -> None:
    """Outlook's block is known by its fields, in any language, with or without a line above."""
    fields = "\n".join(map(_filled, block))
    found = split(f"{SAID}\n\n{above}{fields}\n\nHello\ndoes it work?")
    assert found.reply == SAID
    assert found.quoted == f"{above}{fields}\n\nHello\ndoes it work?"


@pytest.mark.parametrize("line", SENT_LINES)
def test_what_programs_add_is_signature(line: str) -> None:
    """At the end of a mail as well as above the old one."""
    assert split(f"{SAID}\n\n{line}\n") == (SAID, "", line)
    found = split(f"{SAID}\n\n{line}\n\nOn 12 Dec 2016, at 20:45, Ann <a@example.com> wrote:\n\n> Hello\n")
    assert (found.reply, found.signature) == (SAID, line)


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, we should be careful.\n\nOn average it works well.",
        "On Friday I wrote to you:\n\nplease cancel order 12345\n\nand nothing happened.",
        "Hello,\n\nOn 12/12/2016 at 08:45 PM I wrote:\n\nplease cancel it.\n\nNobody answered.",
        "Hallo,\n\nAm 12.12.2016 um 20:45 Uhr schrieb ich Ihnen:\n\nBitte stornieren.\n\nNichts geschah.",
        "Our meeting is on 12.12.2016 at 20:45:\n\n- agenda\n- coffee",
        "From: Berlin\nTo: Paris\n\nPlease change the booking.",
        "The steps are:\n1. Log in at 10:30\n2. Click on: Orders\n\nThen it fails.",
        "2024-01-15 14:30:25 ERROR disk full\n2024-01-15 14:30:26 ERROR gave up\n\nWhat now?",
        "See https://example.com/on-date-ann-wrote: it explains all.",
        "Key points\n----------\n\nIt is faster now.",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
        "```\n> not a quote\n--\nnot a signature\n```\n\nThis is what I ran.",
        "The parcel was sent from my iPhone shop, where is it?",
        "I will do it as soon as I\nget back to a computer.",
        "Was it sent from my account?",
        "Best regards,\nAnn",
        "",
        "\n\n",
    ],
)
def test_what_looks_alike_stays(text: str) -> None:
    """Sentences that begin like a header, tables, code and logs are all part of the reply."""
    assert split(text) == (text.strip("\n"), "", "")


def test_answers_between_the_lines_keep_the_lines() -> None:
    """Without what was asked they could not be read."""
    text = (
        "Hi Ann,\n\nOn 12/12/2016 08:45 PM, Ann wrote:\n> Which size?\n\nThe big one.\n\n"
        "> And which colour?\n\nBlue.\n\n> Thanks,\n> Ann\n"
    )
    found = split(text)
    assert found.reply == "Hi Ann,\n\n> Which size?\n\nThe big one.\n\n> And which colour?\n\nBlue."
    assert found.quoted == "On 12/12/2016 08:45 PM, Ann wrote:\n> Thanks,\n> Ann"


def test_an_answer_below_the_quote_is_the_reply() -> None:
    """Some write under what they answer."""
    text = "On 12/12/2016 08:45 PM, Ann wrote:\n> Which size?\n> Ann\n\nThe big one.\n\n-- \nBob\n"
    assert split(text) == (
        "The big one.",
        "On 12/12/2016 08:45 PM, Ann wrote:\n> Which size?\n> Ann",
        "--\nBob",
    )


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Пересылаемое сообщение ---------",
        "---------- Message transféré ---------",
        "-------- Перенаправлене повідомлення --------",
        "Anfang der weitergeleiteten Nachricht:",
        "> Début du message réexpédié :",
    ],
)
def test_a_forwarded_mail_is_content(mark: str) -> None:
    """Whoever forwards a mail wants it to be read, with all that is in it."""
    text = (
        f"Please see below.\n\n{mark}\nFrom: Ann <a@example.com>\nDate: 12 Dec 2016\nSubject: Bill\nTo: Bob\n\n"
        "It is wrong.\n\nOn 1 Dec 2016, at 10:00, Bob <b@example.com> wrote:\n> Here it is.\n\n--\nAnn"
    )
    assert split(text) == (text, "", "")


@pytest.mark.parametrize(
    "header", ["From: Ann <a@example.com>\nSent: Monday\nTo: Bob\nSubject: Bill\n\nIt is wrong."]
)
def test_a_mail_that_is_only_an_old_one_is_kept(header: str) -> None:
    """If stripping left nothing, nothing is stripped."""
    assert split(header) == (header, "", "")
    assert split("> Hello\n> Ann").reply == "> Hello\n> Ann"
    assert split("-- \nAnn").reply == "--\nAnn"
    assert split("Sent from my iPhone").reply == "Sent from my iPhone"


@pytest.mark.parametrize(
    "line",
    [
        "##- Please type your reply above this line -##",
        "##- Bitte geben Sie Ihre Antwort oberhalb dieser Linie ein -##",
        "##- Будь ласка, введіть відповідь над цим рядком -##",
        "--- Reply above this line to answer ---",
        "=== our own line 7f3a ===",
    ],
)
def test_everything_under_the_marker_is_old(line: str) -> None:
    """Those of help desks in any language, and our own as it is configured."""
    found = split(
        f"{SAID}\n\n{line}\n\nYour request was updated.\n\nBob: try again", marker="our own line 7f3a"
    )
    assert found == (SAID, f"{line}\n\nYour request was updated.\n\nBob: try again", "")


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I got this mail:\n\nFrom: Bank <b@example.com>\nDate: Monday\nTo: Ann\nSubject: Money\n\nClick here.",
        "It says this:\n\n> Error 17\n> Disk full",
    ],
)
def test_what_a_sentence_leads_to_is_content(text: str) -> None:
    """A colon before it tells that it is shown on purpose."""
    assert split(text) == (text, "", "")


@pytest.mark.parametrize(
    "who", ["Ann Lee wrote:", "Ann schrieb:", "Анна Ли написала:", '"Lee, Ann" a écrit :']
)
def test_a_name_alone_makes_a_header_where_a_quote_follows(who: str) -> None:
    """Without a date or an address."""
    assert split(f"Yes.\n\n{who}\n> Really?") == ("Yes.", f"{who}\n> Really?", "")
    assert split(f"Yes.\n\n{who}\nreally").reply == f"Yes.\n\n{who}\nreally"


@pytest.mark.parametrize(
    "print_",
    [
        "This e-mail is confidential and intended solely for Bob.\nDelete it.",
        "Virus-free. www.example.com",
        "Diese Nachricht ist vertraulich.",
        "Это конфиденциальное сообщение.",
    ],
)
def test_small_print_under_a_quote_is_no_answer(print_: str) -> None:
    """It would bring the quote back into the reply."""
    header = "On 12/12/2016 08:45 PM, Ann wrote:"
    found = split(f"Yes.\n\n{header}\n> Really?\n\n{print_}\n")
    assert found == ("Yes.", f"{header}\n> Really?", print_)


def test_a_header_within_a_quote_is_part_of_it() -> None:
    """Also where the quote goes on without marks on blank lines."""
    text = "Yes.\n\nOn 12/12/2016 08:45 PM, Ann wrote:\n\n> Really?\n\n> On 11/12/2016, Bob wrote:\n>> Hm.\n\n> Ann"
    assert split(text).reply == "Yes."


@pytest.mark.timeout(60)
def test_big_texts_take_little_time() -> None:
    """Megabytes of anything, even of what nearly is a header."""
    for text in (
        "On 12/12/2016 08:45 PM, Ann said\n" * 15_000,
        "> quoted\nsaid\n" * 30_000,
        "From: a\n" * 50_000,
        "a <b@c.d>\n" * 50_000,
        "-- \n" * 50_000,
        "x" * 2_000_000,
        "- " * 500_000,
        ">" * 1_000_000,
        "1:" * 500_000,
    ):
        _ = split(text)
