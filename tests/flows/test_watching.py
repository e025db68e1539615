"""Who is alive tells people what is wrong with the hub: once when it begins, once when it is over, never a flood."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flows.reminding import reminders
from flows.rescoring import run_rescore
from flows.vitals import health_of
from flows.vitals_pulse import pulse
from flows.vitals_round import MEMORY, looked_after, summary
from hub.vitals import Alarm
from hub.vitals_telling import PAUSE, SETTLES, Memory, Round, decide, may_send, text_of
from tests.flows.test_alerting import SECRET, Channel
from tests.properties.sides import HANDED_OVER
from tests.world import World

LATE = Alarm("late:sync", "no sync ended well", "look at the scheduler", "urgent")
PILE = Alarm("parked", "60 parked", "hub parked")


def at(minutes: float) -> str:
    day, rest = divmod(int(minutes * 60), 86_400)
    return f"2026-03-{2 + day:02}T{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}Z"


def rounds(*given: tuple[float, list[Alarm]], awake: bool = True) -> list[Round]:
    memory, found = Memory(), []
    for minutes, alarms in given:
        one = decide(alarms, memory, at(minutes), awake=awake)
        found.append(one)
        memory = one.memory
    return found


def test_an_alarm_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    told = rounds((0, [LATE]), (2, [LATE]), (4, []), (6, []), (16, []), (18, []))

    assert [(len(r.begun), len(r.still), len(r.over)) for r in told] == [
        (1, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0),
    ]  # fmt: skip
    assert "OVER after 4 minutes: no sync ended well" in text_of(told[4], at(16))


def test_what_comes_and_goes_is_one_alarm() -> None:
    flapping = [(n * 2.0, [LATE] if n % 2 else []) for n in range(30)]

    told = rounds(*flapping)

    assert sum(len(r.begun) + len(r.over) for r in told) == 1


def test_what_lasts_is_told_again_once_a_day() -> None:
    told = rounds(*[(n * 60.0, [PILE]) for n in range(50)])

    assert [n for n, r in enumerate(told) if r.still] == [24, 48]
    assert "(for 24 hours now)" in text_of(told[24], at(24 * 60))


def test_at_night_only_what_is_urgent_goes_out_and_the_rest_waits_for_the_morning() -> None:
    night = decide([LATE, PILE], Memory(), at(0), awake=False)
    assert [alarm.key for alarm in night.begun] == ["late:sync"]

    morning = decide([LATE, PILE], night.memory, at(60), awake=True)
    assert [alarm.key for alarm in morning.begun] == ["parked"]


def test_messages_keep_their_distance() -> None:
    assert may_send(Memory(), at(0))
    assert not may_send(Memory(sent=at(0)), at((PAUSE - 1) / 60))
    assert may_send(Memory(sent=at(0)), at(PAUSE / 60))


# over HTTP --------------------------------------------------------------------------------------


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.close()


def world_of(folder: Path, channel: Channel, **watch: Any) -> World:
    world = World(
        folder, scoring={"encoder": False}, watch={"urls": [channel.url], "hours": "always", **watch}
    )
    _ = world.sync()
    return world


def test_a_rescore_tells_that_no_sync_runs_any_more_and_the_next_sync_that_it_is_over(
    tmp_path: Path, channel: Channel
) -> None:
    world = world_of(tmp_path, channel)
    try:
        assert channel.posts == []
        world.tick(3600)
        for _ in range(3):
            _ = run_rescore(world.assembly)
            world.tick(PAUSE)
        [post] = channel.posts
        assert post["title"] == "Support hub: 1 new"
        assert "URGENT: no sync ended well since" in post["message"]
        assert "To do: look at the scheduler" in post["message"]

        _ = world.sync()
        world.tick(SETTLES)
        _ = world.sync()
        assert [post["title"] for post in channel.posts] == ["Support hub: 1 new", "Support hub: 1 over"]
        assert SECRET not in str(world.store.outlook(MEMORY)) + str(world.store.alerts())
    finally:
        world.close()


def test_what_nobody_took_is_told_by_the_next_run(tmp_path: Path, channel: Channel) -> None:
    world = world_of(tmp_path, channel)
    try:
        channel.status = 500
        world.tick(3600)
        _ = run_rescore(world.assembly)
        assert channel.posts == []

        channel.status = 200
        world.tick(60)
        _ = run_rescore(world.assembly)
        assert len(channel.posts) == 1
    finally:
        world.close()


def test_runs_that_fail_are_told_after_the_third(tmp_path: Path, channel: Channel) -> None:
    world = world_of(tmp_path, channel)
    try:
        world.zendesk.person("revoke_api_token")
        world.pause = PAUSE
        for _ in range(4):
            assert world.sync().state == "failed"
        assert len(channel.posts) == 1
        assert "sync failed 3 times in a row" in channel.posts[0]["message"]
        assert "renew the credentials" in channel.posts[0]["message"]
    finally:
        world.close()


def test_a_summary_comes_once_a_day_at_its_time(tmp_path: Path, channel: Channel) -> None:
    world = world_of(tmp_path, channel, summary="00:00")
    try:
        _ = world.sync()
        [post] = channel.posts
        assert post["title"].startswith("Support hub: the day to ")
        assert "Runs: " in post["message"]
        assert "All is well." in post["message"]

        _ = world.sync()
        assert len(channel.posts) == 1
        world.tick(86_400)
        _ = world.sync()
        titles = [post["title"] for post in channel.posts]
        assert len([title for title in titles if "the day to" in title]) == 2
    finally:
        world.close()


def test_a_conflict_that_is_overdue_is_told_and_the_summary_says_for_whom_it_waits(
    tmp_path: Path, channel: Channel
) -> None:
    """By policy.yaml, before it is old for `[watch]`; without either value."""
    world = world_of(tmp_path, channel, age_days=30)
    try:
        number = world.zendesk.person("create", subject="x", priority="low", **HANDED_OVER)["ticket"]
        _ = world.settle()
        world.zendesk.person("set", ticket=number, priority="urgent")
        world.jira.person("set_fields", issue="SUP-1", fields={"priority": "High"})
        _ = world.sync()
        assert [c.register for c in world.store.conflicts()] == ["priority"]
        world.tick(3 * 86_400)
        found = health_of(world.store, world.settings)
        [told] = [a for a in found.alarms if a.key == "overdue"]
        assert told.says == "1 conflict is overdue by policy.yaml, the oldest open for 3 days"
        [line] = reminders(world.store, world.settings, found.overdue, 10)
        assert "Priority is in conflict for 3 d and waits for" in line
        assert "urgent" not in told.says + line
        assert line in summary(found, Memory(), [line])
    finally:
        world.close()


def test_two_processes_that_end_together_tell_it_once(tmp_path: Path, channel: Channel) -> None:
    world = world_of(tmp_path, channel)
    try:
        assert world.store.take_turn("telling", 30) == 0
        assert world.store.take_turn("telling", 30) == 30
        world.tick(31)
        assert world.store.take_turn("telling", 30) == 0
    finally:
        world.close()


def test_telling_that_breaks_never_fails_a_run(tmp_path: Path, channel: Channel) -> None:
    world = world_of(tmp_path, channel)
    try:
        world.store.save_outlook(MEMORY, {"told": "nonsense"}, world.iso())
        world.tick(3600)
        assert run_rescore(world.assembly).state == "clean"
        assert len(channel.posts) == 1
    finally:
        world.close()


# the dead man's switch --------------------------------------------------------------------------


class Switch:
    """A dead man's switch on loopback."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *said: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/{SECRET}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def test_the_switch_hears_of_every_sync_and_how_it_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    switch = Switch()
    world = World(tmp_path, watch={"ping_url": switch.url})
    try:
        _ = world.sync()
        world.zendesk.person("revoke_api_token")
        _ = world.sync()
        assert switch.asked == [f"/{SECRET}", f"/{SECRET}/fail"]
        switch.close()
        assert world.sync().state == "failed", "as before: a switch that is gone changes nothing"
        assert "dead man's switch" in caplog.text
        assert SECRET not in caplog.text
    finally:
        world.close()


