"""By which names, addresses and words machines are told from people, in many languages. Patterns only."""

# ruff: noqa: RUF001, E501  other alphabets are meant; an alternative stands on one line
from __future__ import annotations

import re
from typing import Final

ADDRESS: Final = re.compile(
    r"(?:.*[.+_-])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|dont[-_.]?reply|nao[-_.]?responda|mailer[-_.]?daemon"
    r"|postmaster|bounces?|notif(?:y|ications?)|alerts?|alarms?|monitor(?:ing)?|automation|auto[-_.]?(?:reply|mailer)"
    r"|autorespond(?:er)?|robot|bot|daemon|cron|nagios|zabbix|grafana|prometheus|sentry|datadog|pagerduty|opsgenie"
    r"|newrelic|pingdom|statuspage|uptimerobot|alertmanager|jenkins|github|gitlab|bitbucket|jira|confluence"
    r"|salesforce|hubspot|mailchimp|workflow|integration|webhook|system|svc[-_].+|service[-_.]account)(?:[-_.+].*)?@.*"
    r"|.*@(?:.*\.)?(?:noreply|bounces?|mailgun|sendgrid|amazonses)\..*",
    re.IGNORECASE | re.DOTALL,
)
"""The whole address of a machine."""

NAME: Final = re.compile(
    r"(?:.*[\s_\-\[(])?(?:bot|robot|automation|integration|webhook|app|daemon|notifier|autoresponder|alertmanager"
    r"|бот|робот|автоответчик|автоматика|уведомления)[\])]?"
    r"|(?:automation for jira|jira automation|jira(?: software| service management)?|confluence|github(?: actions)?"
    r"|dependabot|renovate|gitlab(?: ci)?|bitbucket|jenkins|circleci|travis ci|sonarqube|sentry|datadog|grafana"
    r"|prometheus|zabbix|nagios|icinga|pagerduty|opsgenie|victorops|new relic|dynatrace|splunk|cloudwatch|pingdom"
    r"|uptime ?robot|statuspage|atlassian statuspage|slack|slackbot|microsoft teams|zapier|make|ifttt|n8n|workato"
    r"|tray\.io|intercom|hubspot|salesforce|zendesk|freshdesk|system|system user|automated process|workflow(?: bot)?"
    r"|trigger|mail delivery (?:sub)?system|mailer-daemon|postmaster|no-?reply|do not reply|support hub"
    r"|система|почтовая система|служба доставки почты|автоматическ\w+ \w+)",
    re.IGNORECASE | re.DOTALL,
)
"""The whole name of a machine."""

AWAY: Final = re.compile(
    r"\bout[- ]of[- ](?:the )?office\b|\bautomatic(?:ally)? (?:generated )?(?:e?-?mail )?(?:reply|response|message)\b"
    r"|\bauto[- ]?(?:reply|response|responder)\b|\bi(?:['’]m| am)(?: currently)? (?:away|on (?:annual |parental |sick |maternity )?"
    r"(?:leave|vacation|holiday)|not in the office)\b"
    r"|\b(?:limited|no|intermittent) access to (?:my )?e?-?mails?\b|\b(?:up)?on my return\b|\bi will (?:be back|return) (?:on|to the office)\b"
    r"|\bim urlaub\b|nicht im (?:büro|haus)\b|\babwesenheit|automatische antwort|\bich bin .{0,40}(?:abwesend|zurück)"
    r"|\bactuellement absente?\b|absence du bureau|en congés?\b|réponse automatique|de retour le\b"
    r"|fuera de la oficina|respuesta automática|de vacaciones|fora do escritório|resposta automática|de férias"
    r"|fuori (?:sede|ufficio)|risposta automatica|in ferie\b|automatisch antwoord|afwezig|met vakantie"
    r"|\bя (?:сейчас |буду |нахожусь )?(?:в отпуске|в командировке|на больничном|отсутствую)|нахожусь в отпуске"
    r"|меня (?:не будет|нет) (?:на месте|в офисе)|автоматическ(?:ий|ое) (?:ответ|сообщение|уведомление)|автоответ"
    r"|это (?:письмо|сообщение) (?:было )?(?:отправлено|сформировано|создано) автоматически"
    r"|не отвечайте на это (?:письмо|сообщение)|у відпустці|автоматична відповідь|na urlopie|automatyczna odpowiedź"
    r"|poza biurem|na dovolené|automatická odpověď|otomatik yanıt|izindeyim|autosvar|automatiskt svar|poissa\b"
    r"|自動返信|自动回复|自動回覆|不在にして|부재중|자동 회신",
    re.IGNORECASE,
)
"""What mailboxes answer while their people are away, if something of `RETURNS` stands with it."""

