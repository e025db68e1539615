"""What in a text is not said by its author: code, logs, links, quotes and how it is signed. Patterns only."""

# ruff: noqa: RUF001, E501  letters of many scripts are meant; an alternative stands on one line
from __future__ import annotations

import re
from typing import Final

CODE: Final = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|\{(?:code|noformat)[^}\n]{0,60}\}.*?(?:\{(?:code|noformat)\}|\Z)",
    re.DOTALL,
)
LOG: Final = re.compile(
    r"^[ \t]*(?:"
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*"  # a log's line begins with its time
    r"|(?:at )[\w.$<>]+\(.*|File \".*\", line \d+.*|Traceback \(.*|Caused by: .*|[\w.]+(?:Error|Exception)\b:? .*"
    r"|\[?(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE|CRITICAL)\]?[ :\]].*"
    r"|(?:GET|POST|PUT|PATCH|DELETE|HTTP/\d) ?\S*/.*|[{}\]][,;]?|\"[^\"\n]{1,80}\"\s*:.*|\{.*[:}].*|\[[{\"\d].*"
    r")$",
    re.MULTILINE,
)
NOISE: Final = re.compile(
    r"!?\[([^\]\n]{0,200})\]\([^)\s]{0,500}(?:\s\"[^\"\n]{0,200}\")?\)|<[^<>\n]{1,200}>|(?:https?|ftp|file)://\S+|\bwww\.\S+"
)
ADDRESS_IN: Final = re.compile(r"(?<!\S)[^\s@]{1,64}@[^\s@]{1,255}\.\w{2,}")
QUOTED: Final = re.compile(r"^[ \t]*(?:>|\|).*$", re.MULTILINE)
REPLY: Final = re.compile(
    r"^[ \t*_>]*(?:-{2,}[ \t]*(?:original message|forwarded message|reply message|исходное сообщение"
    r"|пересылаемое сообщение|пересланное сообщение|ursprüngliche nachricht|message d.origine|mensaje original)"
    r"|begin forwarded message|#{2,}-? ?(?:please )?type your reply|.{0,20}reply above this line|.{0,40}выше этой (?:строки|линии)"
    r"|on .{4,200} wrote:[ \t]*$|(?:am|le|el|il|em|op|den|dnia) .{4,200}(?:schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał).{0,80}:[ \t]*$"
    r"|(?:from|от(?: кого)?|von|de)[ \t*]*:.*\n[ \t*]*(?:sent|date|to|дата|отправлено|кому|gesendet|envoyé|enviado)[ \t*]*:"
    r"|.{0,200}\b(?:пишет|писал\(?а?\)?|написал|написала|написал\(а\)):[ \t]*$|_{20,}[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
REPLIES: Final = (
    "--", "wrote:", "schrieb", "a écrit", "escribió", "ha scritto", "escreveu", "schreef", "skrev", "napisał", "пис", "пишет",
    "from:", "от:", "от кого:", "von:", "de:", "from*", "forwarded", "type your reply", "above this line", "выше этой", "____",
)  # fmt: skip
"""Without one of these nothing is quoted with a header."""
SIGNATURE: Final = re.compile(
    r"^(?:-- ?$|—$"
    r"|(?:best|kind|warm|with|many)?[ ]*(?:best |kind |warm )?(?:regards|wishes)\b.{0,60}$"
    r"|(?:yours )?(?:sincerely|faithfully|truly)\b.{0,40}$"
    r"|(?:best|cheers|thanks|thank you|many thanks|thx|спасибо|благодарю),?\s*\n\s*[^\W\d_][^\n?!]{0,40}\s*\Z"
    r"|sent from my .{1,40}$|get outlook for .{1,20}$|отправлено (?:с|из) .{1,40}$|gesendet von .{1,40}$|envoyé de .{1,40}$"
    r"|с[ ]+(?:наилучшими[ ]+пожеланиями|уважением)\b.{0,60}$"
    r"|mit freundlichen grüßen.{0,20}$|cordialement.{0,20}$|saludos.{0,20}$)",
    re.IGNORECASE | re.MULTILINE,
)
