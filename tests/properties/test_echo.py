"""The short way for echoes says just what the long way would: nothing."""

from __future__ import annotations

from pathlib import Path

from hub.batch import clusters
from hub.echo import echo
from hub.plan import weigh
from hub.sync import Run
from tests.world import World


def test_an_echo_is_what_the_long_way_finds_nothing_in(tmp_path: Path) -> None:
    """goes_quiet, cheaply: wherever the short way answers, planning in full asks and changes nothing."""
    world = World(tmp_path, seed="demo")
    _ = world.sync()
    taken = 0
    for _ in range(2):
        world.tick()
        hub = world.assembly.hub()
        run = Run(hub, "look")
        run.observe()
        batch = run.everything()
        for cluster in clusters(batch):
            short = echo(cluster, hub.policy)
            if short is None:
                continue
            taken += 1
            full = weigh(cluster, hub.policy, run.now, run.id)
            assert not list(full.operations)
            assert not full.looks
            for quick, slow in zip(short.decisions, full.decisions, strict=True):
                assert quick.ticket.registers == slow.ticket.registers
                assert quick.ticket.comments == slow.ticket.comments
                assert not slow.conflicts
                assert quick.links == slow.links
        _ = world.sync()
    assert taken > 200
    world.close()
