"""
By which words a sentence tells what is broken, since when, what was tried, promised, asked. Pure.

English and Russian. Patterns, not a model: whoever wonders why a sentence stands in a brief finds the
words here. A sentence that shows no cue is left out; a brief rather misses something than invents it.
"""

# ruff: noqa: RUF001  Russian words are meant

from __future__ import annotations

from hub.brief.cue import Cues

_WHEN = (
    r"(?:about |around |early |late |at least )?(?:yesterday|today|tonight|this |last "
    r"|the (?:last |latest |new )?(?:update|upgrade|release|deploy|migration|outage"
    r"|weekend|move|switch|\d)|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug"
    r"|sep|oct|nov|dec|we (?:updated|upgraded|moved|switched|installed|migrated)|upgrading"
    r"|updating|moving|version|v?\d)"
)
_WHEN_RU = (
    r"(?:утра|вчера|сегодня|прошл|понедельник|вторник|сред|четверг|пятниц|суббот|воскресен"
    r"|январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр|версии"
    r"|момента|обновлени|\d)"
)

BROKEN = Cues(
    (2.0, r"\b(?:down|outage|crash\w*|data loss|unavailable|unresponsive|broken|corrupt\w*)\b"),
    (
        2.0,
        (
            r"\b(?:fail(?:s|ed|ing|ure)?|error\w*|exception|timed? ?out|time-?outs?|hangs?"
            r"|freez\w+|stuck|refus\w+)\b"
        ),
    ),
    (
        1.8,
        (
            r"\b(?:can(?:no|')?t|can’t|could ?n[o'’]t|unable to|(?:does|do|did|is|are)n?[o'’]?t? "
            r"(?:not )?work\w*|stop(?:ped|s) working|no longer \w+|not (?:load|send|receiv|sync"
            r"|show|deliver|arriv|respond)\w*)\b"
        ),
    ),
    (1.5, r"\b(?:wrong|missing|incorrect\w*|duplicat\w+|twice|slow\w*|blank|empty|lost|never arriv\w+)\b"),
    (
        2.0,
        (
            r"\b(?:не работа\w+|не открыва\w+|не загруж\w+|не приход\w+|не отправля\w+|не "
            r"отвеча\w+|не получает\w*|не мо(?:гу|жем|жет|гут)|невозможно|недоступ\w+|переста(?:л"
            r"|ла|ло|ли)\b)"
        ),
    ),
    (
        2.0,
        (
            r"\b(?:ошибк\w+|сбо[йия]\w*|пада(?:ет|ют|л\w*)|упал\w*|завис\w+|сломал\w*|вылета\w+"
            r"|тайм-?аут\w*|отказ\w*)"
        ),
    ),
    (1.5, r"\b(?:неверн\w+|неправильн\w+|пропа(?:л|да)\w*|дублир\w+|дважды|медленн\w+|пуст\w+|теря\w+)"),
    (
        2.1,
        (
            r"\b(?:HTTP[ /]?)?[45]\d\d\b(?! ?(?:users|people|orders|eur|usd|€|\$|%))"
            r"|\b\w+(?:Exception|Error)\b|\bERR_\w+"
        ),
    ),
    never=r"^(?:thanks|thank you|спасибо)\b",
)

SINCE = Cues(
    (
        2.0,
        (
            rf"\b(?:since|ever since|as of|starting|started(?: on| at)?|began(?: on| at)?"
            rf"|beginning)\s+{_WHEN}"
        ),
    ),
    (
        1.8,
        (
            r"\b(?:right |shortly |just |only )?after (?:the|we|our|your|an?|this|last|installing"
            r"|upgrading|updating)\b[^.?!]{0,40}\b(?:updat|upgrad|releas|deploy|migrat|mainten"
            r"|chang|install|switch|mov|restart)\w*"
        ),
    ),
    (
        1.4,
        (
            r"\b(?:first (?:seen|noticed|happened|reported)|noticed (?:it |this )?(?:on|at|this"
            r"|yesterday|today))\b"
        ),
    ),
    (2.0, rf"\b(?:с|со|начиная с)\s+(?:самого |прошлого |этого |вчерашнего )?{_WHEN_RU}"),
    (
        1.8,
        (
            r"\bпосле\s+(?:\w+\s+){0,3}(?:обновлени|релиз|деплой|миграци|переход|переезд|установк"
            r"|перезапуск|работ)\w*"
        ),
    ),
    (1.4, r"\b(?:началось|начал[иоась]+|впервые|возникл[оаи])\b"),
)

