"""Only what people say themselves is read: not what they quote or sign with, and nothing of machines."""

from __future__ import annotations

import pytest

from hub.model import JIRA, ZENDESK, Comment, CommentId, Person, System, Ticket, TicketId
from hub.signals.human import described, human_text, is_machine, own_words

AT = "2026-11-20T09:00:00Z"
ANN = "ann@acme.example"


def comment(
    body: str, author: Person, key: str = "zendesk:1:1", origin: System = ZENDESK, **more: bool
) -> Comment:
    return Comment(CommentId(key), body, author, AT, "public", origin, **more)


def ticket(*said: Comment, **registers: str) -> Ticket:
    return Ticket(TicketId("zendesk:1"), {"requester": ANN, **registers}, {}, {c.id: c for c in said})


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Great!\n\nOn Mon, 1 May 2026, Ann <ann@x.example> wrote:\n> terrible", "Great!"),
        ("Great!\n\n1 мая 2026 г. Анна пишет:\nужасно", "Great!"),
        ("Great!\n\nAm 1. Mai 2026 schrieb Anna <a@x.example>:\nfurchtbar", "Great!"),
        ("Great!\n> terrible\nreally", "Great!\n\nreally"),
        ("Great!\n-----Original Message-----\nFrom: us\nterrible", "Great!"),
        ("Great!\nFrom: us\nSent: today\nterrible", "Great!"),
        ("Great!\n##- Please type your reply above this line -##\nterrible", "Great!"),
        ("Broken\n-- \nHappy Ltd, great products", "Broken"),
        ("Broken\n\nBest regards,\nJoy Love\nGreat Co", "Broken"),
        ("Сломалось\n\nС уважением,\nЛюбовь Прекрасная", "Сломалось"),
        ("Broken\n\nThanks,\nAnn", "Broken"),
        ("Broken\n\nSent from my iPhone", "Broken"),
        ("Thanks,\nAnn", "Thanks,\nAnn"),
        ("see ```\nterrible awful\n``` there", "see   there"),
        ("see {code:java}\nthrow awful;\n{code} there", "see   there"),
        ("[great shop](https://awful.example/hate)", "great shop"),
        ("write to awful@bad.example please", "write to   please"),
        ("Help please\n2026-11-01 10:00:01 FATAL production down", "Help please"),
        ('Help please\nTraceback (most recent call last):\n  File "a.py", line 1, in dead', "Help please"),
        ('Help please\n{"status": "critical", "message": "unacceptable"}', "Help please"),
        ("Priority: Urgent\nSeverity: Critical\nThe report is empty.", "The report is empty."),
        ("**Приоритет:** Срочно\nОтчёт пустой.", "Отчёт пустой."),
        (
            "It fails.\n\nCONFIDENTIALITY NOTICE: if you are not the intended recipient, it is a disaster",
            "It fails.",
        ),
        ("Не работает.\n\nНастоящее сообщение содержит конфиденциальные сведения, это ужас", "Не работает."),
    ],
)
def test_only_the_authors_own_words_count(text: str, own: str) -> None:
    """Quotes, signatures, code, logs, links, forms and small print say nothing of the mood."""
    assert own_words(text) == own


MACHINE_TEXTS = [
    "Automatic reply: I am out of office until Monday. For urgent matters contact my manager.",
    "I am on annual leave and will return on 3 May. In urgent cases please escalate to Bob.",
    "Я в отпуске до 5 мая. По срочным вопросам обращайтесь к руководителю.",
    "Ich bin im Urlaub und ab dem 3. Mai zurück. In dringenden Fällen wenden Sie sich an Bob.",
    "Je suis actuellement absent, de retour le 3 mai.",
    "Estoy de vacaciones hasta el 3 de mayo.",
    "Your message to bob@acme.example could not be delivered. Recipient address rejected.",
    "Undelivered Mail Returned to Sender: this is the mail system at host mx.example",
    "Сообщение не было доставлено получателю.",
    "This is an automated message. Production is down. Please do not reply.",
    "This message was generated automatically: URGENT, all servers down.",
    "Это сообщение сформировано автоматически. Авария, всё упало!",
    "[FIRING:3] ProductionDown critical (api prod)",
    "[RESOLVED] ProductionDown",
    "Monitor 'checkout' is DOWN: 500 Internal Server Error, users cannot log in",
    "Priority changed from Low to Urgent",
    "Ann Agent changed the status from Open to Escalated",
    "Status: Open → Escalated",
    "octocat merged pull request #42: fix terrible crash",
    "dependabot opened a pull request: urgent security fix #12",
    "Investigating - We are currently investigating a complete outage.",
    "Resolved - This incident has been resolved. Thank you for your patience.",
    "SLA policy will breach in 30 minutes: escalate now",
    "Automation rule executed: escalated to tier 3",
    "Your request (#42) has been received and is being reviewed by our support staff. Thank you so much!",
    'Request #7 "Outage" was closed and merged into this request.',
    "This case was closed automatically due to inactivity.",
    "Ваше обращение №42 принято. Спасибо!",
    "How would you rate the support you received? Great or terrible",
    "Call logged: customer furious, wants to cancel",
    "Статус изменён: Открыт → Эскалация",
    "**Ann** · Zendesk #7 · public · 2026-11-01 10:00 UTC\n\nThis is unacceptable.",
    "*Changed by its author:*\n\nThis is unacceptable.",
    "This is unacceptable.\n\n[hub:zendesk:1:7]",
    "SUP-7 no longer exists in Jira. Nothing was deleted here. To hand this ticket over again, link it.",
    "Not handed to engineering yet. Still needed on this ticket: Severity.",
    "**2 support tickets** · 2 accounts · customer is blocked · score 91 (urgent), escalation risk 80%",
    "**Customer context** *(kept up to date by Support Hub)*\n\n**1 support ticket** · Production is down",
]