RETURNS: Final = re.compile(
    r"\bauto|\breturn|\bback (?:on|in|at|to)\b|\buntil\b|\btill\b|\bthrough\b|\bin my absence\b|\baccess to\b|\burgent (?:matters|requests|issues|cases)"
    r"|\bcontact\b|\bbis (?:zum|einschließlich)\b|\bzurück\b|\bvertret|\bautomat|\bjusqu|\bde retour\b|\bhasta\b|\bregreso|\bvolver[ée]|\bat[ée] (?:o dia|\d)"
    r"|\bfino al\b|\brientr|\btot (?:en met)?\b|\bterug\b|вернусь|верн[уе]|обращайтесь|обратитесь|по срочным|до \d|по \d|с \d|повернусь|автомат"
    r"|\bwrócę|\bdo \d|\btilbage|\btillbaka|\btakaisin|kadar|自|不在|부재|자동",
    re.IGNORECASE,
)

BOUNCE: Final = re.compile(
    r"\b(?:message|mail|e-?mail)(?: that you sent)?(?: to .{0,80})? (?:could|can|was|has) ?(?:not|n['’]t) (?:be |been )?(?:able to be )?deliver"
    r"|\bdelivery (?:status notification|to the following|has failed|failed|failure)|\bundeliver(?:able|ed)\b"
    r"|returned mail|returned to sender|mail delivery (?:failed|system|subsystem)|recipient address rejected"
    r"|address not found|\b5\d\d[ -]5\.\d\.\d|diagnostic-code:|reporting-mta:|не (?:было |может быть )?доставлено|не удалось доставить"
    r"|konnte nicht zugestellt|unzustellbar|n['’]a pas pu être (?:remis|distribué)|no se (?:pudo|ha podido) entregar",
    re.IGNORECASE,
)
"""What mail hosts answer."""

