"""The mail servers that the tests of this folder run on."""

from __future__ import annotations

from tests.mailservers import mail_server

__all__ = ["mail_server"]
