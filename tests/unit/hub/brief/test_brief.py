"""The hand-off brief: in a screen, in people's own words, each with its source."""

from __future__ import annotations

from msgspec.structs import replace

from hub.brief import EVERYTHING, Brief, as_markdown, as_plain, brief, brief_for, reader_by_file, reader_of
from hub.brief.showing import CHARACTERS, LINES
from hub.mapping import load
from hub.model import JIRA, Origin
from hub.records import Score
from hub.signals.heard import Mention
from tests.unit.hub.brief.threads import ANA, BO, BOT, KIM, RUSSIAN, THREAD, said, ticket
from tests.worlds import MAPPINGS, demo_mapping

ENGINEERS, AGENTS = reader_of(demo_mapping("jira")), reader_of(demo_mapping("zendesk"))
SALES, CUSTOMERS = reader_of(demo_mapping("salesforce")), reader_of(demo_mapping("email"))


def lines(one: Brief) -> dict[str, list[str]]:
    """What stands under each label of the plain text."""
    found: dict[str, list[str]] = {}
    for line in as_plain(one).splitlines()[1:]:
        label, _, text = line.partition(": ")
        found.setdefault(label, []).append(text)
    return found


def test_what_an_engineer_reads() -> None:
    """What is broken for whom, tried, promised, asked of engineering, numbers, where it stands."""
    assert as_markdown(brief(ticket(*THREAD), ENGINEERS)) == (
        "**#123 Checkout returns 502**\n\n"
        "- **Broken:** “our checkout returns HTTP 502 for every order since the update to 4.2.1 this morning.”"
        " — Ana Ruiz, 3 Nov 14:05, comment 1\n"
        "- **For whom:** Globex (enterprise, 120,000 EUR a year) · customer is blocked · on production EU\n"
        "- **Tried:** “We restarted the pods and cleared the cache, no change.” — Ana Ruiz, 3 Nov 15:10, comment 3\n"
        "- **Tried:** “I reproduced it on staging with an empty cart.” — Bo Lind, 3 Nov 16:00, comment 4\n"
        "- **Promised:** “We will get back to you by tomorrow noon.” — Bo Lind, 3 Nov 14:40, comment 2\n"
        "- **Asked of engineering:** “@engineering can you check whether the gateway pool is exhausted after 4.2.1?”"
        " — Bo Lind, 3 Nov 16:00, comment 4\n"
        "- **Numbers:** 240 users affected; 502, 4.2.1, Order #88231 (comment 1); 12,000 EUR (comment 6)\n"
        "- **Where it stands:** open, high; the customer waits for our answer since 3 Nov 15:10; "
        "last contact 4 Nov 2026 09:10; SLA due 5 Nov 10:00"
    )


def test_the_same_in_russian() -> None:
    """Cues are known in Russian too; the words stay what they are."""
    told = lines(brief(ticket(*RUSSIAN[:4], subject="Не работает оплата"), ENGINEERS))
    assert told["Broken"][0].startswith("“С утра после обновления до версии 4.2.1 не работает оплата")
    assert told["Tried"] == [
        "“Мы перезапустили сервер и почистили кэш, не помогло.” — Ana Ruiz, 3 Nov 15:10, comment 3"
    ]
    assert told["Promised"][0].startswith("“Вернёмся с ответом до конца дня.”")
    assert told["Asked of engineering"][0].startswith("“Коллеги из разработки, проверьте")
    assert "Заказ № 88231" in told["Numbers"][0]


def test_who_deals_with_the_customer_is_asked_what_the_customer_asks() -> None:
    told = lines(brief(ticket(*THREAD), AGENTS))
    assert told["Open question"] == ["“I want to speak to your manager.” — Ana Ruiz, 4 Nov 09:10, comment 6"]
    assert "Asked of engineering" not in told
    assert "SUP-12 In Progress" in told["Where it stands"][0]


def test_an_engineers_question_is_open_until_support_answers() -> None:
    asks = said(7, KIM, "4 10:00", "Which region is affected, EU or US?", "internal", JIRA)
    answer = said(8, BO, "4 10:30", "EU only.", "internal")
    thread = (*THREAD, said(9, BO, "4 09:20", "We are on it."))
    assert "Which region" in lines(brief(ticket(*thread, asks), AGENTS))["Open question"][0]
    assert "Open question" not in lines(brief(ticket(*thread, asks, answer), AGENTS))


