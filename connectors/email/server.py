"""Where a mail server is and how to sign in there. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Server:
    """
    An IMAP or SMTP server. One of `password` and `token` (XOAUTH2: returns an access token that is good
    now; raises `SignInFailed`) signs in; without both, SMTP is used unsigned.
    """

    host: str
    port: int
    user: str = ""
    security: Literal["tls", "starttls", "none"] = "tls"
    password: str | None = field(default=None, repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    ca: str | None = None
    """A PEM file of the authority that signed its certificate, where it is not a public one."""
    timeout: float = 60.0

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.host}:{self.port}"
