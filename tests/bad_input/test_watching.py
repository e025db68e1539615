"""Settings of `[watch]`, `[canary]`, `[log]` and `[telemetry]` that are wrong: where, what, and what to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_input.conftest import Ran

Hub = Callable[..., Ran]
FLOWS = "sync, reconcile, rescore, learn, canary, serve, watch"


def added(config: Path, text: str) -> int:
    """Append lines; return the number of the last one."""
    whole = f"{config.read_text()}\n{text}\n"
    _ = config.write_text(whole)
    return whole.rstrip("\n").count("\n") + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[watch]\nlate = {synk = 5}",
            f"`watch.late`: Value error, there is no flow 'synk'; there are {FLOWS}",
        ),
        (
            "[watch]\nlate = {sync = -1}",
            "`watch.late`: Value error, sync: give minutes, or 0 if nobody minds, not -1",
        ),
        (
            '[watch]\nsummary = "8 o\'clock"',
            "`watch.summary`: Value error, give a time of day like 08:00, or leave it out for no summary",
        ),
        (
            '[watch]\nping_url = "hc-ping.com/x"',
            "`watch.ping_url`: Value error, give an address that begins with https://, as the dead man's switch shows it",
        ),
        ('[watch]\nhours = "night"', "`watch.hours`: Input should be 'business' or 'always'"),
        ("[watch]\nbudget = 2", "`watch.budget`: Input should be less than or equal to 1"),
        ("[watch]\nquite = 1", "there is no setting `watch.quite`; did you mean `quiet`?"),
        (
            '[watch]\nexpires = {jira = "next year"}',
            "`watch.expires`: Value error, jira: give a day like 2026-12-31, not 'next year'",
        ),
        ("[canary]\nevery = 0", "`canary.every`: Input should be greater than or equal to 1"),
        (
            '[canary]\nrequester = "nobody"',
            "`canary.requester`: String should match pattern '^([^@\\s]+@[^@\\s]+)?$'",
        ),
        (
            '[canary]\nwalks = ""',
            "`canary.walks`: Value error, name a register that holds text and is mapped both ways everywhere: subject",
        ),
        ("[canary]\nonn = true", "there is no setting `canary.onn`; did you mean `on`?"),
        ('[log]\nformat = "xml"', "`log.format`: Input should be 'text' or 'json'"),
        ('[log]\nlevel = "loud"', "`log.level`: Input should be 'debug', 'info', 'warning' or 'error'"),
        (
            '[telemetry]\nendpoint = "collector:4318"',
            "`telemetry.endpoint`: String should match pattern '^https?://'",
        ),
        (
            '[telemetry]\nendpoint = "http://x"\nsample = 0',
            "`telemetry.sample`: Input should be greater than 0",
        ),
    ],
)
def test_a_setting_that_is_wrong_is_told_with_its_line(hub: Hub, config: Path, text: str, said: str) -> None:
    line = added(config, text)

    ran = hub("status", "-c", config)

    assert ran.code == 2
    assert ran.err == f"hub: {config}:{line}: {said}\n"
    assert not (config.parent / "hub.sqlite3").exists()


def test_the_canary_is_off_unless_somebody_wants_it(hub: Hub, config: Path) -> None:
    ran = hub("canary", "--once", "-c", config)

    assert ran.code == 2
    assert ran.err == (
        f"hub: {config}: the canary is off. Write [canary] with `on = true` and a `requester` of your own; "
        "docs/watching.md says what it makes in your systems, and how people are left alone\n"
    )


def test_a_part_that_the_doctor_does_not_know(hub: Hub, config: Path) -> None:
    ran = hub("doctor", "--only", "zendesc", "-c", config)

    assert ran.code == 2
    assert ran.err.startswith("hub: there is no part zendesc; there are settings, store, mappings, zendesk,")
