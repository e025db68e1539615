"""`[endpoint]` of `hub.toml`: a language model that may read texts. Left out: none is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class EndpointSettings(BaseModel):
    """
    An OpenAI-compatible endpoint, of a vendor or in your own house.

    What is sent to it leaves the hub: e-mail addresses, telephone and card numbers and tokens are masked,
    internal notes stay here unless `internal` allows them, and every run says how many texts were sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str
    """Up to and with the version: `https://llm.acme.example/v1`."""
    model: str = Field(min_length=1)
    key: SecretStr | None = None
    """As `env:` or `file:`; an endpoint in your own house may need none."""
    what: tuple[Literal["signals", "summary"], ...] = ("signals",)
    """What it is asked for."""
    internal: bool = False
    """Whether internal notes may be sent too; without it only what the customer may read is."""
    timeout: float = Field(default=30.0, gt=0, le=300)
    """Seconds for one answer."""
    answers: Literal["json_schema", "json_object"] = "json_schema"
    """How it is asked for JSON; older servers know only the second."""
    batch: int = Field(default=10, ge=1, le=50)
    """Texts in one request."""
    longest: int = Field(default=4_000, ge=200, le=20_000)
    """Characters that are sent of one text."""
    ca: str | None = None
    """A PEM file of the authority that signed the server's certificate, where it is not a public one."""
