"""Mistakes about what becomes of tickets and their copies, each with the tests that notice it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

STORIES = "tests/scenarios/test_scenarios.py -n 0 -k"
MATCHING = "tests/unit/hub/test_matching.py"
DRIFT = "tests/bad_input/test_drift.py"

LIFECYCLE_MUTANTS = (
    Mutant(
        "an engineer's remark on a closed ticket takes its issue up again",
        "hub/follow_ups.py",
        "    if reply is None:  # there is",
        "    if reply is not None:  # there is",
        (f"{STORIES} lifecycle_closing-1",),
    ),
    Mutant(
        "everything that was ever said is said again on a follow-up",
        "hub/follow_ups.py",
        "        told=_told_on(work, ticket, closed),",
        "        told=_told_on(work, ticket, ()),",
        (f"{STORIES} lifecycle_closing-1",),
    ),
    Mutant(
        "old words that a closed ticket was linked to begin a follow-up",
        "hub/follow_ups.py",
        "            _pass_over_old(work, ticket, replica, mapping)\n",
        "",
        (f"{STORIES} lifecycle_closing-5",),
    ),
    Mutant(
        "every closed ticket of an issue is followed up",
        "hub/follow_ups.py",
        "                _leave_to_others(work, ticket, replica, mapping)\n",
        "",
        (f"{STORIES} lifecycle_closing-13",),
    ),
    Mutant(
        "a machine's remark begins a follow-up",
        "hub/follow_ups.py",
        "        if other is not None or is_by_machine(comment, work.tickets[ticket]):",
        "        if other is not None:",
        (f"{STORIES} lifecycle_closing-14",),
    ),
    Mutant(
        "a follow-up that was deleted is made again",
        "hub/follow_ups.py",
        '            if not here or any(link.ended != "followed" for link in here):',
        '            if not here or any(link.state == "live" for link in here):',
        (f"{STORIES} lifecycle_closing-7",),
    ),
    Mutant(
        "every follow-up of a ticket carries the same mark",
        "hub/follow_ups.py",
        "        key=key_of(ticket, len(closed)),",
        "        key=ticket,",
        (f"{STORIES} lifecycle_closing", "tests/properties/test_lifecycle.py -n 0"),
    ),
    Mutant(
        "a follow-up that a customer began leaves the closed ticket on its issue",
        "hub/successors.py",
        '        work.set_link(replace(link, state="unlinked", primary=False, ended="followed"))\n',
        "",
        (f"{STORIES} lifecycle_closing-3",),
    ),
    Mutant(
        "a ticket that is restored does not come back to the issue that it shared",
        "hub/linking.py",
        "            _return_to_shared(work, ticket)\n",
        "",
        (f"{STORIES} lifecycle_deleting-1",),
    ),
    Mutant(
        "what people unlinked is linked again when the ticket is restored",
        "hub/linking.py",
        '        if link.state == "unlinked" and link.ended == "deleted":',
        '        if link.state == "unlinked":',
        (f"{STORIES} lifecycle_deleting-6",),
    ),
    Mutant(
        "an issue that was moved out of the project is not looked at any more",
        "hub/strays.py",
        "    strays = store.outside(connector.system, within)",
        "    strays = store.outside(connector.system, within)[:0]",
        (f"{STORIES} lifecycle_moving-2",),
    ),
    Mutant(
        "a key under its old name links nothing",
        "hub/linking.py",
        "    return _names(name, replica, seen.label) or work.cluster.became.get((replica.system, name)) == replica",
        "    return _names(name, replica, seen.label)",
        (f"{STORIES} lifecycle_moving-4",),
    ),
    Mutant(
        "two that were matched tell each other all that was said before",
        "hub/plan.py",
        "    keep_apart(work)\n",
        "",
        (f"{STORIES} lifecycle_matching-1",),
    ),
    Mutant(
        "what a person matched gets a copy before it is brought together",
        "hub/gather.py",
        "        } | {replica for _, replica in batch.matched}",
        "        }",
        (f"{STORIES} lifecycle_matching-2",),
    ),
    Mutant(
        "a pair is sure though another could be it as well",
        "hub/matching.py",
        "    return rival.id != proposal.id and 1 - rival.score < 4 * (1 - proposal.score) + 0.02",
        "    return rival.id != proposal.id and rival.score > proposal.score",
        (MATCHING, f"{STORIES} lifecycle_matching-5"),
    ),
    Mutant(
        "an option that is renamed stops the hub",
        "hub/schema.py",
        "        found.append(replace(option, formerly=known.formerly or renamed, new=known.new))",
        "        found.append(replace(option, new=known.new))",
        (f"{STORIES} lifecycle_schema-2",),
    ),
    Mutant(
        "a field that became another kind of field stops the hub",
        "flows/schemas.py",
        "            if not self._fits(system, kept) and self._fits(system, known):",
        "            if not self._fits(system, kept) and known is None:",
        (DRIFT,),
    ),
)
