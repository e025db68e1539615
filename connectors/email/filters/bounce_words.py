"""By which words mail hosts say that a mail did not arrive. Patterns only, over text in any case."""

# ruff: noqa: RUF001  # other alphabets
from __future__ import annotations

import re

SUBJECT = re.compile(
    r"\A\W*(?:(?:[\w.-]+\s)?mail\s(?:delivery\s)?(?:fail(?:ed|ure)|system\serror|status)|undeliver(?:able|ed)"
    r"|(?:mail\s)?delivery\s(?:status\snotification|status\W*\Z|has\sfailed|failure|failed|problem|report|notification)"
    r"|(?:mail\s)?delivery\s(?:delayed|error)|returned\s(?:e?mail|message)|return(?:ed|ing)\s(?:mail|to\ssender)"
    r"|failure\s?(?:notice|delivery)|failed\s(?:delivery|mail)|(?:permanent|mail)\sdelivery\s\w+"
    r"|(?:e?mail|message)\s(?:could\snot|cannot|can't)\sbe\sdelivered|message\sdelivery\shas\sfailed"
    r"|there\swas\san\serror\ssending\syour\smail|non[- ]?delivery|nondeliverable"
    r"|nichtzustellbar|unzustellbar"
    r"|warning:\s(?:could\snot\ssend|message\s.{0,80}delayed)|delayed\s(?:mail|delivery)|postmaster\snotify"
    r"|[\w.-]+\ssmtp\sserver:\serrors|mail\sfailed|bounced?\s(?:mail|message)|rejected\smail"
    r"|non\sremis|échec\sde\s(?:la\s)?remise|no\sse\spuede\sentregar|no\sentregado"
    r"|impossibile\srecapitare|mancato\srecapito|ваше\sсообщение\sне\sдоставлено|недоставлен|не\sдоставлено"
    r"|сообщение\sне\sдоставлено|не\sвдалося\sдоставити|(?:メッセージ|メール)(?:を|が).{0,40}(?:配信|送信)でき"
    r"|配信不能|(?:送信|メール)(?:エラー|失敗)|投递失败|退信|系统退信|寄送失敗)",
    re.IGNORECASE,
)
"""How such a mail is called. With `Re:` or `Fwd:` before it a person wrote."""

SPOKEN = re.compile(
    r"(?:could|can|was|were|is|has|have)\s?(?:not|n't|\snot\syet)\s(?:be\s|been\s)?(?:able\sto\s)?(?:be\s)?(?:deliver|sen[dt]|reach)"
    r"|unable\sto\s(?:deliver|relay|send)|undeliverable|undelivered|wasn't\sable\sto\sdeliver|couldn't\sbe\sdelivered"
    r"|(?:permanent|fatal|temporary|transient)\s(?:fatal\s)?(?:error|failure)|delivery\s(?:to\sthe\sfollowing|failed|error|attempt|has\sfailed)"
    r"|delevery\sto\sthe\sfollowing|failed\spermanently|(?:mailbox|quota)\s(?:is\s)?(?:full|exceeded)|exceeded\s(?:storage|quota)"
    r"|(?:user|recipient|address|mailbox|host|domain|account)\s(?:is\s)?(?:unknown|not\s(?:found|known|exist)|does\s?n[o']t\sexist"
    r"|unavailable|disabled|rejected)|(?:unknown|no\ssuch|invalid)\s(?:user|recipient|address|mailbox|host|account|domain)"
    r"|(?:message|mail)\s(?:was|has\sbeen|is)\s(?:rejected|returned|refused|blocked|delayed|not\sdelivered)|was\snot\sdelivered"
    r"|did\snot\sreach|error\sdelivering|error\swhile\s(?:sending|delivering)|returned\sto\s(?:the\s)?sender|rejected\sby"
    r"|delivery\sproblems?|following\srecipient|requested\saction\snot\staken|smtp\serror|remote\s(?:host|server)\ssaid"
    r"|automatically\srejected|not\slisted\sin|disk\sspace"
    r"|не\sможет\sбыть\sдоставлено|не\sдоставлено|не\sудалось\sдоставить|nicht\szugestellt|konnte\snicht|n'a\spas\spu|pas\sété"
    r"|no\spudo|no\sse\spudo|配信できま|送信できま|届けることができ|宛先不明|无法投递|無法投遞|无法送达",
    re.IGNORECASE,
)
"""What such a mail says."""

SMTP_ANSWER = re.compile(r"(?<![\d.])([245])(\d\d)[- ](?:(\d)\.(\d{1,3})\.(\d{1,3})\b)?")
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|-\d)")

