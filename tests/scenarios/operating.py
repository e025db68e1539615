"""What whoever runs the hub does in a story: undo, limits and approvals, other rule files, reconcile."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from typing import Any

from flows.canary import run_canary
from flows.holding import decide
from flows.inline import run_sync
from flows.reconciling import forecast, run_reconcile
from flows.remapping import reviewed, with_rules
from flows.undoing import undo_run
from flows.vitals import last_walk
from hub.replica import Page
from hub.reviews import review_markdown
from tests.world import World, writes

Details = Mapping[str, Any]


class Operating:
    """Verbs of a story; `Stage` has them too."""

    world: World
    names: dict[str, Any]
    last: Any

    def _of(self, name: str) -> Any:
        raise NotImplementedError

    def _ran(self, run: Any) -> None:
        raise NotImplementedError

    # undo -----------------------------------------------------------------------------------------

    def do_call(self, name: str, _: Details | None) -> None:
        """`call NAME`: the last run that wrote is called so from now on."""
        self.names[name] = self.last.id

    def do_undo(self, name: str, details: Details | None) -> None:
        """
        `undo`, `undo RUN`: take back the last run that wrote, or the one called so; `undo that`: the last undo.

        `ticket` without a run: what every run wrote to it, `since` a run. `field`, `dry`. `kept`: what must
        be left as it is, by its reason; `restored`: how much is taken back.
        """
        said = dict(details or {})
        self.world.tick()
        ticket = f"#{self._of(said['ticket'])}" if "ticket" in said else ""
        run = self.names[name] if name else ("" if ticket and not said.get("run") else self.last.id)
        done = undo_run(
            self.world.assembly,
            run,
            ticket=ticket,
            since=self.names[said["since"]] if "since" in said else "",
            fields=(said["field"],) if "field" in said else (),
            dry_run=said.get("dry", False),
        )
        if done["undo"]:
            self.names["that"] = done["undo"]
        for why in said.get("kept", ()):
            assert any(why in f"{one['what']}: {one['why']}" for one in done["kept"]), done
        if "restored" in said:
            assert len(done["restored"]) == said["restored"], done

    # faults -----------------------------------------------------------------------------------------

    def do_down(self, side: str, details: Details | None) -> None:
        """`down jira`: it answers nothing from now on; `writes`: it takes no writes."""
        self.world.sandbox.faults[side].always("fail_500", **(details or {}))

    def do_up(self, side: str, _: Details | None) -> None:
        self.world.sandbox.faults[side].clear()

    # the canary -------------------------------------------------------------------------------------

    def do_canary(self, _: str, expected: Any) -> None:
        """`canary: arrives`: it walks over all sides, carried by runs; or what is said of where it is lost."""

        def carry() -> None:
            self.world.tick(120)
            _ = run_sync(self.world.assembly)

        record = run_canary(self.world.assembly, carry)
        walk = last_walk(self.world.store)
        assert walk is not None
        if expected == "arrives":
            assert (record.state, walk.ok) == ("clean", True), walk
        else:
            assert (record.state, walk.ok) == ("failed", False), walk
            assert expected in walk.told, walk.told

    # the safety stop --------------------------------------------------------------------------------

    def do_limits(self, _: str, details: Details | None) -> None:
        """Limits of policy.yaml, by name; `sides`: of one side."""
        file = self.world.folder / "mappings" / "policy.yaml"
        text = file.read_text()
        for name, value in (details or {}).items():
            line = f"  {name}: {value}".replace("'", "")
            if re.search(rf"^  {name}: ", text, re.MULTILINE):
                text = re.sub(rf"^  {name}: [^\n#]*", line + " ", text, count=1, flags=re.MULTILINE)
            else:
                text = _beneath_limits(text, line)
        file.write_text(text)
        self.world.reborn()

    def do_rules(self, file: str, changes: Details | None) -> None:
        """`rules jira.yaml: {TEXT: OTHER}`: somebody edits a file of the mapping folder in place."""
        _edit(self.world.folder / "mappings" / file, changes or {})
        self.world.reborn()

    def do_stops(self, when: str, because: Any) -> None:
        """`stops`, `stops at_reconcile`: the next run stops before its first write, and says why."""
        before = self.world.store.conflicts(only_open=False)
        self.world.tick(self.world.pause)
        act = run_reconcile if when == "at_reconcile" else run_sync
        run = act(self.world.assembly)
        assert (run.state, writes(run)) == ("stopped", 0), run.summary
        assert str(because) in str(run.summary["error"]), run.summary["error"]
        assert self.world.store.conflicts(only_open=False) == before

    def do_approval(self, _: str, expected: Any) -> None:
        """What waits for a decision: `tickets`, counts by side, `shows`: parts of its lines; `none`."""
        found = self.world.store.held_plans(("waiting",))
        if expected in (None, "none"):
            assert not found, found
            return
        [plan] = found
        told = [f"{r.system} {r.what}: {s.before} -> {s.after}" for r in plan.rows for s in r.samples]
        for what, wanted in expected.items():
            if what == "tickets":
                assert plan.tickets == wanted, plan
            elif what == "shows":
                assert all(any(part in one for one in told) for part in wanted), told
            else:
                assert dict(plan.toll.sides[what]) == wanted, plan.toll

    def do_approve(self, _: str, __: Any) -> None:
        """Somebody approves the plan that waits; the next run does it."""
        [plan] = self.world.store.held_plans(("waiting",))
        _ = decide(self.world.assembly, plan.checksum, "approved", "kim")

    def do_reject(self, _: str, __: Any) -> None:
        [plan] = self.world.store.held_plans(("waiting",))
        _ = decide(self.world.assembly, plan.checksum, "rejected", "kim")

    def do_apply(self, _: str, details: Details | None) -> None:
        """`hub apply --checksum` of the plan that waits; `kept_back`: tickets that were not in it as they are."""
        [plan] = self.world.store.held_plans(("waiting",))
        self.world.tick()
        run = run_sync(self.world.assembly, "apply", checksum=plan.checksum)
        self._ran(run)
        kept: Any = run.summary.get("kept_back") or {"tickets": 0}
        assert kept["tickets"] == (details or {}).get("kept_back", 0), run.summary

    # other rule files -------------------------------------------------------------------------------

    def do_review(self, file: str, details: Details | None) -> None:
        """
        `review jira.yaml: {change: {TEXT: OTHER}, tickets: 2, says: [...]}`: what would that edit do?

        Nothing is done. `says`: parts of the page for the pull request.
        """
        said = dict(details or {})
        new = self.world.folder / "proposed"
        shutil.rmtree(new, ignore_errors=True)
        _ = shutil.copytree(self.world.folder / "mappings", new)
        if file:
            _edit(new / file, said.get("change", {}))
        before = {s: sum(c.calls().values()) for s, c in self.world.assembly.connectors.items()}
        found = reviewed(self.world.assembly, with_rules(self.world.assembly, new))
        page = review_markdown(found)
        assert found.tickets == said.get("tickets", 0), page
        for part in said.get("says", ()):
            assert part in page, page
        if said.get("asks") == "nobody":
            after = {s: sum(c.calls().values()) for s, c in self.world.assembly.connectors.items()}
            assert after == before

    # reconcile --------------------------------------------------------------------------------------

    def do_reconcile(self, _: str, details: Details | None) -> None:
        """Hold everything against the hub; `most`: tickets in one night; `compared`, `drifted`: how many."""
        said = dict(details or {})
        self.world.tick(self.world.pause)
        run = run_reconcile(self.world.assembly, most=said.get("most", 0))
        self._ran(run)
        for name in ("compared", "drifted"):
            if name in said:
                assert run.summary[name] == said[name], run.summary

    def do_missed(self, _: str, __: Any) -> None:
        """What happened up to now, no feed ever shows: their cursors are moved past it."""
        self.world.tick(3600)
        store = self.world.store
        for system, connector in self.world.assembly.connectors.items():
            for page in connector.changes(store.cursors().get(system)):
                store.stage(system, Page((), page.cursor), self.world.iso())
        self.world.tick(3600)

    def do_differs(self, _: str, expected: Any) -> None:
        """`hub reconcile --report`: what differs but for what the hub computes, and who is right; nothing is written."""
        self.world.tick()
        run = run_reconcile(self.world.assembly, report=True)
        assert writes(run) == 0
        done: Any = run.summary["pass"]
        told = [
            f"{r['system']} {r['what']}: {s['hub'] or '(empty)'} / {s['side'] or '(empty)'}, {r['right']} is right"
            for r in done.get("rows", ())
            for s in r["samples"]
            if r["right"] != "computed"
        ]
        assert len(told) == len(expected), told
        for part in expected:
            assert any(part in one for one in told), told

    def do_forecast(self, _: str, expected: Details | None) -> None:
        """What a reconcile would ask of each side, in calls."""
        found = forecast(self.world.assembly)
        assert {s: one["calls"] for s, one in found["sides"].items()} == dict(expected or {}), found


def _beneath_limits(text: str, line: str) -> str:
    head, found, rest = text.partition("\nlimits:")
    assert found, "no limits in policy.yaml"
    first, _, more = rest.partition("\n")
    return f"{head}{found}{first}\n{line}\n{more}"


def _edit(file: Any, changes: Details) -> None:
    text = file.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, f"{file.name} has {text.count(old)} of {old!r}"
        text = text.replace(old, str(new))
    _ = file.write_text(text)
