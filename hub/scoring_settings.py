"""`[scoring]` and `[alerts]` of `hub.toml`: how much a rescore may read, whom the hub warns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ScoringSettings(_Part):
    """What `hub rescore` and `hub learn` may take."""

    texts_per_run: int = Field(default=2_000, ge=0, le=1_000_000)
    """Texts that the sentence encoder or the endpoint reads in one rescore; the next one goes on."""
    encoder: bool = True
    """Read by the sentence encoder where it is installed."""
    history_days: int = Field(default=365, ge=14, le=3_650)
    """How far back `hub learn` looks. What happened a few half-lives ago hardly counts."""
    solved_tickets: int = Field(default=20_000, ge=0, le=200_000)
    """The newest solved tickets among which the ones that are like a new one are looked for."""


class TeamSettings(_Part):
    """A group of agents that is warned on its own."""

    urls: tuple[SecretStr, ...] = ()
    """Left out: those of `[alerts]`."""
    budget: int | None = Field(default=None, ge=0, le=1_000)


class AlertSettings(_Part):
    """Whom the hub warns of what is about to happen. Without `urls`, warnings are kept and sent to nobody."""

    urls: tuple[SecretStr, ...] = ()
    """Of `apprise`: Slack, Teams, e-mail and some hundred others. As `env:` or `file:`: they hold tokens."""
    budget: int = Field(default=10, ge=0, le=1_000)
    """Warnings a day for each team: as many as somebody will look at. What is more is held back and shown."""
    attention: int = Field(default=80, ge=1, le=100)
    risk: float = Field(default=0.4, gt=0, lt=1)
    """A chance from which a ticket is worth a warning; only once it is calibrated on outcomes."""
    rising: float = Field(default=0.2, gt=0, lt=1)
    """Or by how much it rose within three days."""
    silent: float = Field(default=24.0, gt=0)
    """Business hours that a customer waits for our word."""
    quiet_customer: int = Field(default=7, ge=1)
    """Days without a word of a customer whom we asked something."""
    health: int = Field(default=50, ge=1, le=99)
    """An account's health at or below which it is worth a warning; or if it falls by 20 in three days."""
    again: float = Field(default=24.0, ge=1)
    """Hours after which the same cause may be told again, if something new happened."""
    hours: Literal["business", "always"] = "business"
    """`business`: only in the hours of the default calendar of sla.yaml; the rest is held until then."""
    quotes: bool = False
    """Whether people's own words, and what rests on internal notes, may leave with a warning."""
    reader: Literal["zendesk", "jira", "salesforce"] = "zendesk"
    """Nothing is told that people of this side may not see."""
    teams: Mapping[str, TeamSettings] = {}
    """By the name of the group."""

    def budget_of(self, team: str) -> int:
        """Return how many warnings a day a team gets."""
        own = self.teams.get(team)
        return self.budget if own is None or own.budget is None else own.budget

    def urls_of(self, team: str) -> tuple[SecretStr, ...]:
        """Return where the warnings of a team go."""
        own = self.teams.get(team)
        return self.urls if own is None or not own.urls else own.urls