TRIED = Cues(
    (
        2.2,
        (
            r"\b(?:i|we|they|he|she|customer|support|agent)\s*(?:'ve|’ve|have|has"
            r"|had)?\s*(?:already |also |even |just )?(?:tried|restarted|rebooted|reinstalled"
            r"|re-?created|rolled back|reverted|cleared|flushed|reset|disabled|enabled|switched"
            r"|replaced|upgraded|downgraded|updated|reproduced|checked|verified|tested|increased"
            r"|rotated|re-?ran|re-?sent|re-?synced|re-?indexed|purged|unplugged|bisected)\b"
        ),
    ),
    (
        2.0,
        (
            r"\b(?:no (?:change|effect|luck|difference)|(?:did|does)(?: not|n['’]t) help|same "
            r"(?:result|error|problem|thing)|to no avail|made no difference|without success|still "
            r"(?:fails|the same|happens|broken))\b"
        ),
    ),
    (
        1.6,
        (
            r"^(?:tried|restarted|rebooted|reinstalled|rolled back|cleared|flushed|reset|disabled"
            r"|reproduced|checked|switched|tested)\b"
        ),
    ),
    (
        2.2,
        (
            r"\b(?:по)?пробовал\w*|\bпытал(?:ся|ась|ись)\b|\bперезапу(?:стил|скал)\w*"
            r"|\bперезагру(?:зил|жал)\w*|\bпереустанов\w+|\b(?:по|о)чистил\w*|\bсбросил\w*"
            r"|\bоткатил\w*|\bотключил\w*|\bпроверил\w*|\bвоспроизв(?:ел|ёл|ести удалось)\w*"
            r"|\bпереключил\w*|\bобновил(?:и|а)?\b"
        ),
    ),
    (
        2.0,
        (
            r"\bне помог(?:л[оаи]|ает)\b|\bбез изменений\b|\bто же самое\b|\bта же ошибка\b|\bне "
            r"дало результат\w*"
        ),
    ),
    never=(
        r"\?\s*$|^\s*(?:please|kindly|could you|can you|have you|did you|попробуйте|пожалуйста"
        r"|проверьте)\b"
    ),
)

PROMISED = Cues(
    (
        2.4,
        (
            r"\b(?:i|we) (?:promise|guarantee|commit)(?:d|ted)?\b|\bpromised\b|\byou (?:have|had"
            r"|['’]ve) my word\b"
        ),
    ),
    (
        2.2,
        (
            r"\b(?:i|we)(?:['’]ll| will| are going to|['’]re going to|['’]m going to| "
            r"shall)\b[^.?!]{0,90}\b(?:by|before|within|until|on|at|tomorrow|today|tonight|next"
            r"|end of|eod|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
        ),
    ),
    (
        1.6,
        (
            r"\b(?:i|we)(?:['’]ll| will) (?:get back|update you|let you know|call|send|fix|ship"
            r"|release|deliver|refund|credit|reply|follow up|keep you|come back)\b"
        ),
    ),
    (
        2.0,
        (
            r"\b(?:will be|to be|is|are) (?:fixed|shipped|released|deployed|delivered|refunded"
            r"|credited|restored|scheduled)\b[^.?!]{0,40}\b(?:by|before|within|until|on|in"
            r"|tomorrow|today|next|end of)\b|\bETA\b"
        ),
    ),
    (2.4, r"\bобещ(?:аю|аем|ал[аи]?|али)\b|\bгарантиру(?:ю|ем)\b"),
    (
        2.0,
        (
            r"\b(?:исправим|починим|верн[её]мся|ответим|сообщим|пришл[её]м|сделаем|выпустим"
            r"|установим|перезвоним|компенсируем|верн[её]м|исправлю|сообщу|вернусь|пришлю|отвечу"
            r"|будет (?:исправлен|готов|выпущен|решен)\w*)"
        ),
    ),
    never=r"\?\s*$|\bonce (?:you|they)\b|\bif you\b|\bbefore (?:we|i) can\b",
)

CHASER = Cues(
    (
        1.0,
        (
            r"\b(?:any (?:news|updates?|progress)|how are you|what['’]?s the (?:status"
            r"|latest)|hello\?|anyone there)\b"
        ),
    ),
    (
        1.0,
        (
            r"\b(?:есть ли? ?(?:новости|прогресс|результат\w*)|какие новости"
            r"|что (?:там )?(?:с|по) \w+\?|ау)\b|^алло"
        ),
    ),
)
"""Who asks only whether something happened asks for nothing that can be answered from a brief."""

