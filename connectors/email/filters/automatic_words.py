"""By which words mailboxes say that their people are away, in many languages. Patterns only."""

# ruff: noqa: RUF001  # other alphabets
from __future__ import annotations

import re
from typing import Final

SUBJECT: Final = re.compile(
    r"\A\W*(?:auto(?:matic(?:ally)?|mated)?[-\s]?(?:generated\s)?(?:repl(?:y|ied)|response|answer)|auto\s?:"
    r"|out[-\s]of[-\s](?:the\s)?office|ooo\b|away\b|on\s(?:vacation|holiday|leave)|vacation\b|holiday\b|i\s?am\saway"
    r"|abwesenheit|automatische\santwort|außer\shaus|nicht\sim\sbüro|urlaub"
    r"|r[ée]ponse\sautomatique|absen(?:t|ce)\b|message\sd['’]absence|en\scong[ée]"
    r"|respuesta\sautom[áa]tica|fuera\sde\s(?:la\s)?oficina|ausencia|resposta\sautom[áa]tica|fora\sdo\sescrit[óo]rio"
    r"|risposta\sautomatica|fuori\s(?:sede|ufficio)|automatisch\santwoord|afwezig"
    r"|автоматичес?к(?:ий|ое)\s(?:ответ|уведомление)|автоответ|нет\sна\sместе|вне\sофиса|в\sотпуске"
    r"|автоматична\s(?:відповідь|вiдповiдь)|автовідповідь|не\sна\sроботі|у\sвідпустці|відсутн"
    r"|automatyczna\sodpowied[źz]|odpowied[źz]\sautomatyczna|poza\sbiurem|nieobecno[śs][ćc]"
    r"|autosvar|automatiskt?\ssvar|fraværende|poissaolo|automaattinen\svastaus"
    r"|automatick[áa]\sodpov[ěe][dď]|otomatik\syanıt|自動(?:応答|返信|回复|回覆)|不在通知|外出|自动(?:答复|回复))",
    re.IGNORECASE,
)
TEXT: Final = re.compile(
    r"out\sof\s(?:the\s)?office|(?:am|be|is)\s(?:currently\s)?(?:away|on\s(?:vacation|holiday|leave)|not\sin\sthe\soffice)"
    r"|limited\saccess\sto\s(?:my\s)?e?-?mail|(?:up)?on\smy\sreturn|will\sreturn\son"
    r"|nicht\sim\s(?:büro|haus)|im\surlaub|abwesend|außer\shaus"
    r"|absent|en\scong[ée]|de\sretour|fuera\sde\sla\soficina|fuori\s(?:sede|ufficio)|de\svacaciones"
    r"|в\sотпуске|отсутств|нет\sна\sместе|у\sвідпустці|відсутн|urlopie|nieobecn|不在|外出|休暇|休假",
    re.IGNORECASE,
)
