"""Whether what people typed into fields is still there, stands everywhere, and is nobody's invention."""

from __future__ import annotations

from typing import Any

from sandbox.jira.world import HUB
from tests.chaos.judge import Judge
from tests.chaos.ledger import Story, Typed
from tests.chaos.plan import GROUP, VENDORS
from tests.chaos.sight import EXACT, FIELDS
from tests.properties.sides import SHOWS_STATUS

RACE = 60.0
"""Seconds within which an edit in Jira may be overwritten by a write that was under way (docs/limits.md)."""
ALONE = 60.0
"""Seconds without another's act around an act: whoever did it saw everything."""
DONE = ("solved", "closed")
CASE_SHOWS = {"new": "New", "solved": "Closed", "closed": "Closed"}
CASE_OPEN = ("Working", "Escalated")


class Edits(Judge):
    """`loses_no_edit`, `lone_edit_wins`, `converges`, `never_reopens`, and the tickets themselves."""

    def doubles_no_ticket(self, story: Story) -> None:
        for side, where in (
            ("zendesk", self.sight.tickets),
            ("jira", self.sight.issues),
            ("salesforce", self.sight.cases),
        ):
            ids = where.get(story.number, [])
            self._count("doubles_nothing")
            if len(ids) > 1:
                self._broken("doubles_nothing", story, f"{len(ids)} of it on {side}: {ids}")
            if not ids and self._belongs(story, side):
                self._broken("converges", story, f"it never came to {side}")

    @staticmethod
    def _belongs(story: Story, side: str) -> bool:
        """Whether it must have come to a side: people may have solved or deleted it before it could."""
        if story.has("delete", "merge") or any(t.register == "status" for t in story.typed):
            return False
        return not (side == "jira" and story.birth.fate == "sharing" and story.number % GROUP)

    def stays_deleted(self, story: Story) -> None:
        for _, what, where in story.ends:
            if what == "delete":
                self._count("stays_deleted")
                if self.sight.on(where, story.number) is not None:
                    self._broken("stays_deleted", story, f"deleted on {where}, and there again")

    def loses_no_edit(self, story: Story) -> None:
        """Every value typed is final, was replaced by somebody who had seen it, or can be restored."""
        exact = [typed for typed in story.typed if typed.register in EXACT]
        for typed in exact:
            self._count("loses_no_edit")
            replaced = {other.saw for other in exact if other.register == typed.register}
            if typed.value in replaced or typed.value in self.kept or self._stands(story, typed):
                continue
            if typed.side == "jira" and self._raced(story, typed):
                self.found.counts["raced in Jira (docs/limits.md)"] += 1
                continue
            if story.has("delete") and any(w == typed.side == "jira" for _, _, w in story.ends):
                continue  # the issue is gone with all that was typed there
            self._broken(
                "loses_no_edit",
                story,
                f"{typed.register}: {typed.value!r} of act #{typed.act} on {typed.side}",
            )
        self._loses_no_tag(story)
        self._lone_edits_win(story)

    def _loses_no_tag(self, story: Story) -> None:
        shown: set[str] = set()
        for side in ("zendesk", "jira"):
            it = self._ever(side, story)
            if it is not None:
                shown |= set(it.tags if side == "zendesk" else it.values.get("labels") or [])
        for typed in story.typed:
            if typed.register == "tags":
                self._count("loses_no_edit")
                if typed.value in shown | self.kept or story.has("delete"):
                    continue
                if self._raced(story, typed):
                    self.found.counts["raced in Jira (docs/limits.md)"] += 1
                else:
                    self._broken(
                        "loses_no_edit", story, f"tag {typed.value!r} of act #{typed.act} on {typed.side}"
                    )

    def _lone_edits_win(self, story: Story) -> None:
        """The last edit of a field, made when every side showed the same, is what everybody sees."""
        last = {typed.register: typed for typed in story.typed if typed.register not in ("tags", "status")}
        for register, typed in last.items():
            others = [t for t in story.typed if t.register == register and t is not typed]
            alone = all(typed.at - t.at > ALONE for t in others) and not self._is_disputed(story, register)
            if not (typed.agreed and alone) or story.birth.fate not in ("plain", "moved") or story.ends:
                continue
            self._count("lone_edit_wins")
            for side in FIELDS[register]:
                it = self.sight.on(side, story.number)
                wanted = typed.value
                if it is None or (side == "salesforce" and register == "priority" and wanted == "urgent"):
                    continue
                if self.sight.shows(side, register, it) != wanted and not self._is_parked(side, it):
                    self._broken(
                        "lone_edit_wins",
                        story,
                        f"{register}: {wanted!r} of act #{typed.act} is not on {side}",
                    )

    def _stands(self, story: Story, typed: Typed) -> bool:
        sides = FIELDS[typed.register]
        return any(self.sight.shows(s, typed.register, self._ever(s, story)) == typed.value for s in sides)

    def _raced(self, story: Story, typed: Typed) -> bool:
        it = self.sight.issue(story.number)
        field = "labels" if typed.register == "tags" else FIELDS[typed.register]["jira"][0].lower()
        for history in it.histories if it is not None else ():
            if history.author != HUB:
                continue
            for item in history.items:
                before = str(item.before_text or item.before or "")
                same = typed.value in (before, before.removesuffix(".0"), *before.split())
                same = same and typed.value not in str(item.after_text or item.after or "").split()
                if item.field.lower() == field and same:
                    return 0 <= history.created / 1000 - typed.at <= RACE
        return False

    def converges(self, story: Story) -> None:
        sides = {side: self.sight.on(side, story.number) for side in VENDORS}
        if story.birth.fate == "sharing":
            del sides["jira"]  # it shows the sum
        there = {side: it for side, it in sides.items() if it is not None}
        if story.has("merge") or ("zendesk" in there and there["zendesk"].status == "closed"):
            return
        if story.has("heir"):
            there.pop("jira", None)  # two issues: each has words of its own
        for register, fields in FIELDS.items():
            values = {s: self.sight.shows(s, register, it) for s, it in there.items() if s in fields}
            if register == "priority":
                values = _as_far_as_words_go(values)
            self._count("converges")
            if len(set(values.values())) > 1 and not any(self._is_parked(s, it) for s, it in there.items()):
                self._broken("converges", story, f"{register}: {values}")
        self._statuses_agree(story, there)

    def _statuses_agree(self, story: Story, there: dict[str, Any]) -> None:
        if "zendesk" not in there or any(self._is_parked(s, it) for s, it in there.items()):
            return
        status = there["zendesk"].status
        self._count("converges")
        if (
            "jira" in there
            and (shown := self.sight.status("jira", there["jira"])) not in SHOWS_STATUS[status]
        ):
            self._broken("converges", story, f"status: {status} in Zendesk, {shown} in Jira")
        if "salesforce" in there:
            shown = self.sight.status("salesforce", there["salesforce"])
            fits = shown == CASE_SHOWS[status] if status in CASE_SHOWS else shown in CASE_OPEN
            if not fits:
                self._broken("converges", story, f"status: {status} in Zendesk, {shown} in Salesforce")

    def never_reopens(self, story: Story) -> None:
        """Who solved a ticket, alone, and no customer wrote: it is solved."""
        moves = [typed for typed in story.typed if typed.register == "status"]
        it = self.sight.ticket(story.number)
        if not moves or it is None or story.ends or story.birth.fate == "sharing":
            return
        last, earlier = moves[-1], moves[:-1]
        alone = all(last.at - one.at > ALONE for one in earlier) and not self._is_disputed(story, "status")
        heard = any(said.side == "email" and said.at > last.at - ALONE for said in story.said)
        if last.value in ("solved", "Done", "Closed") and alone and not heard:
            self._count("never_reopens")
            if it.status not in DONE and not self._is_parked("zendesk", it):
                self._broken(
                    "never_reopens", story, f"{last.value} by act #{last.act} on {last.side}; now {it.status}"
                )


def _as_far_as_words_go(values: dict[str, str | None]) -> dict[str, str | None]:
    """A Case has no word for urgent; a ticket without a priority says nothing of it."""
    if values.get("zendesk") is None and "zendesk" in values:
        return {}
    if values.get("zendesk", values.get("jira")) == "urgent":
        return {s: v for s, v in values.items() if s != "salesforce"}
    return values
