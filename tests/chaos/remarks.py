"""Whether what people said stands once wherever it should, in order, and nowhere else."""

from __future__ import annotations

import re
from collections import Counter

from sandbox.email.writing import parsed
from tests.chaos.judge import Judge
from tests.chaos.ledger import Said, Story
from tests.chaos.people import is_ours
from tests.chaos.plan import GROUP, VENDORS

KEY = re.compile(r"\b([cfan]\d+x said)\b")
NAME = re.compile(r"\b[fa]\d+x\.txt\b")


class Remarks(Judge):
    """`doubles_nothing`, `invents_nothing`, `keeps_secrets`, `keeps_order`."""

    def hears_everything_once(self, story: Story) -> None:
        """Each comment and file stands once on each side; what customers may read reached them once."""
        for side in VENDORS:
            it = self.sight.on(side, story.number)
            if it is None:
                continue
            texts = [text for text, _ in self.sight.said(side, it)]
            names = Counter(name for name, _ in self.sight.files(side, it))
            for said in story.said:
                if said.key:
                    self._stands_once(story, said, side, texts)
                if said.file:
                    self._count("doubles_nothing")
                    if names[said.file] > 1 or (names[said.file] < 1 and self._must_stand(story, said, side)):
                        times = names[said.file]
                        self._broken(
                            "doubles_nothing",
                            story,
                            f"{said.file} of #{said.act} stands {times} times on {side}",
                        )
            self._invents_nothing(story, side, texts)
        if story.birth.born == "email":
            self._reaches_its_customer(story)

    def _must_stand(self, story: Story, said: Said, side: str) -> bool:
        if story.has("delete", "merge", "heir", "link", "unlink") or story.birth.fate == "sharing":
            return side == said.side and not story.has("merge")
        return not self._is_parked(side, self.sight.on(side, story.number))

    def _stands_once(self, story: Story, said: Said, side: str, texts: list[str]) -> None:
        now = story.corrected.get(said.key, said.key)
        for key in {said.key, now}:
            times = sum(key in text for text in texts)
            self._count("doubles_nothing")
            if times > 1:
                self._broken(
                    "doubles_nothing",
                    story,
                    f"{key!r} of #{said.act} stands {times} times on {side}: {texts}",
                )
            elif times < 1 and key == now and self._must_stand(story, said, side):
                self._broken(
                    "loses_no_edit", story, f"{key!r} of #{said.act} on {said.side} is not on {side}"
                )

    def _invents_nothing(self, story: Story, side: str, texts: list[str]) -> None:
        """Each comment was said by somebody on this ticket (or one merged into it), or is a note of the hub's."""
        own = {said.key for said in story.said} | set(story.corrected.values())
        group = range(story.number - story.number % GROUP, story.number - story.number % GROUP + GROUP)
        for text, times in Counter(texts).items():
            keys = set(KEY.findall(text))
            self._count("invents_nothing")
            if not keys and times > 1:
                self._broken("doubles_nothing", story, f"a note stands {times} times on {side}: {text[:80]!r}")
            if keys <= own:
                continue
            near = {s.key for n in group if n < len(self.ledger.stories) for s in self.ledger.stories[n].said}
            near |= {
                k
                for n in group
                if n < len(self.ledger.stories)
                for k in self.ledger.stories[n].corrected.values()
            }
            if not keys <= near or not story.has("merge", "heir", "link", "unlink"):
                if story.birth.fate == "sharing" and keys <= near:
                    continue
                self._broken(
                    "invents_nothing", story, f"on {side} stands what nobody said there: {text[:80]!r}"
                )

    def _reaches_its_customer(self, story: Story) -> None:
        texts = [
            parsed(mail)["text"]
            for mail in self.sight.got(story.customer)
            if is_ours(self.house.support, mail)
        ]
        for said in story.said:
            if said.audience == "internal" or not said.key or said.side == "email":
                continue
            now = story.corrected.get(said.key, said.key)
            times = {key: sum(key in text for text in texts) for key in {said.key, now}}
            self._count("doubles_nothing")
            if any(n > 1 for n in times.values()):
                self._broken("doubles_nothing", story, f"{said.key!r} was mailed {times}")
            if not any(times.values()) and not story.has("delete", "merge"):
                self._broken("loses_no_edit", story, f"{said.key!r} of #{said.act} was never mailed")

    def keeps_secrets(self, story: Story) -> None:
        """What is not for customers is in no byte that a customer can read; nor is another customer's."""
        own = {s.key for s in story.said if s.audience != "internal"}
        if story.birth.fate == "sharing":  # what engineers mark for customers is for those of every ticket
            shared = self.ledger.stories[story.number - story.number % GROUP]
            own |= {s.key for s in shared.said if s.audience == "customer"}
            own |= {shared.corrected[key] for key in own if key in shared.corrected}
        own |= {story.corrected[key] for key in own if key in story.corrected}
        for near in self._merged_with(story):
            own |= {s.key for s in near.said if s.audience != "internal"} | set(near.corrected.values())
        files = {s.file for s in story.said if s.audience != "internal"}
        for where, text in self._read_by_customers(story):
            self._count("keeps_secrets")
            leaked = set(KEY.findall(text)) - own
            if leaked:
                self._broken("keeps_secrets", story, f"customers read {leaked} in {where}")
        it = self.sight.ticket(story.number)
        for name, public in self.sight.files("zendesk", it) if it is not None else ():
            if public and NAME.fullmatch(name) and name not in files and not story.has("heir", "merge"):
                self._broken("keeps_secrets", story, f"customers can open {name} in Zendesk")

    def _merged_with(self, story: Story) -> list[Story]:
        first = story.number - story.number % GROUP
        near = self.ledger.stories[first : first + GROUP]
        return [one for one in near if one.has("merge", "heir")] if story.has("merge", "heir") else []

    def _read_by_customers(self, story: Story) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for side in ("zendesk", "salesforce"):
            it = self._ever(side, story)
            if it is not None:
                found += [(side, text) for text, public in self.sight.said(side, it) if public]
        for mail in self.sight.got(story.customer):
            if is_ours(self.house.support, mail):
                seen = parsed(mail)
                found.append(
                    ("a mail", f"{seen['subject']}\n{seen['text']}\n{seen['html']}\n{seen['headers']}")
                )
                found.append(("a mail's bytes", mail.content.read().decode("utf-8", "replace")))
        return found

    def keeps_order(self, story: Story) -> None:
        """What was said on one side stands in that order on the others."""
        order = {said.key: (said.side, at) for at, said in enumerate(story.said) if said.key}
        for side in VENDORS:
            it = self.sight.on(side, story.number)
            rows = [text for text, _ in self.sight.said(side, it)] if it is not None else []
            for origin in (*VENDORS, "email"):
                places = [
                    order[k][1]
                    for text in rows
                    for k in KEY.findall(text)[-1:]
                    if order.get(k, ("",))[0] == origin
                ]
                self._count("keeps_order")
                if places != sorted(places):
                    self._broken(
                        "keeps_order",
                        story,
                        f"what was said on {origin} stands in another order on {side}: {places}",
                    )
