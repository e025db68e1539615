"""The Jira connector against a site stand-in over HTTP: reading."""

from __future__ import annotations

import pytest

from hub.errors import SignInFailed
from hub.model import ZENDESK
from hub.replica import Reference
from tests.contract.jira_world import World, world

__all__ = ["world"]


class TestReading:
    """The feed shows every change once, and costs little when nothing changed."""

    def test_everything_first_then_changes_then_one_call(self, world: World) -> None:
        """A quiet feed costs one call."""
        for n in range(3):
            _ = world.person("create", project="SUP", summary=f"Issue {n}")
        _ = world.person("create", project="OPS", summary="not ours", kind="Task")
        seen, cursor = world.drain(None)
        assert [o.raw and o.raw["summary"] for o in seen] == ["Issue 0", "Issue 1", "Issue 2"]
        _, cursor = world.drain(cursor)
        before = world.calls()
        again, cursor = world.drain(cursor)
        assert again == []
        assert world.calls() == before + 1
        _ = world.person("set_fields", issue="SUP-2", fields={"summary": "edited"})
        seen, cursor = world.drain(cursor)
        assert [o.label for o in seen] == ["SUP-2"]
        assert seen[0].raw is not None
        assert seen[0].raw["summary"] == "edited"

    def test_a_late_index_is_looked_at_again(self, world: World) -> None:
        """An issue that the search shows minutes late is not skipped."""
        _ = world.person("create", project="SUP", summary="first")
        _, cursor = world.drain(None)
        world.vendor.settings["search_lag"] = 90.0
        _ = world.person("create", project="SUP", summary="late")
        world.vendor.settings["search_lag"] = 0.0
        _ = world.person("create", project="SUP", summary="early")
        seen, cursor = world.drain(cursor)
        world.clock.advance(120)
        more, cursor = world.drain(cursor)
        names = {o.raw["summary"] for o in [*seen, *more] if o.raw}
        assert names >= {"early", "late"}

    def test_an_old_change_window_closes(self, world: World) -> None:
        """Once looked at again after the lag, what was shown is not listed any more."""
        _ = world.vendor.seed("bulk", issues=250)
        _, cursor = world.drain(None)
        for _ in range(3):
            world.clock.advance(400)
            _, cursor = world.drain(cursor)
        before = world.calls()
        _, cursor = world.drain(cursor)
        assert world.calls() - before <= 1
        assert len(cursor) < 4000

    def test_backfill_costs_one_call_a_hundred(self, world: World) -> None:
        """The first reading lists ids in big pages and fetches by the hundred."""
        _ = world.vendor.seed("bulk", issues=500)
        before = world.calls()
        seen, _ = world.drain(None)
        assert len({o.remote_id for o in seen}) == 500
        assert world.calls() - before <= 5 + 2 + 1

    def test_long_threads_are_read_whole(self, world: World) -> None:
        """More comments than an answer carries are read page by page."""
        _ = world.person("create", project="SUP", summary="talk")
        for n in range(45):
            _ = world.person("comment", issue="SUP-1", body=f"word {n}")
        [seen], _ = world.drain(None)
        assert [c.body for c in seen.comments] == [f"word {n}" for n in range(45)]
        assert seen.comments_complete

    def test_times_are_utc_whatever_our_profile_says(self, world: World) -> None:
        """The account's zone is America/Los_Angeles; nobody sees that."""
        _ = world.person("create", project="SUP", summary="when")
        [seen], _ = world.drain(None)
        assert seen.raw is not None
        assert seen.raw["created"].endswith("Z")
        assert seen.raw["created"].startswith("2026-05-28T20:26")

    def test_an_engineers_link_to_a_ticket_is_a_reference(self, world: World) -> None:
        """A remote link names its ticket, by the address of its page."""
        _ = world.person("create", project="SUP", summary="linked")
        _, cursor = world.drain(None)
        _ = world.person(
            "add_remote_link", issue="SUP-1", url="https://acme.zendesk.com/agent/tickets/42", title="#42"
        )
        [seen], _ = world.drain(cursor)
        assert seen.references == (Reference(ZENDESK, "42"),)

    def test_a_marked_comment_is_for_the_customer(self, world: World) -> None:
        """`#customer` on the first line marks it, and is not part of it."""
        _ = world.person("create", project="SUP", summary="marked")
        _ = world.person("comment", issue="SUP-1", body="#customer\nFixed in 2.1")
        _ = world.person("comment", issue="SUP-1", body="among us")
        seen = world.see("SUP-1")
        assert [(c.body, c.marked, c.public) for c in seen.comments] == [
            ("Fixed in 2.1", True, False),
            ("among us", False, False),
        ]

    def test_gone_is_told_apart(self, world: World) -> None:
        """Deleted is said only where we may see the project."""
        _ = world.person("create", project="SUP", summary="short-lived")
        _ = world.person("delete", issue="SUP-1")
        seen = world.jira.fetch(["SUP-1", "NOPE-1"])
        assert seen["SUP-1"].gone is not None
        assert seen["SUP-1"].gone.how == "deleted"
        assert seen["NOPE-1"].gone is not None
        assert seen["NOPE-1"].gone.how == "absent"

    def test_wrong_credentials_are_noticed(self, world: World) -> None:
        """Also where Jira answers an anonymous caller with an empty list."""
        bad = world.connect(token="wrong")
        with pytest.raises(SignInFailed):
            _ = list(bad.changes(None))