BEGINS: Final = re.compile(
    r"\W*\[?(?:FIRING|RESOLVED|ALERT|TRIGGERED|ACKNOWLEDGED|ALARM|CRITICAL|WARNING|PROBLEM|RECOVERY|DOWN|UP|INCIDENT|MONITOR)"
    r"(?::\d+\]|\]|: \[| alert\b|: [\w./-]+ (?:is|on|in|at)\b)"
    r"|(?i:\W*(?:alarm|alert|monitor|incident|check|host|service) ['\"#][^\n]{1,80}['\"]? (?:is|has|was|in|triggered|fired|recovered|transitioned)\b"
    r"|\W*(?:[\w.]+ ){0,3}(?:changed|updated|set|moved) (?:the )?(?:status|priority|severity|assignee|owner|stage|sprint|fix version|issue type|labels?|description|summary|rank|link|due date)\b"
    r"|\W*(?:status|priority|severity|assignee|owner|stage|case owner|sprint|fix version|resolution|issue type)(?: field)?(?: was| has been)? (?:changed|updated|set)\b"
    r"|\W*(?:status|priority|severity|assignee|owner|stage|resolution)\s*:\s*\w+[\w ]{0,20} ?(?:→|->|=>)"
    r"|\W*(?:[\w.\-]+ ){0,3}(?:opened|merged|closed|pushed|committed|mentioned this (?:issue|ticket) in)\b[^\n]{0,60}(?:pull request|merge request|commit|branch|#\d)"
    r"|\W*(?:merge|pull) request\b[^\n]{0,60}(?:opened|merged|closed|#\d|!\d)"
    r"|\W*(?:investigating|identified|monitoring|resolved|update|scheduled|in progress|completed)\W{1,4}(?:we (?:are|have) (?:currently |continuing to |now |identified|implemented)|this incident|a fix has been|the issue has been identified)"
    r"|\W*(?:sla|escalation|workflow|automation|trigger|macro)(?: rule| policy| alert| warning)?\b[^\n]{0,60}(?:triggered|fired|executed|applied|will breach|breached by|was breached)"
    r"|\W*(?:your|the) (?:request|ticket|case) [^\n]{0,40}(?:has been|was) (?:received|created|solved|merged|assigned|updated)\b"
    r"|\W*request #?\d+ [^\n]{0,80}was closed and merged"
    r"|\W*(?:call|task|event|email) (?:logged|was logged)\b|\W*[\w .]{1,40} logged a (?:call|case|task)\b"
    r"|\W*(?:статус|приоритет|исполнитель|ответственный)\b[^\n]{0,30}(?:измен[её]н|обновл[её]н|назначен)"
    r"|\W*заявка [^\n]{0,30}(?:закрыта|переведена|назначена|создана) (?:автоматически|системой)"
    r"|\W*(?:внимание|тревога|авария|восстановление)\W{1,3}(?:хост|узел|триггер|host))",
)
"""How what integrations, monitors and help desks write by themselves begins."""

NOTICE: Final = re.compile(
    r"\bthis (?:(?:is|was|has been|e?-?mail|message|notification|comment|ticket|case|generated|sent|created|posted|added) ){1,4}(?:an? )?(?:automat(?:ed|ic)|automatically|auto-?generated|system[- ]generated|machine[- ]generated)\b"
    r"|\b(?:automated|automatic|auto-?generated|system[- ]generated) (?:message|notification|comment|response|reply|e-?mail|update|alert|note)\b"
    r"|\bdo not (?:reply|respond) to this\b|\bplease do not reply\b|\byou are receiving this (?:e-?mail|message|because|notification)"
    r"|\b(?:closed|solved|merged|reopened|escalated|created|assigned) (?:automatically|by the system|by an? automation|due to inactivity)\b"
    r"|\bautomatically (?:closed|solved|merged|reopened|escalated|created|assigned|generated)\b|\bmerged into (?:this )?(?:request|ticket|case) #?\d"
    r"|\bsee merge request\b|\bstatus ?page update\b|\bsubscribe to (?:this incident|updates)\b"
    r"|\bview (?:it )?(?:in|on) (?:datadog|grafana|pagerduty|sentry|github|gitlab|opsgenie|jira)\b|\bautomation rule\b"
    r"|\bhow would you rate the (?:support|help)|\bsatisfaction survey\b|\bалерт\b.{0,40}\bgrafana"
    r"|\bавтоматическ\w+ (?:уведомлени|сообщени|оповещени)|\bсформирован\w* автоматически|\bоцените (?:качество|работу)"
    r"|\bваш[еа] (?:обращение|заявка|запрос) [^\n]{0,40}(?:принят|зарегистрирован|создан|закрыт)",
    re.IGNORECASE,
)
"""What they say somewhere near the beginning."""