ORIGINAL = re.compile(
    r"^[^\w\n]{0,40}(?:below\sthis\sline\sis\sa\scopy\sof\sthe\smessage|this\sis\sa\scopy\sof\s(?:the|your)\smessage"
    r"|(?:the\s)?original\smessage(?!\swas)\b|message\sheaders\sfollow|original\smail\sas\sfollows"
    r"|(?:the\s)?(?:header|headers|text|content|body)\s(?:lines?\s)?of\s(?:the|your)\s(?:original\s)?(?:message|mail)"
    r"|(?:unsent|returned|undelivered|failed|rejected)\smessage\s(?:follows|below|text|headers?)|included\sis\s.{0,40}message"
    r"|copy\sof\s(?:the|your)\s(?:original\s)?message|(?:return-path|received|x-[\w-]{1,40}|dkim-signature):"
    r"|\*\*From:\*\*)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the returned mail begins: what follows is not the host's word."""

ANNOUNCED = re.compile(
    r"(?:following|these)\s(?:recipients?|address(?:es)?|destinations?|users?)(?:\(s\)|\(es\))?[^:\n]{0,60}:|was\snot\sdelivered\sto:",
    re.IGNORECASE,
)
"""Before the list of those who were not reached."""

DELAYED = re.compile(
    r"delayed|still\sbeing\sretried|will\s(?:keep\strying|continue\sto\s(?:try|retry)|retry|be\sretried)|delay\)|has\snot\s(?:yet\s)?been\sdelivered"
    r"|no\saction\sis\srequired|not\s(?:yet\s)?been\sdelivered|(?:warning|temporary)\s(?:message|only|failure)|transient",
    re.IGNORECASE,
)
"""That it may still arrive."""

EXPIRED = re.compile(
    r"giv(?:en|ing)\s?up|expired|too\slong|timed?\s?out\s.{0,80}queue|retry\stime(?:out)?|for\sthe\slast\s\d+|too\smany\shours"
    r"|for\s(?:more\sthan\s)?\d+\s(?:days|hours)|maximum\s(?:time|retr)|message\sexpired",
    re.IGNORECASE,
)
"""That it was tried long enough: whatever is written beside, it does not arrive any more."""

REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "5.1.1",
        re.compile(
            r"user\s(?:is\s)?unknown|unknown\s(?:local\s)?(?:user|recipient|address|mailbox|account)"
            r"|(?:no\ssuch|invalid|nonexistent)\s(?:user|recipient|mailbox|address|local|account|person)"
            r"|(?:user|recipient|mailbox|address|account)\s(?:\S+\s)?(?:is\s)?(?:not\s(?:found|listed|known)|does\s?n[o']t\s(?:exist|have)|not\sexist)"
            r"|does\s(?:not|n't)\s(?:exist|have\san?)|doesn't\shave\sa|not\slisted\sin|no\smailbox\shere",
            re.IGNORECASE,
        ),
    ),
    (
        "5.2.2",
        re.compile(
            r"mailbox\s(?:\S+\s)?(?:is\s)?(?:full|exceed)|quota|over\s?quota|insufficient\sstorage|out\sof\sspace"
            r"|too\smuch\sdata|disk\sspace|storage\sexceeded",
            re.IGNORECASE,
        ),
    ),
    (
        "5.1.2",
        re.compile(
            r"host\s(?:\S+\s)?(?:is\s)?(?:unknown|not\sfound)|unknown\shost|domain\s(?:\S+\s)?(?:not\sfound|does\snot\sexist)"
            r"|unrouteable\saddress|no\ssuch\s(?:host|domain)|nxdomain|couldn't\sfind\sany\shost",
            re.IGNORECASE,
        ),
    ),
    (
        "5.2.1",
        re.compile(
            r"(?:account|mailbox|user\S*)\s.{0,20}(?:disabled|inactive|suspended|locked)", re.IGNORECASE
        ),
    ),
    ("5.3.4", re.compile(r"message\s(?:is\s)?(?:too\s(?:big|large)|size\sexceed)|too\slarge", re.IGNORECASE)),
    ("5.4.7", EXPIRED),
    (
        "5.7.1",
        re.compile(
            r"spam|policy|block(?:ed|list)|blacklist|reject|denied|relay(?:ing)?\s(?:not|denied)|not\sallowed",
            re.IGNORECASE,
        ),
    ),
)
"""RFC 3463 codes for what is said in words, the more telling first."""
