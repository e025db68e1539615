"""Mistakes that somebody could make with several workers; they show on PostgreSQL alone."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

STORE = "tests/unit/store/test_workers.py"
WAVES = "tests/properties/test_waves.py"
UNCOUNTED = "tests/properties/test_uncounted.py"
SHARED = "tests/properties/test_shared_at_work.py"
OUTDATED = "tests/flows/test_outdated.py"
TAKEN = "tests/flows/test_taken_over.py"

WORKER_MUTANTS = (
    Mutant(
        "a cluster of which another worker has a part is worked on all the same",
        "hub/claimed.py",
        "        batch.busy.update(wanted[name] for name in theirs)",
        "        batch.busy.update(wanted[name] for name in theirs if name not in wanted)",
        (SHARED,),
    ),
    Mutant(
        "of what was read too early, what a plain look leaves out is let go",
        "hub/gather.py",
        "        short = [r for r, old in read.items() if r in batch.fresh and not covers(batch.seen[r], old)]",
        "        short = [r for r in read if r not in batch.fresh]",
        (OUTDATED,),
    ),
    Mutant(
        "what was read before a write is taken at its word after it",
        "hub/store/stamps.py",
        "        if at < max(oldest, known.get(replica, 0)):\n            gone",
        "        if at < oldest:\n            gone",
        (STORE,),
    ),
    Mutant(
        "a look that began before another worker's write is believed",
        "hub/store/stamps.py",
        "    return {replica for replica, at in ticks.items() if at < max(oldest, known.get(replica, 0))}",
        "    return {replica for replica, at in ticks.items() if at < oldest}",
        (STORE,),
    ),
    Mutant(
        "who was taken for dead goes on writing",
        "hub/store/lease.py",
        "            ours = connection.execute(_locked(mine, due)).first() is not None",
        "            ours = connection.execute(_locked(mine, due)) is not None",
        (STORE,),
    ),
    Mutant(
        "who was taken for dead goes on writing to the sides",
        "connectors/sharing.py",
        "            self._still()\n",
        "            pass\n",
        (TAKEN,),
    ),
    Mutant(
        "two threads that renew share what both are to change",
        "hub/store/lease.py",
        "    return row.with_for_update(key_share=True) if due else row.with_for_update(read=True)",
        "    return row.with_for_update(read=True)",
        (STORE,),
    ),
    Mutant(
        "what was stored slowly comes below what was counted",
        "hub/store/inbox.py",
        "        connection.execute(_IN_ORDER)\n",
        "        pass\n",
        (STORE,),
    ),
    Mutant(
        "a creation late in a long run is given up at once",
        "hub/waited.py",
        "    if at == begun:",
        "    if True:",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "a label that somebody set meanwhile is taken for what we wrote",
        "hub/merge.py",
        "    return [*(one for one in shows if _word(one) in known), *took]",
        "    return shows",
        ("tests/scenarios/test_failing.py",),
    ),
    Mutant(
        "the claims of the dead stay for ever",
        "hub/store/lease.py",
        "            _ = self._at_work(connection, now)  # the claims of the dead are free from here on",
        "            _ = now",
        (STORE,),
    ),
    Mutant(
        "workers begin while somebody waits to have the store alone",
        "hub/store/lease.py",
        "            if wish is not None and seconds_between(wish.renewed, now) < WISHES:",
        "            if wish is not None and seconds_between(wish.renewed, now) < 0:",
        (STORE,),
    ),
    Mutant(
        "workers take what nobody counted",
        "hub/sync.py",
        "        until = store.admitted() if store.shared and not self.gate.only_approved else row",
        "        until = row",
        (WAVES,),
    ),
    Mutant(
        "the pages of a feed are taken up one by one, each too small to be too much",
        "hub/store/inbox.py",
        'claims.c.name.startswith(feed_claim(System("")))',
        'claims.c.name == feed_claim(System(""))',
        (STORE,),
    ),
    Mutant(
        "what comes to tickets that are let through is done, however much",
        "hub/sync.py",
        "        late = [p for p in plans if batch.youngest_row(p.decisions) > until]",
        "        late = [p for p in plans if batch.youngest_row(p.decisions) < 0]",
        (UNCOUNTED,),
    ),
    Mutant(
        "what was done uncounted is not added to the next count",
        "hub/sync.py",
        "        if total == Toll() or not all_of_it:",
        "        if True:",
        (UNCOUNTED,),
    ),
    Mutant(
        "what was done uncounted counts for ever",
        "hub/sync.py",
        "            self.uncounted.counted()",
        "            pass",
        (UNCOUNTED,),
    ),
    Mutant(
        "each worker may do as much uncounted as all together",
        "hub/store/claim_store.py",
        "            claims.put_uncounted(connection, total)\n        return True",
        "            pass\n        return True",
        (UNCOUNTED, "tests/unit/store/test_uncounted.py"),
    ),
    Mutant(
        "two that add at once to what was done uncounted each see the sum before",
        "hub/store/claims.py",
        "        query = query.with_for_update()",
        "        pass",
        ("tests/unit/store/test_uncounted.py",),
    ),
    Mutant(
        "what comes to tickets that are let through is not counted",
        "hub/store/inbox.py",
        "other.c.id > part.since, other.c.id < inbox.c.id",
        "other.c.id < inbox.c.id",
        (UNCOUNTED, "tests/unit/store/test_uncounted.py"),
    ),
    Mutant(
        "half a feed is counted",
        "hub/store/inbox.py",
        "        counters.c.value < row.c.id,\n",
        "        counters.c.value > row.c.id,\n",
        (STORE, WAVES),
    ),
    Mutant(
        "of a large wave half a feed is let through",
        "hub/sync.py",
        "        row, after = store.complete_row(), waiting.before()",
        "        row, after = store.last_row(), waiting.before()",
        (WAVES,),
    ),
    Mutant(
        "who asks for a turn while somebody has the store alone keeps it from all",
        "flows/watching.py",
        "            self.turn.give_back(assembly.store)",
        "            self._asked = True",
        ("tests/flows/test_watch.py",),
    ),
    Mutant(
        "the first run of all is one at once, and everything is too much for it",
        "flows/prompting.py",
        "            self._begun = assembly.store.kept(BEGUN) is not None",
        "            self._begun = True",
        ("tests/flows/test_prompting.py",),
    ),
    Mutant(
        "each worker goes by the limit that it was told itself, or is documented",
        "hub/store/budget_rules.py",
        """return wish._replace(most=row["level"] or wish.most)""",
        "return wish",
        ("tests/unit/store/test_budgets.py",),
    ),
    Mutant(
        "of two runs at once, one has the other's log lines",
        "hub/spans.py",
        "        return context.copy().run(function, *args, **kwargs)",
        "        return function(*args, **kwargs)",
        ("tests/flows/test_logs.py",),
    ),
    Mutant(
        "each worker goes by a clock of its own",
        "flows/turns.py",
        "if self.shared else 0.0",
        "if not self.shared else 0.0",
        ("tests/flows/test_watch.py",),
    ),
    Mutant(
        "two workers that ask at once both have the turn",
        "hub/store/turns.py",
        "    if 0 < left <= seconds:",
        "    if left > seconds:",
        ("tests/unit/store/test_turns.py",),
    ),
    Mutant(
        "a clock that was set back stops every worker",
        "hub/store/turns.py",
        "    if 0 < left <= seconds:",
        "    if 0 < left:",
        ("tests/unit/store/test_turns.py",),
    ),
)
