"""A ticket of Globex's, in English and in Russian, as customer, support, engineer and machines write on it."""

from __future__ import annotations

from typing import Any

from hub.model import JIRA, ZENDESK, Audience, Comment, CommentId, Origin, Person, System, Ticket, TicketId

ANA = Person("1", "Ana Ruiz", "ana@globex.example")
BO = Person("2", "Bo Lind", "bo@us.example")
KIM = Person("3", "Kim Park", "kim@us.example")
BOT = Person("4", "Monitoring Bot", "no-reply@us.example")

GLOBEX: dict[str, Any] = {
    "subject": "Checkout returns 502",
    "status": "open",
    "priority": "high",
    "requester": "ana@globex.example",
    "account.name": "Globex",
    "account.tier": "enterprise",
    "account.arr": 120_000,
    "account.currency": "EUR",
    "impact.affected_users": 240,
    "impact.blocked": True,
    "impact.environment": "production EU",
    "sla.due": "2026-11-05T10:00:00Z",
    "engineering.issues": ("SUP-12",),
    "engineering.status": "In Progress",
}


def said(
    number: int, who: Person, at: str, body: str, audience: Audience = "public", origin: System = ZENDESK
) -> Comment:
    """Somebody's words on that ticket; `at` is `3 14:05` for the third of November."""
    day, _, time = at.partition(" ")
    instant = f"2026-11-{int(day):02}T{time}:00Z"
    return Comment(CommentId(f"{origin}:9:{number}"), body, who, instant, audience, origin)


def ticket(*comments: Comment, number: int = 123, **changes: Any) -> Ticket:
    """Globex's ticket with these comments; `None` takes a register away."""
    registers = {name: value for name, value in {**GLOBEX, **changes}.items() if value is not None}
    origins = {"status": Origin(ZENDESK, "2026-11-04T08:00:00Z")}
    return Ticket(TicketId(f"zendesk:{number}"), registers, origins, {c.id: c for c in comments})


THREAD = (
    said(1, ANA, "3 14:05",
         "Hi team,\n\nour checkout returns HTTP 502 for every order since the update to 4.2.1 this morning. About 240 "
         "users cannot pay. Order #88231 is stuck.\n\nBest regards,\nAna Ruiz\nGlobex GmbH\nPhone 555-1234"),
    said(2, BO, "3 14:40",
         "Hello Ana, thanks for reporting. Could you tell us which browser you use? We will get back to you by "
         "tomorrow noon."),
    said(3, ANA, "3 15:10",
         "All browsers. We restarted the pods and cleared the cache, no change.\n\nOn 3 Nov 2026, Bo Lind wrote:\n"
         "> Could you tell us which browser you use?"),
    said(4, BO, "3 16:00",
         "I reproduced it on staging with an empty cart. @engineering can you check whether the gateway pool is "
         "exhausted after 4.2.1?", "internal"),
    said(5, BOT, "3 16:01", "We tried to assign this ticket. Could engineering check the rota?", "internal"),
    said(6, ANA, "4 09:10", "Any news? We lose 12,000 EUR an hour. I want to speak to your manager."),
)  # fmt: skip

RUSSIAN = (
    said(1, ANA, "3 14:05",
         "Здравствуйте!\n\nС утра после обновления до версии 4.2.1 не работает оплата: ошибка 502 на каждом заказе. "
         "Заказ № 88231 завис.\n\nС уважением,\nАнна Петрова"),
    said(2, BO, "3 14:40", "Анна, здравствуйте. Какой браузер вы используете? Вернёмся с ответом до конца дня."),
    said(3, ANA, "3 15:10", "Любой. Мы перезапустили сервер и почистили кэш, не помогло."),
    said(4, BO, "3 16:00", "Коллеги из разработки, проверьте, пожалуйста, логи платёжного шлюза?", "internal"),
    said(5, KIM, "3 18:00", "Причина была в пуле соединений, исправили в 4.2.2.", "public", JIRA),
    said(6, ANA, "3 19:10", "Спасибо, теперь всё работает."),
)  # fmt: skip