def test_memory_of_what_was_told_survives(tmp_path: Path, channel: Channel) -> None:
    """survives_death: another process goes on where the one before it was."""
    world = world_of(tmp_path, channel)
    try:
        world.tick(3600)
        _ = run_rescore(world.assembly)
        world.reborn()
        world.tick(PAUSE + 1)
        _ = run_rescore(world.assembly)
        assert len(channel.posts) == 1
    finally:
        world.close()


def test_a_held_round_forgets_nothing() -> None:
    [first] = rounds((0, [LATE]))
    later = decide([LATE], replace(first.memory, sent=at(0)), at(1), awake=True)
    assert later.empty
    assert later.memory.told["late:sync"].since == at(0)


# processes that go on ---------------------------------------------------------------------------


def test_a_process_leaves_signs_of_life_and_says_goodbye(tmp_path: Path) -> None:
    world = World(tmp_path)
    try:
        with pulse(world.settings, "serve"):
            while "serve" not in world.store.vitals().beats:
                threading.Event().wait(0.01)
            assert world.store.vitals().beats["serve"].state == "alive"
        assert world.store.vitals().beats["serve"].state == "stopped"
    finally:
        world.close()


def test_where_no_flow_runs_any_more_the_receiver_tells(tmp_path: Path, channel: Channel) -> None:
    """Cron is gone, `hub serve` is there: it looks, too, and that sync died is told at last."""
    world = world_of(tmp_path, channel)
    try:
        world.tick(3600)
        looked = threading.Event()

        def look() -> None:
            looked_after(world.assembly)
            looked.set()

        with pulse(world.settings, "serve", every=0.001, look=look):
            assert looked.wait(20)
        assert "URGENT: no sync ended well since" in channel.posts[0]["message"]
    finally:
        world.close()


def test_a_store_that_is_gone_does_not_end_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path)
    try:
        settings = world.settings.model_copy(
            update={"store": type(world.settings.store)(url="sqlite:////nowhere/at/all.sqlite3")}
        )
        with pulse(settings, "serve"):
            pass
        assert "no sign of life could be left" in caplog.text
    finally:
        world.close()
