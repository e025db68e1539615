"""Tickets as customers write them, in English and Russian: everyday ones, and two bursts of the same trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.model import TicketId
from hub.suggest.rows import Row

MONDAY = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)

EVERYDAY = (
    "How do I add a user?\nHi, we hired a new colleague and I cannot find where to invite her to our workspace.",
    "Invoice for October\nHello, could you resend the October invoice? The PDF in the mail would not open.",
    "Change of billing address\nWe moved to Hamburg, please update the address on our invoices from December on.",
    "Export to CSV stops at 10,000 rows\nWhen I export the customer list, the file ends after ten thousand lines.",
    "Dark mode\nIs a dark theme planned? Our night shift would love it.",
    "Cannot reset my password\nThe reset mail never arrives, I looked into the spam folder too.",
    "Webhook signature\nWhich header holds the signature of your webhooks? The documentation mentions two.",
    "Report shows wrong totals\nThe monthly sales report counts refunds as revenue since we changed the tax settings.",
    "Slow search\nSearching for products takes twenty seconds in the afternoon, in the morning it is fine.",
    "Android app crashes on start\nAfter the last update the app closes at once on my Pixel 7.",
    "Delete my account\nPlease remove all our data according to GDPR and confirm in writing.",
    "Integration with SAP\nDo you have a connector for SAP Business One, or must we write to your API?",
    "Duplicate contacts\nThe import from Outlook made every contact twice. How can I merge them?",
    "Rate limit\nWe get 429 from the API at night though we only send ten requests a minute.",
    "SSO with Okta\nOur admins want to sign in through Okta. Which plan includes SAML?",
    "Refund for unused seats\nWe cancelled five seats in September and were charged for them again.",
    "Typo on the pricing page\nIt says anually instead of annually, just so you know.",
    "Label printer\nThe shipping label comes out rotated by ninety degrees on our Zebra printer.",
    "Calendar shows wrong time zone\nMeetings of our Lisbon office are one hour late in the calendar.",
    "Training for new staff\nCould somebody give our new team an introduction next week?",
    "Two-factor codes\nThe codes by SMS arrive after they have expired.",
    "Upgrade to enterprise\nPlease send an offer for 200 seats, our procurement needs it this quarter.",
    "Logo is blurred\nThe logo that I uploaded looks pixelated in the mails to our customers.",
    "Attachment too large\nI cannot upload the contract, it has 30 MB.",
    "Wrong currency\nOur shop in Zurich shows prices in euros instead of francs.",
    "Как добавить сотрудника?\nДобрый день! Приняли нового менеджера, не вижу, где выдать ему доступ.",
    "Счёт за октябрь\nПришлите, пожалуйста, счёт и акт за октябрь, в письме файл не открылся.",
    "Сменить реквизиты\nМы сменили юридический адрес, обновите реквизиты в договоре.",
    "Медленный поиск\nПоиск товаров после обеда занимает двадцать секунд, утром быстро.",
    "Не приходит письмо для сброса пароля\nПроверил спам, письма нет уже час.",
    "Выгрузка в Excel\nВ выгрузке клиентов пропали телефоны, колонка пустая.",
    "Обучение\nМожно ли провести вебинар для новых операторов на следующей неделе?",
    "Интеграция с 1С\nЕсть ли готовый обмен с 1С или нужно писать через API?",
    "Дубли контактов\nПосле импорта из Outlook каждый контакт записан дважды, как объединить?",
    "Печать этикеток\nЭтикетка печатается боком на принтере Zebra.",
    "Тёмная тема\nПланируется ли тёмное оформление? Ночной смене тяжело.",
)  # fmt: skip

CHECKOUT = (
    "Checkout down\nNobody can pay in our shop, the checkout answers with error 502 since two o'clock.",
    "URGENT: payments fail\nAll card payments fail at checkout with a 502 bad gateway. We lose orders!",
    "502 at checkout\nOur customers get a 502 page when they press the pay button in the checkout.",
    "Cannot complete orders\nThe checkout page breaks with Error 502 after the card details are entered.",
    "Payment page error\nSince this afternoon the checkout shows 502, no payment goes through.",
    "Shop not working\nCheckout returns 502 for every order. Is there an outage?",
    "Checkout error 502\nHello, paying is impossible at the moment, the checkout gives 502.",
    "No sales since 14:00\nOur checkout fails with 502, payments do not go through at all.",
    "Bad gateway\nWe see 502 Bad Gateway on the checkout of all three of our shops, please help.",
)

LOGIN_RU = (
    "Не можем войти\nС утра никто не может войти в систему, после ввода пароля ошибка 403.",
    "Ошибка входа\nПри входе в личный кабинет пишет ошибка 403, войти невозможно.",
    "Вход не работает\nСотрудники не могут войти, вход в систему выдаёт 403.",
    "СРОЧНО: не пускает в систему\nВвожу правильный пароль, а система пишет 403, войти не могу.",
    "403 при входе\nУ всего отдела при входе в систему ошибка 403 с девяти утра.",
    "Нет доступа\nНе получается войти в систему: ошибка 403 после ввода пароля.",
)

MAIL = (
    "E-mails are not going out\nNone of our order confirmations have been delivered since this morning.",
    "Customers do not get notifications\nThe order confirmation mail does not arrive at our customers any more.",
    "No mails sent\nYour system sends no emails since 9am, our clients complain they get no confirmations.",
    "Mail delivery broken?\nConfirmation emails for new orders stopped, nothing in the outbox log.",
    "Where are our emails\nOrders come in but the confirmation mails are never delivered.",
    "Outgoing mail\nSince today no notification leaves the system, neither invoices nor order mails.",
)

SMS_RU = (
    "Не приходят СМС\nКлиенты не получают СМС с кодом подтверждения с самого утра.",
    "СМС коды\nКод подтверждения по СМС не доходит, клиенты не могут оформить заказ.",
    "Проблема с СМС\nНе отправляются сообщения с кодами, жалуются все клиенты.",
    "Нет кодов\nПокупатели пишут, что код из СМС не приходит.",
    "СМС не доставляются\nС девяти утра ни одного доставленного СМС с кодом.",
)

GATEWAY = (
    "API timeouts\nOur integration gets timeouts from the orders endpoint since 10:15.",
    "orders API slow\nGET /orders takes more than 30 seconds and then times out.",
    "Gateway timeout 504\nAll calls to your API return 504 since about ten.",
    "Your API is down\nRequests to /v2/orders time out, status page says all green!",
    "504 from API\nEvery request of our warehouse integration ends in a gateway timeout.",
)


def row(number: int, text: str, at: datetime, account: str = "", **more: object) -> Row:
    """A ticket that came then."""
    made = {"name": f"#{number}", "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "account": account or f"acc{number}"}
    return Row(TicketId(f"zendesk:{number}"), text, **{**made, **more})  # pyright: ignore[reportArgumentType]


def everyday(days: int = 14, a_day: int = 24, start: int = 1000) -> list[Row]:
    """Everyday tickets, evenly over some days, each from another customer."""
    step = timedelta(days=1) / a_day
    return [row(start + i, EVERYDAY[(i * 7) % len(EVERYDAY)], MONDAY + i * step) for i in range(days * a_day)]


def burst(texts: tuple[str, ...], at: datetime, start: int = 1, every: int = 12, **more: object) -> list[Row]:
    """The same trouble, told by many within a short time."""
    return [row(start + i, text, at + timedelta(minutes=every * i), **more) for i, text in enumerate(texts)]
