"""A stand-in for the mail side: a support mailbox over IMAP and SMTP, and the customers who write to it."""

from __future__ import annotations

from sandbox.email.party import Email

__all__ = ["Email"]
