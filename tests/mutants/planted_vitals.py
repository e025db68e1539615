"""Mistakes about the hub's own health: who is late, what is told, what the canary proves, what a line may show."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CANARY = "tests/flows/test_canary.py"
VITALS = "tests/flows/test_vitals.py"
TOLD = "tests/flows/test_watching.py"
LOGS = "tests/flows/test_logs.py"
STORE = "tests/unit/store/test_vitals.py"

VITALS_MUTANTS = (
    Mutant(
        "the canary's ticket is scored like a customer's",
        "hub/appraise.py",
        "        if is_canary(ticket):\n            return Appraisal(SILENT)\n",
        "",
        (f"{CANARY} -k nothing_is_made",),
    ),
    Mutant(
        "the canary's ticket has a past to learn from",
        "hub/history/living.py",
        "    if is_canary(ticket):\n        return ticket\n",
        "",
        (f"{CANARY} -k nothing_is_made",),
    ),
    Mutant(
        "the canary believes what the hub says of a side, and does not look",
        "flows/canary_legs.py",
        "        if shown != stamp:",
        "        if shown is None:",
        (f"{CANARY} -k changes_it_again",),
    ),
    Mutant(
        "a first run that takes hours counts as dead",
        "hub/vitals_alarms.py",
        "        if since > allowed and not _at_work(beat, vitals):",
        "        if since > allowed:",
        (f"{VITALS} -k at_work",),
    ),
    Mutant(
        "a webhook that arrives does not end the count of those that did not",
        "hub/store/vitals.py",
        'Number("unheard", (system,), 0.0, at)',
        'Number("told", (system,), 0.0, at)',
        (f"{STORE} -k polling",),
    ),
    Mutant(
        "what comes and goes is told each time",
        "hub/vitals_telling.py",
        "        if seconds_between(gone, now) >= SETTLES and",
        "        if seconds_between(gone, now) >= 0 and",
        (f"{TOLD} -k comes_and_goes",),
    ),
    Mutant(
        "at night everything goes out",
        "hub/vitals_telling.py",
        'awake or alarm.grade == "urgent"',
        "True",
        (f"{TOLD} -k night",),
    ),
    Mutant(
        "what nobody took counts as told",
        "flows/vitals_round.py",
        "    return any(took)",
        "    return True",
        (f"{TOLD} -k nobody_took",),
    ),
    Mutant(
        "tracebacks are written as they are",
        "flows/logs.py",
        '            found["trace"] = self._redactor.clean(trace)',
        '            found["trace"] = trace',
        (f"{LOGS} -k configured_secret",),
    ),
)
