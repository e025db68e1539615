"""Mistakes that somebody could make with conflicts, with what people choose in them, and with parked work."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

INBOX = "tests/properties/test_conflict_inbox.py"
LEAKS = f"{INBOX} -k 'tells_nobody or notices'"
STORIES = "tests/scenarios/test_scenarios.py -k conflict_inbox"
PARKED = "tests/scenarios/test_scenarios.py -k parked"
WORDS = "tests/unit/hub/test_desk_words.py"
MENDING = "tests/unit/hub/test_desk_mending.py"
COMMANDS = "tests/flows/test_desk_commands.py"

DESK_MUTANTS = (
    Mutant(
        "a side is told of a field that it only reads",
        "hub/desk/wording.py",
        'if mapping.rest == "withhold" or (rule is not None and not rule.writes):',
        'if mapping.rest == "withhold":',
        (LEAKS,),
    ),
    Mutant(
        "customers are told of conflicts",
        "hub/desk/notes.py",
        "    if work.policy.traits[replica.system].customers:\n        return False\n",
        "",
        (LEAKS, "tests/unit/hub/test_desk_settling.py"),
    ),
    Mutant(
        "a customer may choose",
        "hub/desk/words.py",
        "    if is_by_machine(comment, ticket) or by_customer(comment, ticket):",
        "    if is_by_machine(comment, ticket):",
        (WORDS,),
    ),
    Mutant(
        "what is said in public chooses",
        "hub/desk/words.py",
        '    if not lines or comment.removed or comment.audience == "public":',
        "    if not lines or comment.removed:",
        (WORDS,),
    ),
    Mutant(
        "a choice that comes late overwrites what people typed since",
        "hub/desk/settling.py",
        "    elif not same(before.get(register), now.get(register)):",
        "    elif not mine and not same(before.get(register), now.get(register)):",
        (STORIES,),
    ),
    Mutant(
        "of two who choose differently the last one is heard",
        "hub/desk/settling.py",
        "    first, *others = choices\n",
        "    *others, first = choices\n",
        (STORIES, INBOX),
    ),
    Mutant(
        "the tag that chose stays",
        "hub/desk/settling.py",
        "    left = tuple(t for t in tags if t not in spent)",
        "    left = tags",
        (STORIES, INBOX),
    ),
    Mutant(
        "every ticket tells the issue that it shares",
        "hub/desk/notes.py",
        "        ask_note(work, teller, replica, work.links[teller][replica], named, text)\n",
        "        for teller in lacking:\n"
        "            ask_note(work, teller, replica, work.links[teller][replica], named, text)\n",
        (STORIES,),
    ),
    Mutant(
        "nobody is told how a conflict ended",
        "hub/desk/settling.py",
        "        due=bool(conflict.note),",
        "        due=False,",
        (STORIES,),
    ),
    Mutant(
        "a value that the hub computes can be chosen",
        "hub/desk/settling.py",
        "    return not is_computed(conflict, ticket.get(conflict.register))",
        "    return True",
        ("tests/unit/hub/test_desk_settling.py",),
    ),
    Mutant(
        "what overtook a parked comment is not told",
        "hub/relay.py",
        'return words if quiet or not _is_overtaken(work, ticket, replica, comment) else f"{OVERTAKEN}{words}"',
        "return words",
        (PARKED,),
    ),
    Mutant(
        "what was refused again looks as if it had just begun",
        "hub/store/ledger.py",
        "    since, tries = before.since or before.at, before.tries + 1",
        "    since, tries = at, 1",
        (COMMANDS,),
    ),
    Mutant(
        "an edited comment is edited for everybody",
        "hub/relay.py",
        "    if refused.edited is not None and refused.fingerprint == spoken(comment):",
        "    if False:",
        (PARKED,),
    ),
)