HINTS: Final = (
    "automat", "auto-", "autoge", "autore", "auto re", "office", "vacation", "holiday", " leave", "return", "away",
    "access to", "urlaub", "büro", "abwesen", "absent", "absence", "congé", "de retour", "oficina", "automática", "vacaciones",
    "férias", "escritório", "ufficio", "ferie", "afwezig", "vakantie", "отпуск", "командировк", "больничн", "отсутству",
    "не будет", "нет на", "нет в", "автомат", "автоответ", "не отвечайте", "відпустці", "автоматична", "urlopie", "biurem",
    "dovolen", "otomatik", "izindeyim", "autosvar", "poissa", "自", "不在", "부재", "자동", "deliver", "rejected", "not found",
    "5.", "diagnostic", "reporting-mta", "доставлен", "доставить", "zugestellt", "unzustellbar", "remis", "distribué",
    "entregar", "do not re", "generated", "receiving", "merge", "statuspage", "status page", "subscribe", "view ", " rule",
    "inactivity", "оцените", "rate the", "survey", "алерт", "ваше обращение", "ваша заявка", "ваш запрос", "by the system",
)  # fmt: skip
"""Without one of these no text is `AWAY`, `BOUNCE` or `NOTICE`: to look for them is much quicker."""


OURS: Final = re.compile(
    r"\[hub:[^\]\n]{1,200}\]|\A\*\*[^*\n]{1,200}\*\* · [^\n]{0,120} · (?:public|internal note|engineering) · [\d: -]{10,20} UTC\s*(?:\n|\Z)"
    r"|\A\*?Changed by its author:\*?|\A\*\*\d+ support tickets?\*\*(?: ·|\s*\Z|\s*\n)|\bkept up to date by Support Hub\b"
    r"|\A[^\n]{1,200} no longer exists in \w+\. Nothing was deleted here\.|\ANot handed to engineering yet\.",
)
"""What the hub wrote itself: its marks, its relay headers, its notes and its context block."""

FORM: Final = re.compile(
    r"^[ \t>*#-]*(?:\*\*)?(?:(?:ticket|case|order|customer|account|issue|request|contact|affected|operating|device|app|application|product|"
    r"business|customer's|your)[ _])?(?:priority|urgency|severity|impact|environment|version|browser|os|system|order|account|phone|tel|"
    r"e-?mail|name|company|organi[sz]ation|product|category|type|department|team|date|time|timestamp|url|link|subject|number|no|id|"
    r"status|tier|plan|region|locale|language|model|serial|platform|device|component|area|source|channel|sla|"
    r"приоритет|срочность|серь[её]зность|критичность|влияние|окружение|среда|версия|браузер|ос|система|заказ|счет|телефон|тел|"
    r"почта|имя|фио|компания|организация|продукт|категория|тип|отдел|дата|время|ссылка|тема|номер|статус|тариф|регион|язык|"
    r"модель|устройство|платформа|инн|договор)(?:\*\*)?[ \t]*[:：=|](?:\*\*)?[ \t]*[^\n]{0,60}$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line of a form: chosen from a list, not said."""

FORM_MARKS: Final = (":", "=", "|", "：")
"""Without one of these there is no form."""

DISCLAIMER: Final = re.compile(
    r"^[ \t*_>-]*(?:confidentiality (?:notice|note)|disclaimer|legal notice|this (?:e-?mail|message|communication)(?: and any attachments?)?"
    r"(?:,? including any attachments,?)? (?:is|are|may|contains?|was sent|has been scanned)|the (?:information|contents?) (?:contained )?in this (?:e-?mail|message)"
    r"|if you (?:are not the intended|have received this)|please consider the environment|virus-free|\[?external(?: e-?mail| sender)?\]?[:\]]|caution: (?:this|external)"
    r"|diese e-?mail (?:enthält|kann)|ce (?:message|courriel) (?:et|est|contient)|este (?:mensaje|correo)|данное (?:письмо|сообщение) (?:и|может|содержит|является)"
    r"|настоящее (?:сообщение|письмо)|это (?:сообщение|письмо) (?:и |может |содержит |является |предназнач)|конфиденциальн\w+).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
"""Where the small print begins."""

PRINTED: Final = (
    "confidential", "disclaimer", "legal notice", "this e", "this message", "this comm", "the info", "the content",
    "if you are not", "if you have received", "environment", "virus", "external", "caution", "diese e", "ce message",
    "ce courriel", "este mensaje", "este correo", "данное", "настоящее", "это сообщение", "это письмо", "конфиденциальн",
)  # fmt: skip
"""Without one of these there is none."""
