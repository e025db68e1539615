"""routing.yaml that does not fit: each mistake is told as file:line:column, with what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.problems import FileRefused
from hub.suggest.rules import RoutingRules, load_routing
from tests.bad_input.conftest import Ran, place_of, replaced
from tests.worlds import MAPPINGS

SHIPPED = (MAPPINGS / "routing.yaml").read_text(encoding="utf-8")
AREAS = {"product_area": ("checkout", "billing", "api", "mobile", "reporting"), "team": ("tier-1", "tier-2")}

MISTAKES = {
    "type": ("suggest: {type: incident}", "suggest: {type: incidents}", "incidents}",
             "`incidents` is not a type of tickets; did you mean `incident`?"),
    "area": ("suggest: {product_area: checkout}", "suggest: {product_area: chekout}", "chekout}",
             "`chekout` is not a product area by zendesk.yaml; did you mean `checkout`?"),
    "team": ("suggest: {product_area: api}", "suggest: {product_area: api, team: nobody}", "nobody",
             "`nobody` is not a team by zendesk.yaml; there are tier-1, tier-2"),
    "key": ("suggest: {type: task}", "sugest: {type: task}", "sugest", "unknown key `sugest`; did you mean `suggest`?"),
    "what": ("suggest: {type: task}", "suggest: {area: task}", "area", "unknown key `area`"),
    "nothing": ("suggest: {type: task}", "suggest: {}", "suggest: {}", "this suggests nothing; it can be type, product_area"),
    "common": ("words: [outage,", "words: [not, outage,", "not,", "`not` is too common to tell anything"),
    "condition": ("!ticket.impact.blocked", "!ticket.impact.blockd", "ticket.impact.blockd",
                  "`ticket.impact.blockd` is not a register; did you mean `ticket.impact.blocked`?"),
    "no words": ("    words: [mobile app,", "    never: [mobile app,", "mobile:", "this rule holds for every ticket"),
    "time": ("window: 4h", "window: 4 hours", "4 hours", "`4 hours` is no time; write minutes, hours or days: 90m, 4h, 14d"),
    "no time": ("usual: 14d", "usual: 0d", "0d", "`0d` is no time"),
    "share": ("share: 0.6", "share: 1.6", "1.6", "less than or equal to 1"),
    "match": ("match: all", "match: any", "any", "`any` is not one of all, first"),
    "weight": ("weight: 1.2", "weight: heavy", "heavy", "this must be a number"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_told_with_its_place(tmp_path: Path, mistake: str) -> None:
    right, wrong, word, said = MISTAKES[mistake]
    file = tmp_path / "routing.yaml"
    _ = file.write_text(SHIPPED, encoding="utf-8")
    replaced(file, right, wrong)
    with pytest.raises(FileRefused) as refused:
        _ = load_routing(file.read_text(encoding="utf-8"), str(file), AREAS, "zendesk.yaml")
    place = f"{file}:{place_of(file, wrong.splitlines()[0].strip() if mistake != 'no words' else word, word)}"
    assert any(str(p).startswith(f"{place}: error: ") and said in str(p) for p in refused.value.problems), (
        refused.value
    )


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        SHIPPED.replace("window: 4h", "window: soon").replace("type: task", "type: tasks").replace("4h", "5h")
    )
    with pytest.raises(FileRefused) as refused:
        _ = load_routing(text, "routing.yaml")
    assert len(refused.value.problems) == 2


def test_the_shipped_file_fits_the_shipped_mappings() -> None:
    assert len(load_routing(SHIPPED, "routing.yaml", AREAS).rules) >= 8


def test_an_empty_set_of_rules_is_a_set_of_rules() -> None:
    """Whoever wants no rules of words keeps the votes and the incidents."""
    assert load_routing("rules: {}", "routing.yaml") == RoutingRules()


def test_the_command_line_says_so(hub: Callable[..., Ran], config: Path) -> None:
    file = config.parent / "mappings" / "routing.yaml"
    replaced(file, "type: task", "type: tusk")
    replaced(file, "product_area: mobile", "product_area: mobil")
    for command in (("similar", "#7"), ("incidents",)):
        ran = hub(*command, "-c", config)
        assert ran.code == 2
        assert "routing.yaml:" in ran.err
        assert "did you mean `task`?" in ran.err
        assert "`mobil` is not a product area by zendesk.yaml; did you mean `mobile`?" in ran.err


def test_commands_say_which_ticket_or_side_there_is_not(hub: Callable[..., Ran], config: Path) -> None:
    """Without a ticket of that name, or a side; without a file of rules the hub's own stand."""
    assert "No ticket is called '#7' here" in hub("brief", "#7", "-c", config).err
    assert "did you mean `jira`?" in hub("brief", "#7", "--side", "jra", "-c", config).err
    (config.parent / "mappings" / "routing.yaml").unlink()
    ran = hub("incidents", "-c", config)
    assert (ran.code, "No incident" in ran.out) == (0, True)