REQUEST = Cues(
    (
        1.4,
        (
            r"\b(?:i|we) (?:want|need|would like|['’]d like|demand|expect) (?:to|you|a|an)\b"
            r"|\b(?:хочу|требу\w+|нужн[оаы])\b"
        ),
    ),
    (2.0, r"\?\s*$|\?[\s)\"”»]"),
    (1.2, r"\b(?:can|could|would|will) (?:you|someone|somebody|anyone|the team|engineering)\b"),
    (
        1.1,
        (
            r"\b(?:please|pls|kindly|need(?:s)? (?:you|someone|engineering)|let (?:me"
            r"|us) know|waiting for your)\b"
        ),
    ),
    (
        1.2,
        (
            r"\b(?:можете|могли бы|сможете|прошу|просим|пожалуйста|подскажите|проверьте"
            r"|нужно, чтобы|ждем|жд[её]м)\b"
        ),
    ),
)

TO_ENGINEERING = Cues(
    (
        1.5,
        (
            r"@?\b(?:engineering|engineers?|eng team|dev(?:s|eloper\w*| team)?|backend team"
            r"|sre|ops team|devops|r&d)\b"
        ),
    ),
    (1.5, r"\b(?:инженер\w*|разработ\w+|программист\w*|девопс\w*|коллеги из разработки)"),
    (
        0.8,
        (
            r"\b(?:logs?|stack ?trace|root cause|database|deploy|rollback|hotfix|patch|query"
            r"|index|cluster|pod|server|логи?"
            r"|базе?|серверу?|патч|откат|хотфикс|причин\w+)\b"
        ),
    ),
)

SOLVED = Cues(
    (2.4, r"\b(?:root cause|the cause (?:was|is)|turned out|caused by|was due to|because of a)\b"),
    (2.2, r"\b(?:fixed|resolved|solved|patched|corrected|repaired)\b(?: (?:it )?(?:by|in|with))?"),
    (
        1.9,
        (
            r"\b(?:i|we)(?:['’]ve| have)? (?:restarted|rolled back|deployed|released|restored"
            r"|re-?created|increased|replaced|renewed|reset|re-?indexed|cleared|enabled|disabled"
            r"|refunded|updated|changed)\b"
        ),
    ),
    (1.4, r"\b(?:workaround|as a fix|the fix|the solution|hotfix)\b"),
    (2.4, r"\bпричин(?:а|ой|у)\b|\bоказал(?:ось|ся|ась)\b|\bиз-за\b"),
    (
        2.2,
        (
            r"\b(?:исправ(?:или|лен\w*|ил[аи]?)|устран(?:или|ен\w*|ил[аи]?)|почини(?:ли|л\w*)"
            r"|решили|решен[оаы]?|восстанов(?:или|лен\w*))\b"
        ),
    ),
    (
        1.9,
        (
            r"\b(?:перезапусти\w+|откати\w+|выкати\w+|выпусти\w+|обнови\w+|замени\w+|сброси\w+"
            r"|перезагрузи\w+)\b"
        ),
    ),
    never=(
        r"\b(?:no (?:change|effect|luck|difference)|not help|n['’]t help|to no avail)\b|"
        r"\b(?:не помог\w*|без изменений)\b|"
        r"\?\s*$|\b(?:not (?:yet )?(?:fixed|resolved|solved)|isn['’]t (?:fixed|resolved)|when "
        r"(?:will|is)|until it is|will be|not been|не исправ\w+|не решен\w*|ещ[её] не)\b"
    ),
)

CONFIRMED = Cues(
    (
        2.0,
        (
            r"\b(?:works? (?:now|again|fine|perfectly|well|for us)|working (?:now|again|fine)|all "
            r"good|back to normal|no longer happens|that (?:did|solved|fixed) it|is gone|it['’]?s "
            r"fixed)\b"
        ),
    ),
    (
        2.0,
        (
            r"\b(?:заработал\w*|(?:вс[её] )?(?:теперь )?работает|вс[её] (?:в порядке|хорошо)"
            r"|помогло|проблема (?:решена|ушла)|больше не повторя\w+)\b"
        ),
    ),
    never=r"\b(?:not|never|still|but|n['’]t|не|но|пока)\b(?! longer)|\?\s*$",
)