def test_a_question_to_engineers_is_open_until_they_speak() -> None:
    reply = said(7, KIM, "4 10:00", "The pool is exhausted, yes.", "internal", JIRA)
    assert "Asked of engineering" not in lines(brief(ticket(*THREAD, reply), ENGINEERS))


def test_of_what_is_done_it_tells_what_solved_it() -> None:
    """The cause in the engineer's words, and the customer's word that it works again; nothing is asked any more."""
    told = lines(brief(ticket(*RUSSIAN, status="solved"), ENGINEERS))
    assert told["Solved"] == [
        "“Причина была в пуле соединений, исправили в 4.2.2.” — Kim Park, 3 Nov 18:00, comment 5",
        "“Спасибо, теперь всё работает.” — Ana Ruiz, 3 Nov 19:10, comment 6",
    ]
    assert told.keys() == {"Broken", "For whom", "Solved", "Numbers", "Where it stands"}


def test_machines_are_not_quoted() -> None:
    """Not what a bot wrote, not our own notes, not what an answer quotes, not how people sign."""
    told = as_plain(brief(ticket(*THREAD), EVERYTHING))
    assert "rota" not in told
    assert "555-1234" not in told
    alone = brief(
        ticket(said(1, BOT, "3 14:05", "ALERT: checkout failed with 502. We tried to restart it.")), ENGINEERS
    )
    assert not [*alone.quotes()]


def test_what_was_taken_back_is_not_quoted() -> None:
    gone = replace(THREAD[2], removed=True)
    assert "restarted" not in as_plain(brief(ticket(*THREAD[:2], gone, *THREAD[3:]), EVERYTHING))


def test_customers_read_no_brief() -> None:
    """On a side that customers read there is nothing of it, shared or not."""
    assert as_markdown(brief(ticket(*THREAD), CUSTOMERS)) == ""
    assert brief_for([ticket(*THREAD)], {}, demo_mapping("email")) == ""


def test_fields_are_quoted_with_their_name() -> None:
    """What people typed into a field is a source as good as a comment."""
    held = ticket(
        *THREAD[:1],
        **{
            "impact.workaround": "Pay by invoice\nuntil fixed",
            "impact.promised_to_customer": "A fix by Friday",
        },
    )
    held = replace(held, origins={**held.origins, "impact.workaround": Origin(JIRA, "2026-11-03T17:00:00Z")})
    told = lines(brief(held, ENGINEERS))
    assert told["Tried"] == ["“Pay by invoice …” — field Workaround, 3 Nov 17:00"]
    assert told["Promised"] == ["“A fix by Friday” — field Promised to customer"]


def test_signals_are_told_by_their_words() -> None:
    mention = Mention("I want to speak to your manager.", "2026-11-04T09:10:00Z", "zendesk:9:6")
    told = lines(brief(ticket(*THREAD), ENGINEERS, {"escalation_request": mention}))
    assert told["Heard"] == [
        "“I want to speak to your manager.” — Ana Ruiz, 4 Nov 09:10, comment 6: asks for an escalation"
    ]
    hidden = {"escalation_request": replace(mention, audience="engineering")}
    assert "Heard" not in lines(brief(ticket(*THREAD), ENGINEERS, hidden))


def test_it_stays_in_a_screen() -> None:
    """However long the thread is; the least needed lines leave first, what is broken and where it stands stay."""
    noise = [
        said(10 + i, ANA, f"{5 + i // 24} {i % 24:02}:00",
             f"We tried step {i} of the guide and restarted everything again with no change, error E_{i:03} " + "again " * 30)
        for i in range(100)
    ]  # fmt: skip
    one = brief(
        ticket(*THREAD, *noise, **{"impact.business_impact": "x" * 900, "impact.workaround": "y" * 900}),
        AGENTS,
    )
    for text in (as_markdown(one), as_plain(one)):
        assert len(text) <= CHARACTERS
        assert len(text.splitlines()) <= LINES
        assert "Broken" in text
        assert "Where it stands" in text