@pytest.mark.parametrize("text", MACHINE_TEXTS)
def test_what_machines_write_is_not_read(text: str) -> None:
    """Whoever it seems to come from: mailboxes, mail hosts, monitors, integrations, help desks, ourselves."""
    assert own_words(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "We updated the app and now it crashes from time to time.",
        "Update - the issue is still here.",
        "This ticket was closed without an answer, that is unacceptable!",
        "Our office in Berlin cannot log in.",
        "I am on vacation from Friday and need this fixed before.",
        "The automatic backup fails every night.",
        "Alerts do not arrive in Slack.",
        "The status of the order is wrong.",
        "Thanks, resolved!",
        "Мы в офисе не можем войти.",
        "Ваша система опять не работает.",
        "Up to now nobody answered.",
        "Down again!",
        "Problem: the export is empty",
        "An alert should appear, but does not.",
        "The message could have been clearer.",
    ],
)
def test_what_people_write_is_read(text: str) -> None:
    """Words that machines use, too, are people's in a person's sentence."""
    assert own_words(text) == text


@pytest.mark.parametrize(
    ("author", "machine"),
    [
        (Person(name="Automation for Jira"), True),
        (Person(name="GitHub"), True),
        (Person(name="Ops Bot"), True),
        (Person(name="Робот уведомлений бот"), True),
        (Person(email="noreply@acme.example"), True),
        (Person(email="no-reply+42@acme.example"), True),
        (Person(email="alerts@acme.example"), True),
        (Person(email="ci-bot@acme.example"), True),
        (Person(email="mailer-daemon@acme.example"), True),
        (Person(name="Support hub"), True),
        (Person(name="Bob Abbott", email="bob.abbott@acme.example"), False),
        (Person(name="Zoe Talbot", email="talbot@acme.example"), False),
        (Person(name="Ann", email="ann@github.com"), False),
        (Person(name="Systema Ltd", email="info@systema.example"), False),
        (Person(), False),
    ],
)
def test_who_is_a_machine(author: Person, machine: bool) -> None:
    """By the whole address or name: a Talbot is no bot."""
    assert is_machine(author) is machine


def test_whose_comments_are_read() -> None:
    """Not what was taken back, not the hub's notes, not machines', even where only their id is shown."""
    ann, bot = Person("7", "Ann", ANN), Person("9", "Deploy Bot")
    said = comment("This is bad", ann)
    assert human_text(said, ticket(said)) == "This is bad"
    assert human_text(comment("This is bad", ann, removed=True), ticket(said)) == ""
    assert human_text(comment("This is bad", ann, "hub:handoff:1"), ticket(said)) == ""
    assert human_text(comment("This is bad", bot), ticket(said)) == ""
    named, bare = comment("x", bot, "jira:1:1", JIRA), comment("This is bad", Person("9"), "jira:1:2", JIRA)
    assert human_text(bare, ticket(named, bare)) == ""
    assert human_text(bare, ticket(bare)) == "This is bad"


def test_a_description_is_read_as_a_comment() -> None:
    """Unless a machine opened the ticket."""
    assert described(ticket(description="All is bad\n-- \nAnn")) == "All is bad"
    assert described(ticket(description="All is bad", requester="alerts@acme.example")) == ""
    assert described(ticket()) == ""


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "[a",
        "![a](",
        "<",
        "> ",
        "`",
        "a@",
        "\n",
        "not ",
        "From: a\n",
        "--\n",
        "{",
        "on a ",
        "status ",
        "(",
        "я ",
    ],
)
def test_hostile_text_costs_no_more_than_other_text(piece: str) -> None:
    """A comment made of one mark over and over is read in time (the test's own time limit)."""
    for n in range(3):
        assert isinstance(own_words(f"{n}{piece * (100_000 // len(piece))}"), str)
        assert not is_machine(Person(name=piece * 2_000, email=f"{piece * 2_000}@acme.example"))
