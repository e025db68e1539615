"""`[watch]`, `[canary]`, `[log]` and `[telemetry]` of `hub.toml`: how the hub is looked after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub.vitals import PROCESSES, RUNS

LATE: Mapping[str, float] = {
    "sync": 30,
    "reconcile": 36 * 60,
    "rescore": 120,
    "learn": 36 * 60,
    "canary": 60,
    "serve": 5,
    "watch": 5,
}
"""Minutes after which a flow that gave no good sign is late, where `[watch.late]` does not say otherwise."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WatchSettings(_Part):
    """When the hub is unwell, and who is told. Without `urls`, nobody is: `[alerts]` is about tickets."""

    late: Mapping[str, float] = {}
    """Minutes, by flow; 0: nobody minds."""
    ping_url: SecretStr | None = None
    """Of a dead man's switch (healthchecks.io): asked for after each sync, with `/fail` if that failed."""
    urls: tuple[SecretStr, ...] = ()
    """Who is told of the hub itself, as `apprise` writes addresses; best as `env:`: they hold tokens."""
    hours: Literal["business", "always"] = "business"
    """`business`: what can wait is held until the hours of sla.yaml; what is urgent goes out at any time."""
    failures: int = Field(default=3, ge=1)
    """Runs that failed or were stopped one after the other."""
    parked: int = Field(default=50, ge=1)
    conflicts: int = Field(default=50, ge=1)
    age_days: float = Field(default=7, gt=0)
    """Something that waits for a person for longer than this is told."""
    budget: float = Field(default=0.9, gt=0, le=1)
    """Share of a vendor's allowance that is spent."""
    unheard: int = Field(default=20, ge=1)
    """Changes that polling found and no webhook told, from a side that used to send them."""
    unheard_minutes: float = Field(default=60, gt=0)
    quiet: float = Field(default=2.0, ge=0)
    """Too quiet is a side without change for so many times its longest silence of five weeks; 0: never."""
    quiet_hours: float = Field(default=6.0, gt=0)
    """But never before so many hours."""
    expires: Mapping[str, str] = {}
    """Days on which a credential ends whose vendor tells nobody: {jira = "2026-12-31"}."""
    public_url: str = ""
    """Where the world reaches `hub serve`: `https://hub.acme.example`; for `hub doctor` to compare."""
    remind_hours: float = Field(default=24.0, ge=1)
    summary: str = ""
    """When the day's summary is sent, in the time zone of the default calendar: `08:00`; "": never."""

    @field_validator("late")
    @classmethod
    def _known(cls, late: Mapping[str, float]) -> Mapping[str, float]:
        for name, minutes in late.items():
            if name not in (*RUNS, *PROCESSES):
                raise ValueError(f"there is no flow {name!r}; there are {', '.join((*RUNS, *PROCESSES))}")
            if minutes < 0:
                raise ValueError(f"{name}: give minutes, or 0 if nobody minds, not {minutes:g}")
        return late

    @field_validator("expires")
    @classmethod
    def _days(cls, expires: Mapping[str, str]) -> Mapping[str, str]:
        for name, day in expires.items():
            try:
                _ = date.fromisoformat(day)
            except ValueError:
                raise ValueError(f"{name}: give a day like 2026-12-31, not {day!r}") from None
        return expires

    @field_validator("summary")
    @classmethod
    def _time(cls, summary: str) -> str:
        if summary and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", summary):
            raise ValueError("give a time of day like 08:00, or leave it out for no summary")
        return summary

    @field_validator("ping_url")
    @classmethod
    def _http(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("give an address that begins with https://, as the dead man's switch shows it")
        return url

    def minutes(self, flow: str) -> float:
        """Return after how many minutes a flow is late; 0: never."""
        return self.late.get(flow, LATE.get(flow, 0.0))


class CanarySettings(_Part):
    """A ticket of the hub's own that walks over all sides. Off unless `on`."""

    on: bool = False
    every: float = Field(default=15.0, ge=1, le=1_440)
    """Minutes from one walk to the next, for `hub canary` without `--once`."""
    within: float = Field(default=10.0, gt=0, le=240)
    """Minutes in which a value must have come from one side to every other."""
    requester: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    """Whose ticket it is: an address of your own that is no customer's. Needed where it is on."""
    project: str = ""
    """Jira's project for its issue; default: that of `[jira]`. The hub must read its issues, too (`jql`)."""
    issue_type: str = ""
    """Default: that of `[jira]`."""
    group: str = ""
    """Zendesk's group for its ticket: one whose queue nobody works."""
    walks: str = "subject"
    """The register that is stamped; it must be mapped in both directions on every side."""
    mail: bool = True
    """With `[email]`: a letter goes from the hub's mailbox to itself, too, and is removed."""

    @field_validator("walks")
    @classmethod
    def _text(cls, walks: str) -> str:
        if not walks:
            raise ValueError("name a register that holds text and is mapped both ways everywhere: subject")
        return walks


class LogSettings(_Part):
    """What is written to standard error while the hub works."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "warning"


class TelemetrySettings(_Part):
    """Where traces go, by OpenTelemetry (OTLP over HTTP). Needs the extra `otel`."""

    endpoint: str = Field(pattern=r"^https?://")
    """`http://collector:4318`; `/v1/traces` is added."""
    headers: Mapping[str, SecretStr] = {}
    """Sent with each batch: a token of your collector's, as `env:`."""
    service: str = "support-sync-hub"
    sample: float = Field(default=1.0, gt=0, le=1)
    """Share of runs that are traced."""