def test_it_moves_only_with_the_thread_or_the_registers() -> None:
    """No clock in it; the order in which things are held does not matter; news do."""
    held = ticket(*THREAD)
    turned = replace(
        held,
        comments=dict(reversed(held.comments.items())),
        registers=dict(reversed(held.registers.items())),
    )
    assert brief(turned, ENGINEERS) == brief(held, ENGINEERS)
    news = said(7, ANA, "4 10:00", "We tried another gateway, same error.")
    assert brief(ticket(*THREAD, news), ENGINEERS) != brief(held, ENGINEERS)


def test_behind_a_shared_issue_the_worst_is_told_and_the_others_named() -> None:
    """The worst by score in full, a line with a quote for each other, the rest counted."""
    held = [
        ticket(said(50 + n, ANA, "3 15:00", f"Shop {n} is down, error 502."), number=n, subject=f"Shop {n}")
        for n in range(1, 9)
    ]
    scores = {held[2].id: Score(90, "urgent", 0.5), held[0].id: Score(40, "normal", 0.1)}
    text = brief_for(held, scores, demo_mapping("jira"))
    assert text.startswith("**#3 Shop 3**")
    others = [line for line in text.splitlines() if line.startswith("- **Also:**")]
    assert (
        others[0]
        == "- **Also:** “Shop 1 is down, error 502.” — #1 Globex · open: Ana Ruiz, 3 Nov 15:00, comment 1"
    )
    assert others[-1] == "- **Also:** and 3 more tickets"
    assert len(others) == 5
    assert brief_for(held, scores, demo_mapping("jira"), markdown=False).startswith("#3 Shop 3\nBroken: ")


def test_a_line_is_one_line_and_no_markup() -> None:
    """Whatever stands in names and fields; what people escaped is shown as its readers saw it."""
    held = ticket(
        said(
            1,
            replace(ANA, name="Ana\n**Ruiz**"),
            "3 14:05",
            "The file a\\_b\\_c.txt is [broken](https://x.example) and fails.",
        ),
        **{"account.name": "Globex\n- **Inc**"},
    )
    told = as_markdown(brief(held, ENGINEERS)).splitlines()
    assert told[2] == (
        "- **Broken:** “The file a_b_c.txt is \\[broken](https://x.example) and fails.”"
        " — Ana \\*\\*Ruiz\\*\\*, 3 Nov 14:05, comment 1"
    )
    assert told[3].startswith("- **For whom:** Globex - \\*\\*Inc\\*\\* (enterprise")


def test_without_a_word_it_tells_what_the_registers_say() -> None:
    """A ticket of which only fields are known has a brief without quotes; one without anything has none."""
    told = lines(brief(ticket(), ENGINEERS))
    assert told.keys() == {"For whom", "Numbers", "Where it stands"}
    assert as_markdown(Brief(ticket().id, "#1")) == ""


def test_a_mapping_file_alone_tells_who_may_read_what() -> None:
    """The command line asks no system for its fields to know what its people may see."""
    for side in ("zendesk", "jira", "salesforce", "email"):
        file = MAPPINGS / f"{side}.yaml"
        spec = load(file.read_text(encoding="utf-8"), file.name).spec
        by_file, bound = reader_by_file(spec), reader_of(demo_mapping(side))
        assert (by_file.part, by_file.audiences, by_file.context) == (
            bound.part,
            bound.audiences,
            bound.context,
        )
        assert by_file.registers <= bound.registers


def test_whose_turn_it_is() -> None:
    """By the status where it says so, else by who spoke last."""
    for status, answered, expected in (
        ("pending", True, "we wait for the customer since 4 Nov 08:00"),
        ("hold", True, "on hold since 4 Nov 08:00"),
        ("open", True, "our answer was the last word"),
        ("open", False, "the customer waits for our answer since 3 Nov 14:05"),
    ):
        thread = THREAD[:2] if answered else THREAD[:1]
        assert expected in lines(brief(ticket(*thread, status=status), SALES))["Where it stands"][0]
