"""Mistakes that somebody could make with undo, the safety stop, reviews of rule files, and reconcile."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

UNIT = "tests/unit/hub"
SAFETY = f"{UNIT}/test_safety.py"
UNDOING = "tests/flows/test_undoing.py"
RECONCILING = "tests/flows/test_reconciling.py"
REMAPPING = "tests/flows/test_remapping.py"
STORIES = "tests/scenarios/test_scenarios.py"

OPERATION_MUTANTS = (
    Mutant(
        "what lies beneath a later run's write is taken for the value before",
        "hub/undo.py",
        "        if not why and not mine:",
        "        if not why and not mine and not value:",
        (f"{UNIT}/test_undo.py",),
    ),
    Mutant(
        "an undo without an answer is taken for a person's edit",
        "flows/undoing.py",
        "        _ = _moved(hub, one.operation, held, links, asking)\n",
        "        pass\n",
        (UNDOING,),
    ),
    Mutant(
        "a write of which one field was taken back counts as taken back whole",
        "flows/undoing.py",
        "    return entry.operation.changes.keys() <= operation.changes.keys()",
        "    return True",
        (f"{STORIES} -k undoing",),
    ),
    Mutant(
        "an issue on which engineers set fields is deleted by an undo",
        "hub/undo.py",
        "    elif typed:",
        "    elif False:",
        (f"{STORIES} -k undoing",),
    ),
    Mutant(
        "a side's own limit is not looked at",
        "hub/safety.py",
        "            if most is not None and count > most:",
        "            if most is None and count > limits.touch:",
        (SAFETY,),
    ),
    Mutant(
        "what is rejected leaves the inbox, and is lost",
        "hub/batch.py",
        "                _ = self.rows.pop(Replica(link.system, link.remote_id), None)\n",
        "                pass\n",
        (SAFETY, f"{STORIES} -k stopping"),
    ),
    Mutant(
        "an approved plan takes along what changed since",
        "hub/gate.py",
        "        return part in self.rejected or (self.only_approved and part not in self.approved)",
        "        return part in self.rejected",
        (SAFETY, f"{STORIES} -k stopping"),
    ),
    Mutant(
        "a score that moves makes an approved plan another one",
        "hub/gate.py",
        "    return {name: value for name, value in raw.items() if name not in ours}",
        "    return dict(raw)",
        (SAFETY,),
    ),
    Mutant(
        "what was approved is counted, and stops the run again",
        "hub/gate.py",
        "                if (decision.ticket.id, digest) not in self.approved:",
        "                if True:",
        (SAFETY,),
    ),
    Mutant(
        "changed rule files are written by at once, however much they change",
        "flows/holding.py",
        "        if found is None or found.tickets <= self._run.hub.limits.remap:",
        "        if found is None or found.tickets:",
        (f"{STORIES} -k remapping",),
    ),
    Mutant(
        "a field that nobody ever read is taken to be empty without a look",
        "hub/remap.py",
        "    return ({rule.field for rule in new.rules} | scope) - known",
        "    return scope - known",
        (REMAPPING,),
    ),
    Mutant(
        "what would be written in any case is put down to the new files",
        "hub/remap.py",
        "            changes = {n: v for n, v in operation.changes.items() if n not in had or had[n] != v}",
        "            changes = dict(operation.changes)",
        (REMAPPING,),
    ),
    Mutant(
        "a reconcile that was killed begins anew",
        "flows/reconciling.py",
        "        self.done = self._store.open_pass(report=report) or Pass(now, report=report)",
        "        self.done = Pass(now, report=report)",
        (RECONCILING,),
    ),
    Mutant(
        "a report stages what it saw, and the next run writes it",
        "flows/reconciling.py",
        "        if not self._report and drifted:",
        "        if drifted:",
        (RECONCILING,),
    ),
    Mutant(
        "a reconcile keeps how far it is before it has staged what it saw",
        "flows/reconciling.py",
        "            found = self._page(run, ids)\n",
        "            self._store.save_pass(msgspec.structs.replace(self.done, after=ids[-1]))\n"
        "            found = self._page(run, ids)\n",
        (RECONCILING,),
    ),
)
