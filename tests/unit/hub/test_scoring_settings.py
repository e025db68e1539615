"""`[scoring]`, `[alerts]` and `[endpoint]` of `hub.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.settings import Settings, load

SIDES = '[zendesk]\nurl = "https://z"\n[jira]\nurl = "https://j"\n'


def loaded(folder: Path, text: str) -> Settings:
    file = folder / "hub.toml"
    _ = file.write_text(SIDES + text, encoding="utf-8")
    return load(file)


def test_left_out_nothing_is_sent_and_no_model_is_asked(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "")
    assert (settings.alerts.urls, settings.endpoint) == ((), None)


def test_a_team_has_its_own_budget_and_addresses_or_those_of_all(tmp_path: Path) -> None:
    text = '[alerts]\nurls = ["json://a"]\nbudget = 7\n[alerts.teams.Billing]\nbudget = 2\n'
    own = loaded(tmp_path, text).alerts
    assert (own.budget_of("Billing"), own.budget_of("Support")) == (2, 7)
    assert [u.get_secret_value() for u in own.urls_of("Billing")] == ["json://a"]


def test_an_address_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_URL", "slack://xyzzy/secret/token")
    settings = loaded(tmp_path, '[alerts]\nurls = ["env:ALERTS_URL"]\n')
    assert settings.alerts.urls[0].get_secret_value() == "slack://xyzzy/secret/token"
    assert "xyzzy" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[alerts]\nbugdet = 3\n", "hub.toml:6: there is no setting `alerts.bugdet`; did you mean `budget`?"),
        ("[alerts.teams.x]\nbugdet = 3\n", "`alerts.teams.x.bugdet`; did you mean `budget`?"),
        ("[alerts]\nattention = 300\n", "hub.toml:6: `alerts.attention`"),
        ("[scoring]\ntexts_per_run = -1\n", "hub.toml:6: `scoring.texts_per_run`"),
        ('[endpoint]\nurl = "https://x/v1"\n', "`endpoint.model` is missing"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        _ = loaded(tmp_path, text)
    assert said in str(refused.value)
